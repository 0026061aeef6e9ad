/**
 * `npm run bench-bytes`: what a transaction of each kind leaves behind, in bytes, as the ledger writes them: in the
 * state, in the pages of the tree above it, and in blocks. Executed by the real rules on a federation in memory that is as
 * large as asked for (`--accounts N`), because the tree is deeper where there is more. `--each N`: of each kind.
 */
import { parseArgs } from 'node:util';
import { KINDS, type Ledger, prepared } from './bench/state-bytes.ts';

const { values } = parseArgs({
  options: { accounts: { type: 'string', default: '100000' }, each: { type: 'string', default: '2000' } },
});
const each = Number(values.each);
const ledger: Ledger = prepared(Number(values.accounts), each);
const round = (bytes: number): string => (bytes / each).toFixed(0);

console.log(`accounts: ${values.accounts}, of each kind: ${values.each}; bytes for each\n`);
console.log('| what | state | tree | block | stays |');
console.log('| --- | --- | --- | --- | --- |');
for (const { what, stays, run } of KINDS) {
  const before = ledger.bytes();
  run(ledger, each);
  const after = ledger.bytes();
  const cells = (['state', 'tree', 'blocks'] as const).map((part) => round(after[part] - before[part]));
  console.log(`| ${what} | ${cells.join(' | ')} | ${stays} |`);
}
