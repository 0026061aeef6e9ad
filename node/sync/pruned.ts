/**
 * Who has said that it keeps the next block no more, and when first. Voices count, and not the end of an attempt: that one
 * could be put off by whoever answers late.
 */
import { toHex } from '../../core/bytes.ts';
import type { Clock, Network, PeerKey } from '../../core/ports.ts';
import type { Height, UnixMs } from '../../core/scalars.ts';

type Ports = { readonly clock: Clock; readonly network: Pick<Network, 'peers'>; height(): Height };

export class Pruned {
  readonly #ports: Ports;
  /** By member. */
  readonly #since = new Map<string, UnixMs>();
  /** It is the block after this one. */
  #at: Height = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** @param from - the block that it was asked for. */
  said(peer: PeerKey, from: Height): void {
    const height = this.#ports.height();
    if (from !== height + 1) return;
    if (height !== this.#at) this.#since.clear();
    this.#at = height;
    if (!this.#since.has(toHex(peer))) this.#since.set(toHex(peer), this.#ports.clock.now());
  }

  /** Of those who are connected, who said so this long ago; nobody once the block has come from another one. */
  forLongerThan(ms: number): readonly PeerKey[] {
    const { clock, network, height } = this.#ports;
    if (this.#at !== height()) return [];
    return network.peers().filter((peer) => {
      const since = this.#since.get(toHex(peer));
      return since !== undefined && Math.abs(clock.now() - since) >= ms;
    });
  }
}
