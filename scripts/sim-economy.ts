/**
 * `npm run sim-economy -- --rules card,document1 --situation school|open|sold --days D --seed S [--seeds N]`: readers, libraries and
 * payers live for so many days by the rules of chain/, and how they lived is printed (test/economy/). `--set name=value,…` sets a
 * number of test/economy/scenario.ts; `--plot FILE` draws the first seed (SVG); `--json` prints figures as they are.
 * `--attack NAME|all`: attackers and their gain beside the bound; exits with 1 when a gain is above.
 * `--theorem N`: N random coalitions each at σ 0 and 500; exits with 1 when one gains. `--cost`: what a card adds to a download.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { SITUATION_NAMES } from '../cli/genesis/situations.ts';
import { isWithin, rowsAsText } from '../test/economy/attacks/attack.ts';
import { ATTACKS } from '../test/economy/attacks.ts';
import { costRows } from '../test/economy/cost.ts';
import { plotOf } from '../test/economy/plot.ts';
import { type Run, tableOf } from '../test/economy/report.ts';
import { NUMBERS, type Numbers, RULES, scenarioOf } from '../test/economy/scenario.ts';
import { simulate } from '../test/economy/simulation.ts';
import { tryCoalitions } from '../test/economy/theorem.ts';

/** In the legend. */
const NAMES = { document1: 'document 1', card: 'library card' } as const;

const { values } = parseArgs({
  options: {
    rules: { type: 'string', default: 'card' },
    situation: { type: 'string', default: 'school' },
    days: { type: 'string', default: '730' },
    seed: { type: 'string', default: '1' },
    seeds: { type: 'string', default: '1' },
    set: { type: 'string', default: '' },
    plot: { type: 'string' },
    json: { type: 'boolean', default: false },
    attack: { type: 'string' },
    theorem: { type: 'string' },
    cost: { type: 'boolean', default: false },
  },
});
const [days, seed, seeds] = [values.days, values.seed, values.seeds].map(Number) as [number, number, number];
const own = ownNumbers(values.set);

if (values.attack !== undefined) attack(values.attack);
else if (values.theorem !== undefined) theorem(Number(values.theorem));
else if (values.cost) console.log(costRows());
else live();

function live(): void {
  const situations = chosen(values.situation, SITUATION_NAMES);
  const rules = chosen(values.rules, RULES);
  const runs: Run[] = [];
  for (const situation of situations) {
    const lives = rules.map((name) => {
      const outcomes = Array.from({ length: seeds }, (_, index) => {
        const outcome = simulate(scenarioOf(situation, name, { ...own, days, seed: seed + index }));
        runs.push({ situation, rules: name, seed: seed + index, figures: outcome.figures });
        return outcome;
      });
      return { name: NAMES[name], ...outcomes[0]! };
    });
    if (values.plot !== undefined) writeFileSync(values.plot, plotOf(`${situation}, ${days} days`, lives));
  }
  console.log(values.json ? JSON.stringify(runs) : tableOf(runs));
}

function attack(name: string): void {
  const attacks = ATTACKS.filter((one) => name === 'all' || one.name === name);
  if (attacks.length === 0) throw new Error(`no attack is called ${name}`);
  console.log('| attack | gain of bound, ratio | |\n| --- | --- | --- |');
  const rows = attacks.flatMap((one) => {
    const found = one.run({ ...own, days, seed });
    console.log(rowsAsText(found));
    return found;
  });
  process.exit(rows.every(isWithin) ? 0 : 1);
}

function theorem(count: number): void {
  const tried = [0, 500].map((cardReleasePermille) => {
    const before = performance.now();
    const found = tryCoalitions(count, { vestingPermille: 1_000, cardReleasePermille });
    const seconds = ((performance.now() - before) / 1_000).toFixed(0);
    console.log(
      `σ ${cardReleasePermille}: ${count} coalitions, ${found.above} above, nearest ${found.worst}, equation broken ${found.notConserved}, ${seconds} s`,
    );
    console.log(`  ${[...found.events].map(([kind, times]) => `${kind} ${times}`).join(', ')}`);
    return found;
  });
  process.exit(tried.every(({ above, notConserved }) => above + notConserved === 0) ? 0 : 1);
}

function chosen<T extends string>(text: string, known: readonly T[]): readonly T[] {
  const names = text === 'all' ? known : text.split(',');
  const unknown = names.find((name) => !known.includes(name as T));
  if (unknown !== undefined) throw new Error(`${unknown} is none of ${known.join(', ')}`);
  return names as readonly T[];
}

function ownNumbers(text: string): Partial<Numbers> {
  const pairs = text === '' ? [] : text.split(',').map((pair) => pair.split('='));
  const unknown = pairs.find(([name]) => !NUMBERS.includes(name as keyof Numbers));
  if (unknown !== undefined) throw new Error(`${unknown[0]} is none of ${NUMBERS.join(', ')}`);
  return Object.fromEntries(pairs.map(([name, value]) => [name, Number(value)]));
}
