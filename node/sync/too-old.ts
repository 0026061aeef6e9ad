/**
 * When nobody who was asked keeps the blocks that come next, and no state is fetched instead (or not yet: the question for
 * one may be lost). That they cannot be had is no sign that there are none: each may still show with certificates, as to a
 * joiner, how far the federation is. So the library knows that it is behind, also when its own attempts end; and no word
 * makes it so. Source: docs/decisions/catching-up.md.
 */
import { toHex } from '../../core/bytes.ts';
import type { Clock, Log, Network, PeerKey } from '../../core/ports.ts';
import type { Height, UnixMs } from '../../core/scalars.ts';
import type { VerifySignature } from '../../light/trusted.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Timers } from '../process/timers.ts';
import { reached } from './range-fetcher.ts';
import type { ReportedHeads } from './reported-heads.ts';
import { askForOffer } from './snapshot/trust.ts';

type Ports = {
  readonly network: Network;
  readonly verify: VerifySignature;
  readonly clock: Clock;
  readonly log: Log;
  readonly ledger: Ledger;
  readonly reported: ReportedHeads;
  /** A state may be fetched instead. */
  readonly takesStates: boolean;
  failed(error: unknown): void;
};

/** Whoever has not kept the next block is asked for it again after so long; who comes new is asked at once. */
const AGAIN_MS = 60_000;
const SAY_EVERY_MS = 3_600_000;

export class TooOld {
  readonly #ports: Ports;
  readonly #timers: Timers;
  /** Who has not kept the block after this height, and has shown how far it is, or is asked to. */
  readonly #without = new Set<string>();
  #at: Height = 0;
  #shown: Height = 0;
  #saidAt: UnixMs | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
  }

  stop(): void {
    this.#timers.cancelAll();
  }

  /** So far is the federation, by certificates. */
  get shown(): Height {
    return this.#shown;
  }

  /** To ask it for the next block is vain for now, and nothing else is to be had from it. */
  isWithout(peer: PeerKey): boolean {
    return !this.#ports.takesStates && this.#wasAsked(peer);
  }

  #wasAsked(peer: PeerKey): boolean {
    return this.#at === this.#height() && this.#without.has(toHex(peer));
  }

  /** @param pruned - all who were asked for the next block, and say that they are above us. */
  found(pruned: readonly PeerKey[]): void {
    const height = this.#height();
    if (height !== this.#at) this.#without.clear();
    this.#at = height;
    for (const peer of pruned.filter((one) => !this.#wasAsked(one))) {
      this.#without.add(toHex(peer));
      void this.#look(peer).catch(this.#ports.failed);
    }
    if (!this.#timers.has('again')) this.#timers.set('again', AGAIN_MS, () => this.#without.clear());
    if (!this.#ports.takesStates) this.#say();
  }

  async #look(peer: PeerKey): Promise<void> {
    const { ledger, reported } = this.#ports;
    const offer = await reached(() => askForOffer(this.#ports, ledger.genesis, peer, this.#height()));
    const shown = offer?.kind === 'accept' ? offer.value.block.header.height : 0;
    this.#shown = Math.max(this.#shown, shown);
    if (shown > this.#height()) return;
    this.#without.delete(toHex(peer));
    reported.wasEmpty(peer); // nor could it show a state
  }

  #height(): Height {
    return this.#ports.ledger.head().header.height;
  }

  #say(): void {
    const { clock, log } = this.#ports;
    const now = clock.now();
    if (this.#saidAt !== undefined && Math.abs(now - this.#saidAt) < SAY_EVERY_MS) return;
    this.#saidAt = now;
    log.warn(
      'the blocks that come next are too old for every member: connect to a library that keeps all of them, or let this one fetch a state (start it without --join blocks)',
      { from: this.#at + 1 },
    );
  }
}
