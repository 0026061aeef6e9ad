/**
 * What a peer says besides asking for blocks and sending them. webtorrent goes through all pieces and all peers for
 * each message of what a peer has, lets in or gives quickly, a few bytes each: half a megabyte a second kept a library
 * busy. So messages are counted, and whoever says more than a real client does is cut off; and each costs little, whatever it
 * says. Each connection has some of its own, so that nobody else can use them up; what goes beyond is paid for by whoever
 * it is (visits.ts), or who is cut off and comes again would begin anew. A torrent that is whole wants nothing, and does not
 * listen.
 */
import type { Torrent, Wire } from 'webtorrent';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import { BLOCK_BYTES } from '../../torrent/piece-tree.ts';

const ID = { request: 6, piece: 7 } as const;
/** A long message counts as several, in bytes. */
const MESSAGE_BYTES = 4 * 1024;
/** Of those that a peer gives although it chokes: BEP 6 has ten. */
const ALLOWED_FAST_MAX = 100;

/** What a packet costs that brings a few bytes, and no message comes of it: a bad client writes a block in three. */
const CRUMB_BYTES = 64;
const CRUMB_MESSAGES = 1 / 16;

/**
 * @param mayGoOn - pays for what goes beyond the messages of this connection.
 * @returns to be called with what comes to nothing: so many more messages.
 */
export function boundMessages(
  wire: Wire,
  torrent: Torrent,
  clock: Clock,
  mayGoOn: (messages: number) => boolean,
): (messages: number) => void {
  const most = limits.peerMessagesOwnMax + Math.ceil(torrent.length / torrent.pieceLength || 0);
  let left = most;
  let atMs = clock.now();
  let cut = false;
  const spend = (messages: number): void => {
    if (cut) return; // destroy() says once more that it chokes
    left -= messages;
    if (left >= 0) return;
    const now = clock.now();
    const saved = (Math.max(0, now - atMs) * limits.peerMessagesOwnPerSecond) / 1_000;
    left = Math.min(most, left + saved);
    atMs = now;
    if (left >= 0) return;
    const beyond = -left;
    left = 0;
    if (mayGoOn(beyond)) return;
    cut = true;
    wire.destroy();
    wire._parse(Number.MAX_VALUE, () => {}); // nor what came in the same packet
  };
  const hear = wire._onMessage.bind(wire);
  wire._onMessage = (message) => {
    const id = message[0];
    if (id !== ID.request && id !== ID.piece) spend(1 + Math.floor(message.length / MESSAGE_BYTES));
    hear(message);
  };
  // What nobody has asked for is no sign that it gives anything: webtorrent would take it for a fast peer.
  const take = wire._onPiece.bind(wire);
  wire._onPiece = (index, offset, bytes) => {
    const { length } = bytes;
    const isAsked = wire.requests.some(
      (one) => one.piece === index && one.offset === offset && one.length === length,
    );
    if (isAsked) take(index, offset, bytes);
    else spend(Math.max(1, length / BLOCK_BYTES));
  };
  const stay = wire._onKeepAlive.bind(wire);
  wire._onKeepAlive = () => {
    stay();
    spend(1);
  };
  const write = wire._write.bind(wire);
  wire._write = (bytes, done) => {
    const waiting = wire._bufferSize;
    write(bytes, done);
    const isCrumb = bytes.length < CRUMB_BYTES && wire._bufferSize === waiting + bytes.length;
    if (isCrumb) spend(CRUMB_MESSAGES);
  };
  return spend;
}

/** @param wire - which says nothing yet (hold.ts). @param spend - of `boundMessages`. */
export function listen(wire: Wire, torrent: Torrent, spend: (messages: number) => void): void {
  const { _onHaveAll, _onHaveNone, _onChoke, _onUnchoke } = wire;
  /** It has told which pieces it has: BEP 3 and BEP 6 let it do so once. */
  let told = false;
  const once = (tell: () => void) => {
    if (torrent.done || told) return;
    told = true;
    tell();
  };
  /** It may be asked now, and is asked for nothing. */
  const ask = (): void => {
    if (wire.requests.length === 0) torrent._update();
  };

  // Nor of what the file has not: webtorrent's list of who has which piece would get as long as the number.
  wire._onHave = (index) => {
    if (torrent.done || !torrent.pieces[index] || wire.peerPieces.get(index)) return;
    wire.peerPieces.set(index, true);
    wire.interested();
    if (!wire.peerChoking || wire.peerAllowedFastSet.includes(index)) ask();
  };
  wire._onBitField = (bits) =>
    once(() => {
      // A copy, of what there are pieces for: it would keep the packet with which it came.
      const own = Uint8Array.from(bits.subarray(0, Math.ceil(torrent.pieces.length / 8)));
      wire.peerPieces = new wire.peerPieces.constructor(own);
      if (torrent.pieces.some((piece, index) => piece !== null && wire.peerPieces.get(index))) {
        wire.interested();
        if (!wire.peerChoking || wire.peerAllowedFastSet.length > 0) ask();
      }
    });
  wire._onHaveAll = () => (wire.hasFast ? once(() => _onHaveAll.call(wire)) : wire.destroy());
  wire._onHaveNone = () => (wire.hasFast ? once(() => _onHaveNone.call(wire)) : wire.destroy());
  wire._onSuggest = () => {
    if (!wire.hasFast) wire.destroy();
  };
  wire._onAllowedFast = (index) => {
    if (!wire.hasFast) return void wire.destroy();
    const set = wire.peerAllowedFastSet;
    if (torrent.done || !torrent.pieces[index] || set.includes(index) || set.length >= ALLOWED_FAST_MAX)
      return;
    set.push(index);
    ask();
  };
  wire._onChoke = () => {
    if (wire.peerChoking) return;
    spend(wire.requests.length); // all that it was asked for is asked for again
    _onChoke.call(wire);
  };
  wire._onUnchoke = () => {
    if (wire.peerChoking) _onUnchoke.call(wire);
  };
  wire.lt_donthave.onMessage = (payload) => {
    if (torrent.done || payload.length !== 4) return;
    const index = new DataView(payload.buffer, payload.byteOffset).getUint32(0);
    if (!torrent.pieces[index] || !wire.peerPieces.get(index)) return;
    wire.peerPieces.set(index, false);
    spend(wire.requests.length);
    wire.lt_donthave._failRequests(index);
  };
}

/** webtorrent asks all peers anew after each message and each block. Once in a turn of the loop will do, and not if it has all. */
export function askOnceATurn(torrent: Torrent): void {
  const update = torrent._update.bind(torrent);
  let due = false;
  torrent._update = () => {
    if (due || torrent.done || torrent.destroyed) return;
    due = true;
    setImmediate(() => {
      due = false;
      if (!torrent.destroyed) update();
    });
  };
}
