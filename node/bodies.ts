/**
 * Block bodies that authorities sent before anybody asked: kept for a moment, a few per peer, as the bytes that
 * came and under the hash that the sender claims. Only what is asked for is looked into; what does not have the
 * hash is as good as nothing. What is not here is requested from the peer that must have it, then from others.
 */
import { type Block, decodeBlock, headerHash } from '../chain/block.ts';
import { type Bytes, concat, equalBytes, toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { Network, PeerKey } from '../core/ports.ts';
import { HASH_BYTES, type Hash32 } from '../core/scalars.ts';
import { Lru } from './lru.ts';
import { BLOCK_PROTOCOL } from './protocols.ts';

/** A decoded block with the hash that it really has. */
export type Body = { readonly block: Block; readonly hash: Hash32 };

const BODIES_PER_PEER_MAX = 4;

/** What an authority sends unasked: the hash, then the block. */
export function encodeOffer(hash: Hash32, block: Bytes): Bytes {
  return concat(hash, block);
}

export class Bodies {
  readonly #network: Network;
  /** By peer, by claimed hash. */
  readonly #offers = new Lru<Lru<Bytes>>(limits.authoritiesMax);

  constructor(network: Network) {
    this.#network = network;
  }

  /** @param from - an authority: others have nothing to offer. @param offer - hash and block, of any length. */
  offer(from: PeerKey, offer: Bytes): void {
    if (offer.length <= HASH_BYTES || offer.length > HASH_BYTES + limits.blockBytesMax) return;
    const peer = toHex(from);
    const offers = this.#offers.get(peer) ?? new Lru<Bytes>(BODIES_PER_PEER_MAX);
    offers.set(toHex(offer.subarray(0, HASH_BYTES)), offer.subarray(HASH_BYTES));
    this.#offers.set(peer, offers);
  }

  /** The body of this block: from memory, from `first`, or from any other peer. @returns undefined when nobody has it now. */
  async obtain(hash: Hash32, first: PeerKey | undefined): Promise<Body | undefined> {
    const here = this.#take(toHex(hash), hash);
    if (here !== undefined) return here;
    const others = this.#network.peers().filter((peer) => first === undefined || !equalBytes(peer, first));
    for (const peer of first === undefined ? others : [first, ...others]) {
      const body = await this.#request(peer, hash);
      if (body !== undefined) return body;
    }
    return undefined;
  }

  /** From whoever has offered it; liars are forgotten on the way. */
  #take(name: string, hash: Hash32): Body | undefined {
    for (const offers of this.#offers.values()) {
      const bytes = offers.get(name);
      if (bytes === undefined) continue;
      const body = decodeBody(bytes);
      if (body !== undefined && equalBytes(body.hash, hash)) return body;
      offers.delete(name);
    }
    return undefined;
  }

  async #request(peer: PeerKey, hash: Hash32): Promise<Body | undefined> {
    try {
      const body = decodeBody(await this.#network.request(peer, BLOCK_PROTOCOL, hash));
      return body !== undefined && equalBytes(body.hash, hash) ? body : undefined;
    } catch (error) {
      if (error instanceof Fault) return undefined; // out of reach: the next peer may have it
      throw error;
    }
  }
}

function decodeBody(bytes: Bytes): Body | undefined {
  const block = decodeBlock(bytes);
  return block.kind === 'accept' ? { block: block.value, hash: headerHash(block.value.header) } : undefined;
}
