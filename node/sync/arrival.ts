/**
 * Has a library that has just started heard how far the others are, and got there? Until then it does not know whether
 * it is behind. Holds no rule: what a member says makes it wait for a moment, and for nothing else.
 */
import { faultyMax } from '../../consensus/quorum.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Network, PeerKey } from '../../core/ports.ts';
import type { Height, PublicKey32 } from '../../core/scalars.ts';
import { decodeHead } from '../ledger/messages.ts';
import { HEAD_PROTOCOL } from '../peers/protocol-names.ts';
import { Timers } from '../process/timers.ts';
import { reached } from './range-fetcher.ts';

type Ports = {
  readonly network: Pick<Network, 'peers' | 'request'>;
  readonly clock: Clock;
  height(): Height;
  /** Those who sign the next block. */
  authorities(): readonly PublicKey32[];
  /** Does the ledger know other libraries? */
  hasOthers(): boolean;
  /** Has one of them, of this chain, said hello? */
  isGreeted(): boolean;
};

const ASK_EVERY_MS = 100;

export class Arrival {
  readonly #ports: Ports;
  readonly #timers: Timers;
  /** Of members, by their keys in hex: what they have said last. */
  readonly #heights = new Map<string, Height>();
  readonly #asked = new Set<string>();
  #arrived = false;
  #waited = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
  }

  /**
   * Whoever hears of nobody, or of heights that nobody can show, serves what it has after a while. One that has nothing
   * waits for a member of its chain, however long: it may have the wrong genesis.
   */
  start(): void {
    this.#timers.set('alone', limits.arrivalMs, () => {
      this.#waited = true;
      this.#judge();
    });
    this.#look();
  }

  stop(): void {
    this.#timers.cancelAll();
  }

  get arrived(): boolean {
    return this.#arrived || !this.#ports.hasOthers();
  }

  /** Nobody of this chain has said anything yet. */
  get isUnheard(): boolean {
    return !this.arrived && !this.#ports.isGreeted();
  }

  #look(): void {
    this.#judge();
    if (this.#arrived) return;
    for (const peer of this.#ports.network.peers()) void this.#ask(peer);
    this.#timers.set('look', ASK_EVERY_MS, () => this.#look());
  }

  async #ask(peer: PeerKey): Promise<void> {
    const name = toHex(peer);
    if (this.#asked.has(name)) return;
    this.#asked.add(name);
    const head = await reached(async () =>
      decodeHead(await this.#ports.network.request(peer, HEAD_PROTOCOL, new Uint8Array(0))),
    );
    this.#asked.delete(name);
    if (head?.kind === 'accept') this.#heights.set(name, head.value.height);
    this.#judge();
  }

  #judge(): void {
    const { isGreeted, height } = this.#ports;
    if (isGreeted() ? this.#waited || this.#isThere() : this.#waited && height() > 0) this.#end();
  }

  /**
   * Authorities first: of the others any number may lie. Where most of those that are connected are silent, or none is
   * connected, everybody counts.
   */
  #isThere(): boolean {
    const { network, authorities } = this.#ports;
    const keys = authorities();
    const voices = new Set(keys.map(toHex));
    const peers = network.peers().map(toHex);
    const signing = peers.filter((peer) => voices.has(peer));
    const those = this.#haveAnswered(signing) ? signing : peers;
    return this.#haveAnswered(those) && this.#areHere(those, faultyMax(keys.length));
  }

  /** Most of them: one may be silent. */
  #haveAnswered(peers: readonly string[]): boolean {
    return peers.filter((peer) => this.#heights.has(peer)).length * 2 > peers.length;
  }

  /** No more of them than may lie are above us, one may be behind. Of so few that all may lie everybody counts. */
  #areHere(peers: readonly string[], faulty: number): boolean {
    const heights = peers.flatMap((peer) => this.#heights.get(peer) ?? []).sort((a, b) => b - a);
    return (heights[faulty] ?? heights[0]!) <= this.#ports.height();
  }

  #end(): void {
    this.#arrived = true;
    this.#timers.cancelAll();
  }
}
