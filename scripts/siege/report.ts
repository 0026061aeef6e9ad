/** What a siege has shown, for people, and which of its bars were missed. */
import { percentile } from '../bench/yardstick.ts';
import { ATTACKS } from './attacks.ts';
import type { Phase } from './phase.ts';

/** Of the control run's. */
const P99_RATIO_MAX = 3;
const LONGEST_WAIT_MS_MAX = 2_000;
const GROWTH_MAX = 1.1;
/** Shorter than this, caches are still filling: memory is shown and not judged. */
const MEMORY_JUDGED_MINUTES_MIN = 10;
const OUTCOMES_SHOWN = 6;
const LOGS_SHOWN = 12;
const FAILURES_SHOWN = 30;
const SLOWEST_SHOWN = 6;

/** @param control - undefined when only the attack has run. @returns the bars that were missed, in words. */
export function judge(
  attack: Phase | undefined,
  control: Phase | undefined,
  minutes: number,
  only: readonly string[] = ATTACKS.map(({ name }) => name),
): readonly string[] {
  const missed: string[] = [];
  for (const [name, phase] of [['attack', attack] as const, ['control', control] as const]) {
    if (phase === undefined) continue;
    const failed = Object.entries(phase.seen.failed);
    for (const [call, count] of failed) missed.push(`${name}: ${count} of the readers' "${call}" failed`);
    if ((phase.seen.tookMs.read ?? []).length === 0) missed.push(`${name}: nobody has read a book`);
    for (const what of phase.wrong) missed.push(`${name}: ${what}`);
  }
  if (attack === undefined) return missed;
  for (const name of only) {
    if (Object.keys(attack.spoils.outcomes[name] ?? {}).length === 0)
      missed.push(`${name}: nobody has attacked`);
  }
  for (const [call, ratio] of ratios(attack, control)) {
    if (ratio > P99_RATIO_MAX)
      missed.push(`p99 of "${call}" is ${ratio.toFixed(1)} × that of the control run`);
  }
  if (attack.longestWaitMs > LONGEST_WAIT_MS_MAX) {
    missed.push(`the chain stood still for ${attack.longestWaitMs} ms while a purchase waited`);
  }
  if (attack.spoils.strangersGot > 0)
    missed.push(`strangers got ${attack.spoils.strangersGot} bytes of books`);
  if (minutes >= MEMORY_JUDGED_MINUTES_MIN) {
    for (const [i, { firstMiB, lastMiB }] of attack.memory.entries()) {
      if (lastMiB > GROWTH_MAX * firstMiB)
        missed.push(`${attack.names[i]} has grown from ${firstMiB} to ${lastMiB} MiB`);
    }
  }
  return missed;
}

export function print(attack: Phase | undefined, control: Phase | undefined): void {
  if (attack !== undefined) printOutcomes(attack);
  const phases = [attack, control].filter((phase) => phase !== undefined);
  const calls = [...new Set(phases.flatMap(({ seen }) => Object.keys({ ...seen.tookMs, ...seen.failed })))];
  const ratio = new Map(attack === undefined ? [] : ratios(attack, control));
  console.log(`\n  ${'what readers did'.padEnd(18)}${columns('attack')}${columns('control')}  p99 ratio`);
  for (const call of calls) {
    const cells = [attack, control].map((phase) => cellsOf(phase, call)).join('');
    console.log(`  ${call.padEnd(18)}${cells}${(ratio.get(call)?.toFixed(2) ?? '–').padStart(11)}`);
  }
  console.log('');
  for (const [name, phase] of [['attack', attack] as const, ['control', control] as const]) {
    if (phase !== undefined) printPhase(name, phase);
  }
}

function printPhase(name: string, phase: Phase): void {
  const { seconds, attackersShare, librariesShare, blocks, longestWaitMs, spoils } = phase;
  const besiegers = `${name === 'attack' ? 'attackers' : 'busy loops'} ${attackersShare.toFixed(2)} processors`;
  console.log(`  ${name}: ${seconds.toFixed(0)} s; ${besiegers}, libraries ${librariesShare.toFixed(2)}`);
  console.log(`    ${blocks} blocks; none for ${longestWaitMs} ms at most while a purchase waited`);
  console.log(`    strangers got ${spoils.strangersGot} bytes of books`);
  for (const [i, { firstMiB, lastMiB, mostMiB }] of phase.memory.entries()) {
    const growth = `${firstMiB.toFixed(0)} → ${lastMiB.toFixed(0)} MiB (${(lastMiB / firstMiB).toFixed(2)})`;
    console.log(`    ${phase.names[i]!.padEnd(12)} ${growth}, at most ${mostMiB.toFixed(0)} MiB`);
  }
  for (const words of phase.logs.slice(0, LOGS_SHOWN)) console.log(`    logs: ${words}`);
  for (const [what, count] of Object.entries(phase.seen.again)) {
    console.log(`    newcomers asked again, ${count} times: ${what}`);
  }
  for (const { call, who, tookMs, endedAt } of phase.seen.slowest
    .toSorted((a, b) => b.tookMs - a.tookMs)
    .slice(0, SLOWEST_SHOWN)) {
    console.log(
      `    slowest: ${new Date(endedAt).toISOString().slice(11, 19)} ${who}: ${call}: ${tookMs.toFixed(0)} ms`,
    );
  }
  for (const failure of phase.seen.failures.toSorted().slice(0, FAILURES_SHOWN))
    console.log(`    failed: ${failure}`);
}

function printOutcomes({ spoils, seconds }: Phase): void {
  for (const { name, what } of ATTACKS) {
    const all = Object.entries(spoils.outcomes[name] ?? {}).sort(([, a], [, b]) => b - a);
    const total = all.reduce((sum, [, count]) => sum + count, 0);
    console.log(`\n  ${name}: ${what}`);
    console.log(`    ${total} came to an end, ${(total / seconds).toFixed(0)} a second`);
    for (const [outcome, count] of all.slice(0, OUTCOMES_SHOWN))
      console.log(`    ${String(count).padStart(8)} ${outcome}`);
  }
}

function ratios(attack: Phase, control: Phase | undefined): [string, number][] {
  if (control === undefined) return [];
  return Object.entries(attack.seen.tookMs).flatMap(([call, took]): [string, number][] => {
    const without = control.seen.tookMs[call];
    return without === undefined ? [] : [[call, percentile(took, 0.99) / percentile(without, 0.99)]];
  });
}

function columns(name: string): string {
  return `${name.padStart(9)}${'failed'.padStart(8)}${'p50 ms'.padStart(9)}${'p99 ms'.padStart(9)}`;
}

function cellsOf(phase: Phase | undefined, call: string): string {
  if (phase === undefined) return ''.padStart(9 + 8 + 9 + 9, ' ');
  const took = phase.seen.tookMs[call] ?? [];
  const ms = (share: number): string =>
    (took.length === 0 ? '–' : percentile(took, share).toFixed(0)).padStart(9);
  return `${String(took.length).padStart(9)}${String(phase.seen.failed[call] ?? 0).padStart(8)}${ms(0.5)}${ms(0.99)}`;
}
