/**
 * What members say of how far they are, and what their words have been worth. One member may say anything: whoever says
 * more than it can show, or is silent when it is asked for it, is soon not listened to.
 */
import { faultyMax } from '../../consensus/quorum.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Network, PeerKey } from '../../core/ports.ts';
import type { Height, PublicKey32 } from '../../core/scalars.ts';
import { Allowance } from '../peers/allowance.ts';

type Ports = { readonly clock: Clock; readonly network: Pick<Network, 'peers'> };

/** Empty words that are left to it. */
const BELIEVED = 2;

export class Words {
  readonly #ports: Ports;
  readonly #credit: Allowance;
  /** By member: what it has said last. */
  readonly #heights = new Map<string, Height>();

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#credit = new Allowance(ports.clock, {
      perSecond: limits.emptyWordsPerPeerPerMinute / 60,
      most: limits.emptyWordsPerPeerMax,
    });
  }

  heed(peer: PeerKey, height: Height): void {
    if (this.#heights.size >= limits.membersMax) this.#heights.clear(); // they come and go
    this.#heights.set(toHex(peer), height);
  }

  wasEmpty(peer: PeerKey): void {
    this.#credit.charge(peer, 1);
  }

  /** It has said too much. But who can ask nobody else listens to it all the same. */
  isSpent(peer: PeerKey): boolean {
    return !this.#hasCredit(peer) && this.#ports.network.peers().some((other) => this.#hasCredit(other));
  }

  /**
   * So far is the federation, by the word of one honest authority at least: of members without a vote any number may lie.
   * Where no authority may, one whose words have been worth something is believed; who goes on with empty ones is asked once
   * a minute, and never comes to what it takes to be believed again.
   * @param authorities - those who sign the next block.
   */
  vouched(authorities: readonly PublicKey32[]): Height {
    const faulty = faultyMax(authorities.length);
    const voices = new Set(authorities.map(toHex));
    const peers = this.#ports.network
      .peers()
      .filter((peer) => voices.has(toHex(peer)) && (faulty > 0 || this.#credit.left(peer) >= BELIEVED));
    const heights = peers.map((peer) => this.#heights.get(toHex(peer)) ?? 0);
    return heights.sort((a, b) => b - a)[faulty] ?? 0;
  }

  #hasCredit(peer: PeerKey): boolean {
    return this.#credit.left(peer) >= 1;
  }
}
