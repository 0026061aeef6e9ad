/**
 * `npm run mutants [-- --seeds N --only TEXT]`: plants every bug of test/sim/bugs/mutants.ts into production code and
 * prints how many seeds it takes until the simulator finds it, and by which rule. Exits with 1 when one is not found
 * within N seeds, or by a rule that has nothing to do with it.
 */
import { parseArgs } from 'node:util';
import { find } from '../test/sim/bugs/find.ts';
import { MUTANTS } from '../test/sim/bugs/mutants.ts';

const { values } = parseArgs({
  options: { seeds: { type: 'string', default: '60' }, only: { type: 'string', default: '' } },
});
const row = (...cells: readonly (string | number)[]): void =>
  console.log(cells.map((cell, i) => String(cell).padEnd([46, 60, 7, 8, 0][i]!)).join(' '));
let missed = 0;

row('kind', 'bug', 'seeds', 'ms', 'found by');
for (const mutant of MUTANTS.filter(({ name, kind }) => `${kind} ${name}`.includes(values.only))) {
  const started = performance.now();
  const found = await find(mutant, Number(values.seeds));
  const ms = Math.round(performance.now() - started);
  const fits = found !== undefined && mutant.found.includes(found.rule);
  if (!fits) missed += 1;
  const by = found === undefined ? 'not found' : `${fits ? '' : 'BY CHANCE: '}${found.rule}: ${found.detail}`;
  row(mutant.kind, mutant.name, found?.seeds ?? '–', ms, by.split('\n')[0]!.slice(0, 110));
}
process.exit(missed === 0 ? 0 : 1);
