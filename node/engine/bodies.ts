/**
 * Block bodies that authorities sent before anybody asked: kept for a moment, a few per peer, as the bytes that
 * came and under the hash that the sender claims. Only what is asked for is looked into; what does not have the
 * hash is as good as nothing. What is not here is requested from the peer that must have it, and when that one is
 * silent for a moment, from others beside it.
 */
import { LRUCache } from 'lru-cache';
import { type Block, decodeBlock, headerHash } from '../../chain/block/block.ts';
import { type Bytes, concat, equalBytes, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Network, PeerKey } from '../../core/ports.ts';
import { HASH_BYTES, type Hash32 } from '../../core/scalars.ts';
import { firstAnswer } from '../peers/first-answer.ts';
import { BLOCK_PROTOCOL } from '../peers/protocol-names.ts';

/** A decoded block with the hash that it really has. */
export type Body = { readonly block: Block; readonly hash: Hash32 };

/** Who waits for a body, and who has offered something else under its hash meanwhile: a look may cost milliseconds. */
type Awaited = { readonly give: Set<(offered: Body) => void>; readonly liars: Set<string> };

/** What an authority sends unasked: the hash, then the block. */
export function encodeOffer(hash: Hash32, block: Bytes): Bytes {
  return concat(hash, block);
}

export class Bodies {
  readonly #network: Network;
  readonly #clock: Clock;
  /** By peer, by claimed hash. */
  readonly #offers = new LRUCache<string, LRUCache<string, Bytes>>({ max: limits.authoritiesMax });
  /** By hash. */
  readonly #awaited = new Map<string, Awaited>();
  #turn = 0;

  constructor(ports: { readonly network: Network; readonly clock: Clock }) {
    this.#network = ports.network;
    this.#clock = ports.clock;
  }

  /** @param from - an authority: others have nothing to offer. @param offer - hash and block, of any length. */
  offer(from: PeerKey, offer: Bytes): void {
    if (offer.length <= HASH_BYTES || offer.length > HASH_BYTES + limits.blockBytesMax) return;
    const peer = toHex(from);
    const offers = this.#offers.get(peer) ?? new LRUCache<string, Bytes>({ max: limits.bodiesPerPeerMax });
    const hash = offer.subarray(0, HASH_BYTES);
    const name = toHex(hash);
    offers.set(name, offer.subarray(HASH_BYTES));
    this.#offers.set(peer, offers);
    const awaited = this.#awaited.get(name);
    if (awaited === undefined || awaited.liars.has(peer)) return;
    const body = bodyOf(offers, name, hash);
    if (body === undefined) awaited.liars.add(peer);
    else for (const give of [...awaited.give]) give(body);
  }

  /** The body of this block: from memory, from `first`, or from any other peer. @returns undefined when nobody has it now. */
  async obtain(hash: Hash32, first: PeerKey | undefined): Promise<Body | undefined> {
    const name = toHex(hash);
    const here = this.#take(name, hash);
    if (here !== undefined) return here;
    const { promise, resolve } = Promise.withResolvers<Body>();
    const awaited = this.#awaited.get(name) ?? { give: new Set(), liars: new Set() };
    awaited.give.add(resolve);
    this.#awaited.set(name, awaited);
    const search = firstAnswer(this.#clock, this.#peersInTurn(first), (peer) => this.#request(peer, hash));
    try {
      return await Promise.race([promise, search.answer]);
    } finally {
      search.stop();
      awaited.give.delete(resolve);
      if (awaited.give.size === 0) this.#awaited.delete(name);
    }
  }

  /** `first`, then the others; not always in the same order, or the same silent ones would come first each time. */
  #peersInTurn(first: PeerKey | undefined): PeerKey[] {
    const others = this.#network.peers().filter((peer) => first === undefined || !equalBytes(peer, first));
    const start = this.#turn++ % Math.max(1, others.length);
    const turned = [...others.slice(start), ...others.slice(0, start)];
    return first === undefined ? turned : [first, ...turned];
  }

  /** From whoever has offered it. */
  #take(name: string, hash: Hash32): Body | undefined {
    for (const offers of this.#offers.values()) {
      const body = bodyOf(offers, name, hash);
      if (body !== undefined) return body;
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

/** What one peer has offered under this name; a lie is forgotten. */
function bodyOf(offers: LRUCache<string, Bytes>, name: string, hash: Hash32): Body | undefined {
  const bytes = offers.get(name);
  const body = bytes && decodeBody(bytes);
  if (body !== undefined && equalBytes(body.hash, hash)) return body;
  offers.delete(name);
  return undefined;
}

function decodeBody(bytes: Bytes): Body | undefined {
  const block = decodeBlock(bytes);
  return block.kind === 'accept' ? { block: block.value, hash: headerHash(block.value.header) } : undefined;
}
