/**
 * `npm run siege -- --minutes N --files N`: a federation of four processes under all attacks of strangers at once,
 * while honest readers go on; then the same without attacks, while busy loops take the processor time that the
 * attackers took, as long, or for `--control-minutes N`. Ends with 1 when a bar is missed. `--phase attack` or `idle` is one
 * of the two, for `idle` alone `--burn SHARE` says how much of a processor is taken; `--readers N`, each with a round every
 * `--round-seconds S`; `--each SECONDS` measures instead what each attack costs on its own; `--attacks NAME,NAME`: these
 * alone; `--strength X` multiplies all rates of the attackers; `--nice 0` gives them as much of a crowded machine as anybody.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ATTACKS } from './siege/attacks.ts';
import { costOfEach, printCosts } from './siege/each.ts';
import { type Phase, runPhase } from './siege/phase.ts';
import { judge, print } from './siege/report.ts';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '30' },
    'control-minutes': { type: 'string' },
    files: { type: 'string', default: '200000' },
    phase: { type: 'string', default: 'both' },
    readers: { type: 'string', default: '20' },
    strength: { type: 'string', default: '1' },
    'round-seconds': { type: 'string', default: '15' },
    nice: { type: 'string', default: '19' },
    burn: { type: 'string', default: '0' },
    each: { type: 'string' },
    attacks: { type: 'string', default: ATTACKS.map(({ name }) => name).join() },
  },
});
const minutes = Number(values.minutes);
const controlMinutes = Number(values['control-minutes'] ?? minutes);
const files = Number(values.files);
const readers = Number(values.readers);
const strength = Number(values.strength);
const only = values.attacks.split(',');
/** As shells count: 128 and the number of SIGINT. */
const INTERRUPTED = 130;

const folder = mkdtempSync(join(tmpdir(), 'digitallib-siege-'));
const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
process.once('exit', remove);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(INTERRUPTED));

let missed: readonly string[];
try {
  const common = {
    files,
    minutes,
    nice: Number(values.nice),
    roundMs: 1_000 * Number(values['round-seconds']),
    seeds: Array.from({ length: readers }, () => new Uint8Array(randomBytes(32))),
  };
  if (values.each !== undefined) {
    printCosts(
      await costOfEach({
        ...common,
        folder: join(folder, 'each'),
        seconds: Number(values.each),
        strength,
        attacks: only,
      }),
    );
    process.exit(0);
  }
  let attack: Phase | undefined;
  let control: Phase | undefined;
  if (values.phase !== 'idle') {
    console.log(`attack: ${minutes} minutes, ${files} files, ${readers} readers, strength ${strength}`);
    attack = await runPhase({ ...common, folder: join(folder, 'attack'), besiege: { strength, only } });
    rmSync(join(folder, 'attack'), { recursive: true, force: true });
  }
  if (values.phase !== 'attack') {
    const share = attack?.attackersShare ?? Number(values.burn);
    console.log(`control: ${controlMinutes} minutes, busy loops take ${share.toFixed(2)} of a processor`);
    control = await runPhase({
      ...common,
      minutes: controlMinutes,
      folder: join(folder, 'control'),
      besiege: { burn: share },
    });
  }
  print(attack, control);
  missed = judge(attack, control, minutes, only);
} catch (error) {
  missed = [(error as Error).stack ?? String(error)];
}
for (const what of missed) console.log(`missed: ${what}`);
console.log(missed.length === 0 ? 'verdict: every bar is met' : `verdict: ${missed.length} bars missed`);
process.exit(missed.length === 0 ? 0 : 1);
