/**
 * Peers of one kind in one swarm, by the library whose passes they show. Any member can make passes for clients that there
 * are not, as many as it likes; so an answer names as many of one library's as of another's, as long as both have some.
 */
import type { Address } from '../../core/address.ts';
import { type Bytes, concat } from '../../core/bytes.ts';
import { PeerList, type Slot } from './peer-list.ts';

type Listed = { readonly subject: string; readonly pass: { readonly issuerHex: string } };
type Part<P extends Listed> = { readonly issuer: string; readonly list: PeerList<P> };

export class FairList<P extends Listed> {
  readonly #family: 4 | 6;
  /** Few: one a member. */
  #parts: readonly Part<P>[] = [];
  /** Which part comes first in the next window. */
  #turn = 0;

  constructor(family: 4 | 6) {
    this.#family = family;
  }

  get size(): number {
    let size = 0;
    for (const { list } of this.#parts) size += list.size;
    return size;
  }

  add(peer: P, address: Bytes, port: number): Slot<P> {
    return this.#of(peer.pass.issuerHex).add(peer, address, port);
  }

  /** As PeerList.window: as many of each part as it has, up to a number at which they are `wanted` together. */
  window(target: Bytes, offset: number, wanted: number, subject: string): number {
    let ofEach = 0;
    let left = wanted;
    for (let longer = this.#longerThan(0); longer > 0 && longer <= left; longer = this.#longerThan(ofEach)) {
      left -= longer;
      ofEach++;
    }
    // Those that are left: one more of a part, by turns.
    this.#turn++;
    for (let i = 0; i < this.#parts.length; i++) {
      const { list } = this.#parts[(this.#turn + i) % this.#parts.length]!;
      const isLonger = list.size > ofEach;
      const more = isLonger && left > 0 ? 1 : 0;
      left -= more;
      offset = list.window(target, offset, isLonger ? ofEach + more : list.size, subject);
    }
    return offset;
  }

  /** As PeerList.at. */
  *at(address: Address, port: number | undefined): Generator<P> {
    for (const { list } of this.#parts) yield* list.at(address, port);
  }

  /** A copy of all entries. */
  entries(): Bytes {
    return concat(...this.#parts.map(({ list }) => list.entries()));
  }

  #longerThan(size: number): number {
    let parts = 0;
    for (const { list } of this.#parts) if (list.size > size) parts++;
    return parts;
  }

  #of(issuer: string): PeerList<P> {
    const known = this.#parts.find((part) => part.issuer === issuer);
    if (known !== undefined) return known.list;
    const list = new PeerList<P>(this.#family);
    this.#parts = [...this.#parts.filter((part) => part.list.size > 0), { issuer, list }];
    return list;
  }
}
