/**
 * What members say of how far they are, and what their words have been worth. One member may say anything: whoever says
 * more than it can show, or is silent when it is asked for it, is soon not listened to.
 */
import { LRUCache } from 'lru-cache';
import { faultyMax } from '../../consensus/quorum.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Network, PeerKey } from '../../core/ports.ts';
import type { Height, PublicKey32, UnixMs } from '../../core/scalars.ts';

type Ports = { readonly clock: Clock; readonly network: Pick<Network, 'peers'> };

/** Who has said so many empty words or more is not believed alone. */
const DOUBTED = 2;

export class ReportedHeads {
  readonly #ports: Ports;
  /** By member: how many of its words were empty, and when the last one was. */
  readonly #empty = new LRUCache<string, { readonly count: number; readonly at: UnixMs }>({
    max: limits.membersMax,
  });
  /** By member: what it has said last. */
  readonly #heights = new Map<string, Height>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  heed(peer: PeerKey, height: Height): void {
    if (this.#heights.size >= limits.membersMax) this.#heights.clear(); // they come and go
    this.#heights.set(toHex(peer), height);
  }

  wasEmpty(peer: PeerKey): void {
    this.#empty.set(toHex(peer), { count: this.#emptyOf(peer) + 1, at: this.#ports.clock.now() });
  }

  /** It has said too much. But who can ask nobody else listens to it all the same. */
  isSpent(peer: PeerKey): boolean {
    return this.#isPaused(peer) && this.#ports.network.peers().some((other) => !this.#isPaused(other));
  }

  /**
   * So far is the federation, by the word of one honest authority at least: of members without a vote any number may lie.
   * Where no authority may, one whose words have been worth something is believed; who goes on with empty ones is asked more
   * and more seldom, and never comes to what it takes to be believed again.
   * @param authorities - those who sign the next block.
   */
  vouched(authorities: readonly PublicKey32[]): Height {
    const faulty = faultyMax(authorities.length);
    const voices = new Set(authorities.map(toHex));
    const peers = this.#ports.network
      .peers()
      .filter((peer) => voices.has(toHex(peer)) && (faulty > 0 || this.#emptyOf(peer) < DOUBTED));
    const heights = peers.map((peer) => this.#heights.get(toHex(peer)) ?? 0);
    return heights.sort((a, b) => b - a)[faulty] ?? 0;
  }

  /** Each empty word too many doubles the pause. */
  #isPaused(peer: PeerKey): boolean {
    const tooMany = this.#emptyOf(peer) - limits.emptyWordsPerPeerMax;
    const pauseMs = Math.min(limits.emptyWordPauseMs * 2 ** tooMany, limits.emptyWordPauseMsMax);
    return tooMany >= 0 && this.#sinceMs(peer) < pauseMs;
  }

  #emptyOf(peer: PeerKey): number {
    const { count } = this.#empty.get(toHex(peer)) ?? { count: 0 };
    return Math.max(0, count - Math.floor(this.#sinceMs(peer) / limits.emptyWordForgottenMs));
  }

  /** Where the clock was set, it has been a while. */
  #sinceMs(peer: PeerKey): number {
    const { at } = this.#empty.get(toHex(peer)) ?? { at: 0 };
    return Math.abs(this.#ports.clock.now() - at);
  }
}
