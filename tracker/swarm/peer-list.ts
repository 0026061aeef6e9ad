/**
 * Peers of one kind in one swarm, as the bytes of an answer: each peer is `entryBytes` of address and port
 * (BEP 23: 6, BEP 7: 18), without gaps, so that a part of an answer is a copied window. Removing moves the last
 * peer into the gap.
 */
import type { Address } from '../../core/address.ts';
import { assert } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import { entryBytesOf, findPeer } from '../../torrent/compact-peers.ts';

/** All that a list must know of a peer: whose it is. */
type Listed = { readonly subject: string };
/** Where a peer stands in a list. */
export type Slot<P extends Listed> = { readonly peer: P; readonly list: PeerList<P>; at: number };

const SLOTS_AT_FIRST = 4;
const PORT_BYTES = 2;

export class PeerList<P extends Listed> {
  readonly #entryBytes: number;
  #slots: Slot<P>[] = [];
  #bytes: Bytes = new Uint8Array(0);
  /** Where the next window begins: windows rotate, so that all peers are shown equally often. */
  #next = 0;

  constructor(family: 4 | 6) {
    this.#entryBytes = entryBytesOf(family);
  }

  get size(): number {
    return this.#slots.length;
  }

  add(peer: P, address: Bytes, port: number): Slot<P> {
    const at = this.#slots.length;
    if ((at + 1) * this.#entryBytes > this.#bytes.length) this.#grow();
    const slot: Slot<P> = { peer, list: this, at };
    this.#slots.push(slot);
    this.move(slot, address, port);
    return slot;
  }

  /** The peer has another address now. */
  move(slot: Slot<P>, address: Bytes, port: number): void {
    const start = slot.at * this.#entryBytes;
    this.#bytes.set(address, start);
    this.#bytes[start + address.length] = port >> 8;
    this.#bytes[start + address.length + 1] = port & 0xff;
  }

  /** Where it is, without its port. */
  addressOf(slot: Slot<P>): Address {
    const start = slot.at * this.#entryBytes;
    const bytes = this.#bytes.slice(start, start + this.#entryBytes - PORT_BYTES);
    return { family: bytes.length === 4 ? 4 : 6, bytes };
  }

  isAt(slot: Slot<P>, address: Bytes, port: number): boolean {
    const start = slot.at * this.#entryBytes;
    for (let i = 0; i < address.length; i++) if (this.#bytes[start + i] !== address[i]) return false;
    const end = start + address.length;
    return this.#bytes[end] === port >> 8 && this.#bytes[end + 1] === (port & 0xff);
  }

  remove(slot: Slot<P>): void {
    assert(this.#slots[slot.at] === slot, 'a peer stands where its slot says');
    const last = this.#slots.pop();
    if (last === undefined || last === slot) return;
    const from = last.at * this.#entryBytes;
    this.#bytes.copyWithin(slot.at * this.#entryBytes, from, from + this.#entryBytes);
    this.#slots[slot.at] = last;
    last.at = slot.at;
  }

  /**
   * Copies up to `wanted` peers into `target` from `offset`, none of them of the key `subject`.
   * @returns the offset behind the last one.
   */
  window(target: Bytes, offset: number, wanted: number, subject: string): number {
    const count = this.#slots.length;
    let taken = 0;
    let at = this.#next < count ? this.#next : 0;
    for (let looked = 0; looked < count && taken < wanted; looked++) {
      if (this.#slots[at]!.peer.subject !== subject) {
        const start = at * this.#entryBytes;
        for (let i = 0; i < this.#entryBytes; i++) target[offset++] = this.#bytes[start + i]!;
        taken++;
      }
      at = at + 1 === count ? 0 : at + 1;
    }
    this.#next = at;
    return offset;
  }

  /** Who is there: see findPeer. @param address - of the family of this list. */
  *at(address: Address, port: number | undefined): Generator<P> {
    let found = findPeer(this.#bytes, this.size, address, port);
    while (found >= 0) {
      yield this.#slots[found]!.peer;
      found = findPeer(this.#bytes, this.size, address, port, found + 1);
    }
  }

  /** A copy of all entries. */
  entries(): Bytes {
    return this.#bytes.slice(0, this.size * this.#entryBytes);
  }

  #grow(): void {
    const slots = Math.max(SLOTS_AT_FIRST, 2 * this.#slots.length);
    const bytes = new Uint8Array(slots * this.#entryBytes);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
  }
}
