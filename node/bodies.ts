/**
 * Block bodies that peers sent before anybody asked: kept for a moment, a few per peer, under the hash that
 * they really have. What is asked for and not here is requested from the peer that must have it, then from others.
 */
import { type Block, decodeBlock, headerHash } from '../chain/block.ts';
import { type Bytes, equalBytes, toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import type { Network, PeerKey } from '../core/ports.ts';
import type { Hash32 } from '../core/scalars.ts';
import { Lru } from './lru.ts';
import { BLOCK_PROTOCOL } from './protocols.ts';

/** A decoded block with the hash that it really has. */
export type Body = { readonly block: Block; readonly hash: Hash32 };

const BODIES_PER_PEER_MAX = 4;
const PEERS_MAX = 64;

export class Bodies {
  readonly #network: Network;
  readonly #byPeer = new Lru<Lru<Body>>(PEERS_MAX);
  readonly #hashes = new Lru<string>(PEERS_MAX * BODIES_PER_PEER_MAX);

  constructor(network: Network) {
    this.#network = network;
  }

  /** A body that a peer sent. What does not decode is dropped: nobody asked for it. */
  offer(from: PeerKey, bytes: Bytes): void {
    const body = decodeBody(bytes);
    if (body === undefined) return;
    const peer = toHex(from);
    const bodies = this.#byPeer.get(peer) ?? new Lru<Body>(BODIES_PER_PEER_MAX);
    bodies.set(toHex(body.hash), body);
    this.#byPeer.set(peer, bodies);
    this.#hashes.set(toHex(body.hash), peer);
  }

  /** The body of this block: from memory, from `first`, or from any other peer. @returns undefined when nobody has it now. */
  async obtain(hash: Hash32, first: PeerKey | undefined): Promise<Body | undefined> {
    const name = toHex(hash);
    const here = this.#byPeer.get(this.#hashes.get(name) ?? '')?.get(name);
    if (here !== undefined) return here;
    const others = this.#network.peers().filter((peer) => first === undefined || !equalBytes(peer, first));
    for (const peer of first === undefined ? others : [first, ...others]) {
      const body = await this.#request(peer, hash);
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

function decodeBody(bytes: Bytes): Body | undefined {
  const block = decodeBlock(bytes);
  return block.kind === 'accept' ? { block: block.value, hash: headerHash(block.value.header) } : undefined;
}
