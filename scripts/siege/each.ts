/**
 * What each attack costs on its own: one federation, no honest reader, one attack after the other at its full rate,
 * and how much of a processor the four libraries took meanwhile. Where a siege misses its bars, this says why.
 */
import { join } from 'node:path';
import { cpuMsOf } from '../bench/cpu.ts';
import type { AttackersCommand, Spoils } from './attackers.ts';
import { Child } from './child.ts';
import type { Book } from './field.ts';
import type { PhaseOptions } from './phase.ts';
import type { ReadersCommand } from './readers.ts';
import { openStage } from './stage.ts';

export type Cost = {
  readonly name: string;
  /** Of one processor: the four libraries together, and the attackers. */
  readonly libraries: number;
  readonly attackers: number;
  /** What came to an end, a second. */
  readonly perSecond: number;
  /** Milliseconds of the libraries' processors, beyond what they take at rest, for each that came to an end. */
  readonly msEach: number;
};

/** They need free keys, and passes of theirs, from these. */
const FIRST = ['registrations', 'claims'];
const FIRST_SECONDS = 20;
const REST_SECONDS = 3;

export async function costOfEach(
  options: Omit<PhaseOptions, 'besiege' | 'minutes'> & {
    readonly seconds: number;
    readonly strength: number;
    /** Their names. */
    readonly attacks: readonly string[];
  },
): Promise<readonly Cost[]> {
  const { folder, files, seeds, roundMs, nice, seconds, strength, attacks } = options;
  const stage = await openStage({ folder, files, seeds });
  const readers = new Child(join(import.meta.dirname, 'readers.ts'));
  const attackers = new Child(join(import.meta.dirname, 'attackers.ts'), { nice });
  const tell = <Answer>(command: AttackersCommand) => attackers.ask<Answer>(command);
  try {
    const { field, processes } = stage;
    const prepare: ReadersCommand = {
      kind: 'prepare',
      field,
      seeds: seeds.map((seed) => Buffer.from(seed).toString('hex')),
      folder,
      roundMs,
    };
    const books = await readers.ask<readonly Book[]>(prepare);
    const libraries = (): number => processes.reduce((sum, { pid }) => sum + (cpuMsOf(pid) ?? 0), 0);
    const measure = async (only: readonly string[], during: number) => {
      const from = Date.now();
      const [before, own] = [libraries(), cpuMsOf(attackers.pid) ?? 0];
      await tell({ kind: 'attack', field, books, strength, only });
      await wait(during);
      const wallMs = Date.now() - from;
      const took = (libraries() - before) / wallMs;
      const attackersTook = ((cpuMsOf(attackers.pid) ?? 0) - own) / wallMs;
      const { outcomes } = await tell<Spoils>({ kind: 'rest' });
      await wait(REST_SECONDS);
      const count = Object.values(outcomes)
        .flatMap(Object.values)
        .reduce((sum, one) => sum + one, 0);
      return { libraries: took, attackers: attackersTook, perSecond: (1_000 * count) / wallMs };
    };
    await measure(FIRST, FIRST_SECONDS);
    const rest = await measure([], seconds);
    const costs: Cost[] = [{ name: 'nothing', ...rest, msEach: Number.NaN }];
    for (const name of attacks) {
      const cost = await measure([name], seconds);
      costs.push({ name, ...cost, msEach: (1_000 * (cost.libraries - rest.libraries)) / cost.perSecond });
    }
    return costs;
  } finally {
    await Promise.all([readers.stop(), attackers.stop()]);
    await stage.stop();
  }
}

export function printCosts(costs: readonly Cost[]): void {
  console.log(`\n  ${'attack'.padEnd(18)} libraries  attackers  a second  ms of the libraries for each`);
  for (const { name, libraries, attackers, perSecond, msEach } of costs) {
    const cells = [libraries.toFixed(3).padStart(10), attackers.toFixed(3).padStart(10)];
    const each = Number.isFinite(msEach) ? msEach.toFixed(2) : '–';
    console.log(`  ${name.padEnd(18)}${cells.join(' ')}  ${perSecond.toFixed(0).padStart(8)}  ${each}`);
  }
}

function wait(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1_000 * seconds));
}
