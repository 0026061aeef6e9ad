/**
 * What a peer asks for, and what it gets: each request one answer, its block or (BEP 6) that there is none. webtorrent reads a
 * block from the disk for every request at once, keeps what the peer does not take, finds the request of a block by its
 * numbers, so that one that is cancelled and made again is forgotten, and takes a length below zero for a length. Here
 * a block is read as the peer takes what was read before (asked.ts). What is no part of a piece that is here is refused before it
 * waits. Whoever asks for more, or leaves more, than a real client does is cut off.
 */
import type { Torrent, Wire } from 'webtorrent';
import { limits } from '../../core/limits.ts';
import { Asked, type BlockRequest } from './asked.ts';
import { within } from './contain.ts';

/** A block on its way from the disk. It counts until it has come, though nobody wants it any more. */
type Read = BlockRequest & { wanted: boolean };

/** @param inVain - called with each request that is refused as it comes. */
export function serveRequests(wire: Wire, torrent: Torrent, inVain: () => void): void {
  const asked = new Asked(bufferedOf(wire));
  const reading: Read[] = [];
  let ended = false;
  const end = (): void => {
    ended = true;
    asked.clear();
  };
  const cut = (): void => {
    end(); // what came in the same packet is still parsed
    wire.destroy();
  };
  const refuse = ({ index, offset, length }: BlockRequest): void => {
    if (!ended && wire.hasFast) wire.reject(index, offset, length);
  };
  const dismiss = (one: Read): void => {
    one.wanted = false;
    refuse(one);
  };
  const read = (block: BlockRequest): void => {
    const one = { ...block, wanted: true };
    reading.push(one);
    const come = (error: Error | null, bytes?: Uint8Array): void => {
      const at = reading.indexOf(one);
      if (at < 0) return;
      reading.splice(at, 1);
      if (one.wanted && bytes !== undefined && !error && !ended) wire.piece(one.index, one.offset, bytes);
      else if (one.wanted) refuse(one);
      queueMicrotask(() => within(wire, serve));
    };
    const answer = (error: Error | null, bytes?: Uint8Array) => within(wire, () => come(error, bytes));
    const { index, offset, length } = block;
    if (!wire.emit('request', index, offset, length, answer)) answer(new Error('nobody reads'));
  };
  const serve = (): void => {
    while (!ended) {
      const block = asked.next(bufferedOf(wire), reading);
      if (block === undefined) return;
      read(block);
    }
  };

  wire._onRequest = (index, offset, length) => {
    if (ended) return;
    const block = { index, offset, length };
    if (length < 0 || length > limits.peerBlockBytesMax) return cut();
    if (wire.amChoking || !isHere(block, torrent)) {
      refuse(block);
      return inVain();
    }
    if (!asked.ask(block, reading)) return cut();
    serve();
  };
  wire._onCancel = (index, offset, length) => {
    const block = { index, offset, length };
    if (asked.cancel(block)) return refuse(block); // BEP 6: it gets an answer all the same
    const one = reading.find((other) => other.wanted && isSame(other, block));
    if (one !== undefined) dismiss(one);
  };
  const choke = wire.choke.bind(wire);
  wire.choke = () => {
    if (wire.amChoking) return;
    choke();
    for (const one of reading) if (one.wanted) dismiss(one);
    for (const block of asked.clear()) refuse(block);
  };
  const push = wire._push.bind(wire);
  wire._push = (message) => {
    push(message);
    if (!asked.said(message.length, bufferedOf(wire))) cut();
  };
  const more = wire._read.bind(wire);
  wire._read = (done) => {
    more(done);
    within(wire, serve); // the peer has taken nearly all
  };
  wire.once('finish', end).once('close', end);
}

/** Is it part of a piece that is here? The last one is filled up with zeros, as all are (disk/chunk-store.ts). */
function isHere({ index, offset, length }: BlockRequest, { pieces, pieceLength }: Torrent): boolean {
  return pieces[index] === null && length > 0 && offset >= 0 && offset + length <= pieceLength;
}

function isSame(a: BlockRequest, b: BlockRequest): boolean {
  return a.index === b.index && a.offset === b.offset && a.length === b.length;
}

/** Said to this peer, and not yet taken. */
function bufferedOf({ _readableState }: Wire): number {
  return _readableState.buffered;
}
