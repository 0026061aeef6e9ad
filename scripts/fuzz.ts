/**
 * `npm run fuzz -- --inputs N --format NAME --seed S`: mutated messages for every wire format (or the named ones,
 * with commas), conversations of BitTorrent peers (peer-wire, a millisecond each), and a table of what came of them. A long run can be split: other seeds, fewer inputs. Ends with 1, the seed and the bytes when a decoder does anything
 * but give a verdict.
 */
import { parseArgs } from 'node:util';
import { fuzz } from '../test/fuzz/format.ts';
import { allFormats } from '../test/fuzz/formats.ts';
import { fuzzPeerWire } from '../test/fuzz/peer-wire.ts';
import { verificationsPerSecond } from './bench/yardstick.ts';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string', default: '1000000' },
    format: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
});
const wanted = values.format?.split(',');
const PEER_WIRE = 'peer-wire';
const isWanted = (name: string) => wanted === undefined || wanted.includes(name);
const formats = allFormats().filter(({ name }) => isWanted(name));
if (formats.length === 0 && !isWanted(PEER_WIRE)) {
  const names = [...allFormats().map(({ name }) => name), PEER_WIRE];
  console.error(`There is no such format. There are: ${names.join(', ')}`);
  process.exit(2);
}
let total = 0;
console.log(`signatures verified, one core (yardstick): ${verificationsPerSecond().toFixed(0)} /s\n`);
console.log(row('format', 'inputs', 'accepted', 'µs each', 'slowest ms', 'codes'));
for (const format of formats) {
  const { inputs, accepted, codes, ms, slowestMs } = fuzz(format, Number(values.inputs), Number(values.seed));
  total += inputs;
  const each = ((ms * 1_000) / inputs).toFixed(1);
  console.log(row(format.name, `${inputs}`, `${accepted}`, each, slowestMs.toFixed(1), `${codes.length}`));
}
if (isWanted(PEER_WIRE)) {
  const { inputs, closed, ms, slowestMs } = await fuzzPeerWire(Number(values.inputs), Number(values.seed));
  total += inputs;
  const each = ((ms * 1_000) / inputs).toFixed(1);
  console.log(row(PEER_WIRE, `${inputs}`, `${inputs - closed}`, each, slowestMs.toFixed(1), '-'));
}
console.log(`\n${total} inputs, nothing but verdicts`);

function row(name: string, ...rest: string[]): string {
  return name.padEnd(20) + rest.map((cell) => cell.padStart(12)).join('');
}
