/**
 * What has come of pieces that are not whole is in memory, and nobody has checked it. Whoever sends all of each piece but
 * its last block would fill the memory with a file of 64 GiB. So a fetch fills one piece; of others no more is asked for,
 * or held, than a share of its own. No fetch is ended for what another one holds: there is no sum that some could fill.
 *
 * A piece that nobody sends gives way to one that a peer does have, and is asked for again later. Who has it, and may be asked,
 * does send it, also when all that was asked for has come at once, and others are turned to first.
 */
import type { Piece, Torrent, Wire } from 'webtorrent';
import { BLOCK_BYTES } from '../../torrent/piece-tree.ts';
import { within } from '../peers/contain.ts';

/** From the beginning of a fetch on. @param aheadBytesMax - asked for or held, beside the piece that is filled. */
export function boundUnfinished(torrent: Torrent, aheadBytesMax: number): void {
  const unfinished = new Unfinished(torrent, aheadBytesMax);
  const update = torrent._updateWire.bind(torrent);
  const request = torrent._request.bind(torrent);
  const turnTo = (wire: Wire): void => {
    if (wire.destroyed || !torrent.ready) return;
    unfinished.look();
    if (wire.peerChoking) return void update(wire); // it may give some all the same (BEP 6, allowed fast)
    const all = torrent._selections;
    try {
      // One new piece at a time: webtorrent would go through all there are, for each block that comes.
      for (let before = -1; before !== unfinished.size; ) {
        before = unfinished.size;
        torrent._selections = selectionsOf(unfinished.choose(wire));
        update(wire);
      }
    } finally {
      torrent._selections = all;
    }
  };
  torrent._updateWire = (wire) => within(wire, () => turnTo(wire));
  torrent._request = (wire, index, hotswap) => {
    if (!unfinished.mayAsk(index) || !request(wire, index, hotswap)) return false;
    unfinished.asked(index);
    return true;
  };
  torrent.on('wire', copyBlocks);
}

class Unfinished {
  readonly #torrent: Torrent;
  readonly #aheadBytesMax: number;
  /** In the order in which they were begun. */
  readonly #begun = new Set<number>();
  /** Has room for all its blocks. */
  #filled: number | undefined;
  /** Bytes that are asked for, by piece. */
  #underWay = new Map<number, number>();
  /** May be asked for of other pieces. */
  #left = 0;
  /** All pieces before it are here. */
  #next = 0;

  constructor(torrent: Torrent, aheadBytesMax: number) {
    this.#torrent = torrent;
    this.#aheadBytesMax = aheadBytesMax;
  }

  get size(): number {
    return this.#begun.size;
  }

  /** How it stands now: before anything is asked for. */
  look(): void {
    const { pieces, wires } = this.#torrent;
    for (const index of this.#begun) if (!isBegun(pieces[index])) this.#begun.delete(index);
    if (this.#filled !== undefined && !this.#begun.has(this.#filled)) this.#filled = undefined;
    this.#underWay = new Map();
    for (const { piece, length } of wires.flatMap(({ requests }) => requests)) {
      this.#underWay.set(piece, (this.#underWay.get(piece) ?? 0) + length);
    }
    this.#count();
  }

  /** @returns the pieces of which this peer may be asked for blocks, the one that is filled first. */
  choose({ peerPieces }: Wire): readonly number[] {
    const begun = [...this.#begun];
    const fresh = this.#fresh(peerPieces);
    if (fresh === undefined && !begun.some((index) => peerPieces.get(index))) return [];
    const mayCome = (index: number) => this.#isBusy(index) || this.#isOffered(index);
    const order = this.#filled === undefined ? begun : [this.#filled, ...begun];
    const filled = order.find(mayCome) ?? fresh;
    if (filled === undefined) return [];
    if (filled !== this.#filled) {
      this.#filled = filled;
      this.#count();
      for (const index of begun) if (this.#left < 0 && !mayCome(index)) this.#forget(index);
    }
    const others = this.#left > 0 ? [...this.#begun, ...(fresh === undefined ? [] : [fresh])] : [];
    return [filled, ...others.filter((index) => index !== filled)];
  }

  mayAsk(index: number): boolean {
    return this.#filled === undefined || this.#filled === index || this.#left > 0;
  }

  /** For one more block. */
  asked(index: number): void {
    this.#begun.add(index);
    this.#filled ??= index;
    this.#underWay.set(index, (this.#underWay.get(index) ?? 0) + BLOCK_BYTES);
    if (this.#filled !== index) this.#left -= BLOCK_BYTES;
  }

  /** One that the peer has, and that is not begun. */
  #fresh(peerPieces: Wire['peerPieces']): number | undefined {
    const { pieces } = this.#torrent;
    while (pieces[this.#next] === null) this.#next++;
    for (let index = this.#next; index < pieces.length; index++) {
      if (pieces[index] !== null && !this.#begun.has(index) && peerPieces.get(index)) return index;
    }
    return undefined;
  }

  #isBusy(index: number): boolean {
    return this.#underWay.has(index) || this.#torrent.pieces[index]?._flushed === true;
  }

  #isOffered(index: number): boolean {
    return this.#torrent.wires.some(
      ({ destroyed, peerChoking, peerPieces }) => !destroyed && !peerChoking && peerPieces.get(index),
    );
  }

  #count(): void {
    this.#left = this.#aheadBytesMax;
    for (const index of this.#begun) {
      if (index === this.#filled) continue;
      const piece = this.#torrent.pieces[index];
      this.#left -= (piece ? piece.length - piece.missing : 0) + (this.#underWay.get(index) ?? 0);
    }
  }

  /** As webtorrent does with a piece that is wrong. */
  #forget(index: number): void {
    const piece = this.#torrent.pieces[index];
    if (!piece) return;
    this.#torrent.pieces[index] = new piece.constructor(piece.length);
    this.#begun.delete(index);
    this.#count();
  }
}

/** Some of it is asked for, is here, or was; or it is hashed and written now. */
function isBegun(piece: Piece | null | undefined): boolean {
  return piece ? piece._flushed || piece._buffer !== null : false;
}

function selectionsOf(indices: readonly number[]): Torrent['_selections'] {
  const items = indices.map((index) => ({ from: index, to: index, offset: 0, priority: 0 }));
  return { length: items.length, get: (i) => items[i]!, swap: () => {} };
}

/** A block is a view of what came in one go with it, which would be kept as well: whoever sends it chooses what that is. */
function copyBlocks(wire: Wire): void {
  const onPiece = wire._onPiece.bind(wire);
  wire._onPiece = (index, offset, bytes) => {
    onPiece(index, offset, bytes.buffer.byteLength > bytes.length ? Uint8Array.from(bytes) : bytes);
  };
}
