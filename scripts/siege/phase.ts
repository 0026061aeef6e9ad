/** One phase: a federation of its own, its readers, and beside them the attackers, or busy loops instead of them. */
import { join } from 'node:path';
import { cpuMsOf } from '../bench/cpu.ts';
import type { AttackersCommand, Spoils } from './attackers.ts';
import { blockTimes, longestWait } from './chain-waits.ts';
import { Child } from './child.ts';
import type { Book } from './field.ts';
import { logWords } from './log-words.ts';
import { type Growth, MemoryWatch } from './memory.ts';
import type { ReadersCommand } from './readers.ts';
import { openStage } from './stage.ts';
import type { Seen } from './tally.ts';

export type PhaseOptions = {
  readonly folder: string;
  readonly files: number;
  readonly minutes: number;
  /** A key that has tokens for each reader. */
  readonly seeds: readonly Uint8Array[];
  /** From one round of a reader to the next. */
  readonly roundMs: number;
  /** These attacks at this strength, or burn this share of one processor. */
  readonly besiege:
    | { readonly strength: number; readonly only: readonly string[] }
    | { readonly burn: number };
  /** How much the attackers, or the busy loops, leave to everybody else: 19 is the most. */
  readonly nice: number;
};

export type Phase = {
  readonly seen: Seen;
  readonly spoils: Spoils;
  readonly seconds: number;
  /** Processors that attackers or busy loops took: 1 is one of them. */
  readonly attackersShare: number;
  readonly librariesShare: number;
  readonly memory: readonly Growth[];
  readonly names: readonly string[];
  readonly longestWaitMs: number;
  readonly blocks: number;
  /** Warnings and errors in the logs of the libraries, counted. */
  readonly logs: readonly string[];
  /** Libraries that have ended, or do not agree. */
  readonly wrong: readonly string[];
};

export async function runPhase(options: PhaseOptions): Promise<Phase> {
  const { folder, files, minutes, seeds, roundMs, besiege, nice } = options;
  const stage = await openStage({ folder, files, seeds });
  const readers = new Child(join(import.meta.dirname, 'readers.ts'));
  const attackers = new Child(join(import.meta.dirname, 'attackers.ts'), { nice });
  const tellReaders = <Answer>(command: ReadersCommand) => readers.ask<Answer>(command);
  const tellAttackers = <Answer>(command: AttackersCommand) => attackers.ask<Answer>(command);
  try {
    const { field, processes, homes } = stage;
    const hexSeeds = seeds.map((seed) => Buffer.from(seed).toString('hex'));
    const books = await tellReaders<readonly Book[]>({
      kind: 'prepare',
      field,
      seeds: hexSeeds,
      folder,
      roundMs,
    });

    console.log(`  ${seeds.length} readers have brought ${books.length} books`);

    const memory = new MemoryWatch(processes.map(({ pid }) => pid));
    const since = Date.now();
    const cpu = (): number => processes.reduce((sum, { pid }) => sum + (cpuMsOf(pid) ?? 0), 0);
    const [attackersBefore, librariesBefore] = [cpuMsOf(attackers.pid) ?? 0, cpu()];
    if ('burn' in besiege) await tellAttackers({ kind: 'burn', share: besiege.burn });
    else await tellAttackers({ kind: 'attack', field, books, ...besiege });
    await tellReaders({ kind: 'read' });
    await new Promise((resolve) => setTimeout(resolve, minutes * 60_000));
    console.log('  the last calls come to an end');
    const seen = await tellReaders<Seen>({ kind: 'end' }); // under attack to the last
    const wallMs = Date.now() - since;
    const attackersShare = ((cpuMsOf(attackers.pid) ?? 0) - attackersBefore) / wallMs;
    const librariesShare = (cpu() - librariesBefore) / wallMs;
    const growths = memory.stop();
    const spoils = await tellAttackers<Spoils>({ kind: 'end' });
    await attackers.stop(); // its connections with it

    const ended = processes
      .filter(({ running }) => !running)
      .map(({ library }) => `${library.name} has ended`);
    const disagree = await stage.agree();
    await stage.stop();
    const blocks = await blockTimes(homes.libraries[0]!.home, since);
    return {
      seen,
      spoils,
      seconds: wallMs / 1_000,
      attackersShare,
      librariesShare,
      memory: growths,
      names: field.libraries.map(({ name }) => name),
      longestWaitMs: longestWait(blocks, seen.waits),
      blocks: blocks.length,
      logs: logWords(homes.libraries.map(({ home }) => home)),
      wrong: [...ended, ...(disagree === undefined ? [] : [disagree])],
    };
  } finally {
    await Promise.all([readers.stop(), attackers.stop()]);
    await stage.stop();
  }
}
