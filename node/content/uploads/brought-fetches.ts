/**
 * Uploads whose bytes their readers seed: from which peers each is fetched, when again, and in what order when there is no
 * place. Each can be ended, says when its bytes are hashed, and keeps its upload alive as long as pieces come (intakes.ts,
 * prolong). What becomes of an upload by it is the clerk's affair (upload-clerk.ts).
 */

import type { Archive } from '../../../archive/archive.ts';
import type { Bringing } from '../../../archive/fetch/fetches.ts';
import { toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { Hash32, UnixMs } from '../../../core/scalars.ts';
import type { Verdict } from '../../../core/verdict.ts';
import { hasPaid } from '../../../rpc/right.ts';
import type { Endpoint } from '../../../torrent/compact-peers.ts';
import type { Metainfo } from '../../../torrent/metainfo.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { Tasks } from '../../process/tasks.ts';
import { Attempts } from './attempts.ts';
import { type Intake, nameOf } from './intake.ts';
import { IntakePeers } from './intake-peers.ts';
import type { Intakes } from './intakes.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly archive: Archive;
  readonly intakes: Intakes;
  readonly clock: Clock;
  readonly log: Log;
  /** How a fetch has ended: a code, or "fetched". */
  counted(outcome: string): void;
};
/** By file and key. */
type Id = Pick<Intake, 'hash' | 'key'>;
type Told = Pick<Bringing, 'by' | 'signal' | 'begun'>;
type Brought = { readonly fetched: Verdict<Metainfo> | undefined; readonly cameMs: UnixMs | undefined };

export class BroughtFetches {
  readonly #ports: Ports;
  readonly #placeIsFree: (names: readonly string[]) => void;
  readonly #attempts = new Attempts();
  readonly #peers = new IntakePeers();
  /** Of what is fetched now; by the name of the intake. */
  readonly #running = new Map<string, { readonly hash: string; readonly ending: AbortController }>();

  readonly #sinceMs: UnixMs;

  /** @param placeIsFree - told who may ask again: those that have waited for longest. */
  constructor(ports: Ports, placeIsFree: (names: readonly string[]) => void) {
    this.#ports = ports;
    this.#placeIsFree = placeIsFree;
    this.#sinceMs = ports.clock.now();
  }

  /** @returns true when this place is new for the upload. */
  announced({ hash, key }: Id, at: Endpoint): boolean {
    return this.#peers.announced(hash, key, at, this.#ports.clock.now());
  }

  hasPeers(id: Id): boolean {
    return this.#from(id).length > 0;
  }

  /**
   * Has nothing come of it for some minutes, and is there nobody of whom something could come? Whoever waits for his turn is
   * there; and after a start the peers of all have time to announce again.
   */
  isIdle(intake: Intake): boolean {
    const cameMs = Math.max(intake.until - limits.intakeIdleMs, this.#sinceMs);
    if (this.#ports.clock.now() - cameMs < limits.claimIdleMs) return false;
    const name = nameOf(intake);
    return !this.#running.has(name) && (!this.hasPeers(intake) || this.#attempts.wasInVain(name));
  }

  /** Those first that were tried longest ago: whose peers are silent must not stand in the way of the others. */
  inOrder(names: readonly string[]): readonly string[] {
    return this.#attempts.inOrder(names);
  }

  /** The upload is over, and its bytes still come. */
  end(id: Id): void {
    this.#running.get(nameOf(id))?.ending.abort();
  }

  /** Whoever else seeds it brings nothing any more: his place is free for others. */
  endAll(file: Hash32): void {
    for (const { hash, ending } of this.#running.values()) if (hash === toHex(file)) ending.abort();
  }

  /** The upload is over, or its bytes are here. */
  forget({ hash, key }: Id): void {
    this.#peers.forget(hash, key);
    this.#attempts.forget(nameOf({ hash, key }));
  }

  /**
   * From the peers of the reader who brings it, into a file of its own, if this is the time for it.
   * @returns undefined when nothing has come of it, and the next look tries again.
   */
  async fetch(intake: Intake): Promise<Verdict<Metainfo> | undefined> {
    const { clock, archive, ledger } = this.#ports;
    const { hash, key, address } = intake;
    const name = nameOf(intake);
    if (!this.hasPeers(intake) || !this.#attempts.isDue(name, clock.now())) return undefined;
    const paid = hasPaid(ledger.head().view, key);
    const by = { key, address, paid, isFirst: this.#attempts.isFirst(name) };
    if (!archive.mayBring(by)) return undefined;
    const ending = new AbortController();
    this.#running.set(name, { hash: toHex(hash), ending });
    let hasBegun = false;
    const begun = (): void => {
      hasBegun = true;
    };
    const { fetched, cameMs } = await this.#bring(intake, { by, begun, signal: ending.signal }).finally(() =>
      this.#running.delete(name),
    );
    const foundNoPlace = fetched?.kind === 'reject' && fetched.code === 'archive.busy';
    const isInVain = fetched?.kind !== 'accept' && cameMs === undefined;
    if (hasBegun) this.#attempts.ended(name, clock.now(), isInVain);
    if (hasBegun || !foundNoPlace) this.#placeIsFree(this.#attempts.takeWaiting(limits.broughtAskAgainMax));
    if (foundNoPlace) this.#attempts.foundNoPlace(name);
    return fetched;
  }

  #from({ hash, key }: Id): readonly Endpoint[] {
    return this.#peers.of(hash, key, this.#ports.clock.now());
  }

  /** @returns how it ended, undefined when it broke off; and when a piece came last, if one did. */
  async #bring(intake: Intake, told: Told): Promise<Brought> {
    const { archive, intakes, clock, log, counted } = this.#ports;
    const { hash, key } = intake;
    let read = () => {};
    const saving = new Tasks(log, 'that an upload goes on could not be written');
    let cameMs: UnixMs | undefined;
    let fetched: Verdict<Metainfo> | undefined;
    try {
      fetched = await archive.fetchBrought({
        ...{ hash, ...told },
        outline: () => intakes.outline(hash, key),
        from: () => this.#from(intake),
        piece: () => {
          const nowMs = clock.now();
          cameMs = nowMs;
          saving.run(() => intakes.prolong(hash, key, nowMs, limits.intakeSavedMs));
        },
        reading: () => {
          read = intakes.reading(hash, key);
        },
      });
      counted(fetched.kind === 'accept' ? 'fetched' : fetched.code);
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      if (!told.signal.aborted) {
        // Every stranger can make it break off.
        log.debug('an upload that a reader seeds broke off', { code: error.code });
        counted(error.code);
      }
    } finally {
      read();
      await saving.drained();
    }
    if (cameMs !== undefined && fetched?.kind !== 'accept') await intakes.prolong(hash, key, cameMs, 0);
    return { fetched, cameMs };
  }
}
