/**
 * Fetches of what readers seed, as they run: each can be ended, says when its bytes are hashed, and keeps its upload alive
 * as long as pieces come (intakes.ts, prolong).
 */
import { toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Hash32, UnixMs } from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Archive } from '../tracker/archive/archive.ts';
import type { Bringing } from '../tracker/archive/fetches.ts';
import type { Metainfo } from '../tracker/metainfo.ts';
import type { Intake } from './intake.ts';
import { type Intakes, nameOf } from './intakes.ts';
import { Tasks } from './tasks.ts';

type Ports = {
  readonly archive: Pick<Archive, 'fetchBrought'>;
  readonly intakes: Pick<Intakes, 'reading' | 'prolong'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly log: Log;
  /** How each has ended: a code, or "fetched". */
  counted(outcome: string): void;
};

export class BroughtFetches {
  readonly #ports: Ports;
  /** By file and key. */
  readonly #running = new Map<string, { readonly hash: string; readonly ending: AbortController }>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** One at a time for an intake. @returns undefined when it broke off, as every stranger can make it. */
  async run(
    intake: Intake,
    bringing: Omit<Bringing, 'signal' | 'reading' | 'piece'>,
  ): Promise<Verdict<Metainfo> | undefined> {
    const { archive, intakes, clock, log, counted } = this.#ports;
    const { hash, key } = intake;
    const name = nameOf(intake);
    const ending = new AbortController();
    this.#running.set(name, { hash: toHex(hash), ending });
    let read = () => {};
    const reading = () => {
      read = intakes.reading(hash, key);
    };
    const saving = new Tasks(log, 'that an upload goes on could not be written');
    let cameMs: UnixMs | undefined;
    const piece = () => {
      const nowMs = clock.now();
      cameMs = nowMs;
      saving.run(() => intakes.prolong(hash, key, nowMs, limits.intakeSavedMs));
    };
    try {
      const { signal } = ending;
      const fetched = await archive.fetchBrought({ ...bringing, signal, reading, piece });
      if (fetched.kind === 'accept') cameMs = undefined; // all is here
      counted(fetched.kind === 'accept' ? 'fetched' : fetched.code);
      return fetched;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (ending.signal.aborted) return undefined;
      log.debug('an upload that a reader seeds broke off', { code: error.code });
      counted(error.code);
      return undefined;
    } finally {
      read();
      this.#running.delete(name);
      await saving.drained();
      if (cameMs !== undefined) await intakes.prolong(hash, key, cameMs, 0);
    }
  }

  /** @param name - of the intake. */
  end(name: string): void {
    this.#running.get(name)?.ending.abort();
  }

  endAllOf(file: Hash32): void {
    const name = toHex(file);
    for (const { hash, ending } of this.#running.values()) if (hash === name) ending.abort();
  }
}
