/**
 * `npm run model -- --histories N --from S [--keep 3,4,9]`: plays the histories of seeds S … S+N−1 on the
 * ledger of chain/ and on the reference model of test/model/, and compares every verdict and, after every block, all
 * that can be seen. Ends at the first history on which they part, made short, with the command that plays it again
 * (`--keep` names the steps that are left), and exits with 1. Prints how often each rule was reached; of 20,000
 * histories and more, one that was never reached is a failure, too.
 */
import { parseArgs } from 'node:util';
import { play, playSeed } from '../test/model/compare.ts';
import { Counts } from '../test/model/counts.ts';
import { directed } from '../test/model/directed.ts';
import { shrink } from '../test/model/shrink.ts';
import { tell } from '../test/model/tell.ts';

/** So many reach every rule, or something is wrong with the histories. */
const ENOUGH = 20_000;

const { values } = parseArgs({
  options: {
    histories: { type: 'string', default: '1000' },
    from: { type: 'string', default: '1' },
    keep: { type: 'string' },
  },
});
const [histories, from] = [Number(values.histories), Number(values.from)];

if (values.keep === undefined) playAll();
else playOne(from, values.keep.split(',').map(Number));

function playOne(seed: number, kept: readonly number[]): void {
  const { history } = playSeed(seed);
  const parting = play(history, kept);
  console.log(parting === undefined ? `seed ${seed}: they agree` : tell(seed, history, { kept, parting }));
  process.exit(parting === undefined ? 0 : 1);
}

function playAll(): void {
  const counts = new Counts();
  const started = performance.now();
  let steps = 0;
  for (const { name, history } of directed()) {
    const parting = play(history, undefined, counts);
    if (parting === undefined) continue;
    console.log(`"${name}": the model and chain/ part at step ${parting.step}: ${parting.detail}`);
    process.exit(1);
  }
  for (let seed = from; seed < from + histories; seed++) {
    const { history, parting } = playSeed(seed, counts);
    steps += history.steps.length;
    if (parting === undefined) continue;
    console.log(tell(seed, history, shrink(history, parting)));
    process.exit(1);
  }
  for (const [line, count] of counts.entries())
    console.log(`${line.padEnd(50)} ${String(count).padStart(10)}`);
  const seconds = (performance.now() - started) / 1_000;
  console.log(`${histories} histories from ${from}, ${steps} steps, 0 departures, ${seconds.toFixed(1)} s`);
  const missing = histories >= ENOUGH ? counts.missing() : [];
  if (missing.length > 0) console.log(`never reached: ${missing.join(', ')}`);
  process.exit(missing.length > 0 ? 1 : 0);
}
