/**
 * What a peer may cost. webtorrent reads messages of any length (up to 4 GiB, copied anew with each packet), reads a
 * block from the disk for every request at once, and keeps what the peer does not take: any stranger with an info
 * hash could fill the memory of the node. And what a peer rejects (BEP 6) it asks that very peer for again, at once and for ever.
 * Whoever asks for more, or rejects more, than a real client does is cut off.
 */
import type { Wire } from 'webtorrent';
import { limits } from '../../core/limits.ts';

export class PeerGuard {
  readonly #wires = new Set<Wire>();

  /** As often as you like. */
  watch(wire: Wire): void {
    if (this.#wires.has(wire)) return;
    this.#wires.add(wire);
    wire.once('close', () => this.#wires.delete(wire));
    // It may have come in one packet with the handshake.
    if (isTooLong(wire._parserSize)) wire.destroy();
    const parse = wire._parse.bind(wire);
    wire._parse = (size, parser) => {
      if (isTooLong(size)) return wire.destroy();
      parse(size, parser);
    };
    const request = wire._onRequest.bind(wire);
    wire._onRequest = (index, offset, length) => {
      if (this.#isTooMuch(wire, length)) return wire.destroy();
      request(index, offset, length);
    };
    let rejects = limits.peerRejectsMax;
    wire.on('piece', () => {
      rejects += 1;
    });
    wire.on('reject', () => {
      rejects -= 1;
      if (rejects < 0) wire.destroy();
    });
  }

  #isTooMuch(wire: Wire, length: number): boolean {
    if (wire.peerRequests.length >= limits.peerRequestsMax) return true;
    const own = backlogOf(wire) + length;
    if (own <= limits.peerBacklogBytesMax / 16) return false;
    if (own > limits.peerBacklogBytesMax) return true;
    let all = length;
    for (const other of this.#wires) all += backlogOf(other);
    return all > limits.peersBacklogBytesMax;
  }
}

/** Number.MAX_VALUE: the wire has ended and waits for nothing more. */
function isTooLong(size: number): boolean {
  return size > limits.peerMessageBytesMax && size !== Number.MAX_VALUE;
}

/** Asked for or read for this peer, and not yet taken. */
function backlogOf({ peerRequests, _readableState }: Wire): number {
  let bytes = _readableState.buffered;
  for (const { length } of peerRequests) bytes += length;
  return bytes;
}
