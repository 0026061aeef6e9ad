/**
 * `npm run bench-privacy -- [--asks N]`: how much sooner or later a library answers a forger about a buyer than about
 * somebody who has not bought, beside what it is for two who both have not, as rows of docs/benchmarks.md.
 */
import { parseArgs } from 'node:util';
import { measurePrivacy } from './bench/privacy.ts';
import { verificationsPerSecond } from './bench/yardstick.ts';

const { values } = parseArgs({ options: { asks: { type: 'string', default: '4000' } } });
const asks = Number(values.asks);
if (!Number.isSafeInteger(asks) || asks < 1_000) throw new Error('--asks: at least 1000');
console.log(`yardstick ${verificationsPerSecond().toFixed(0)} /s, ${asks} asks of each key and call\n`);
console.log('| call | median | buyer less non-buyer | non-buyer less non-buyer |\n|---|---|---|---|');
for (const told of await measurePrivacy(asks)) {
  const { call, medianUs, differenceUs, errorUs, controlUs, controlErrorUs } = told;
  const difference = `${differenceUs.toFixed(1)} ± ${errorUs.toFixed(1)} µs`;
  const control = `${controlUs.toFixed(1)} ± ${controlErrorUs.toFixed(1)} µs`;
  console.log(`| ${call} | ${medianUs.toFixed(0)} µs | ${difference} | ${control} |`);
}
