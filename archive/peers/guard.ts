/**
 * What a peer may cost. webtorrent reads messages of any length (up to 4 GiB, copied anew with each packet), reads a
 * block from the disk for every request at once, and keeps what the peer does not take: any stranger with an info
 * hash could fill the memory of the node. And what a peer rejects (BEP 6) it asks that very peer for again, at once and for ever.
 * So blocks are read as the peer takes them (asked.ts). Whoever asks for more, leaves more, or rejects more, than a real
 * client does is cut off; nobody is for what others do.
 */
import type { Wire } from 'webtorrent';
import { limits } from '../../core/limits.ts';
import { Asked } from './asked.ts';
import { within } from './contain.ts';

export class PeerGuard {
  /** It is let in. */
  watch(wire: Wire): void {
    const parse = wire._parse.bind(wire);
    wire._parse = (size, parser) => {
      if (isTooLong(size)) return wire.destroy();
      parse(size, parser);
    };
    serveAsTaken(wire);
    let rejects = limits.peerRejectsMax;
    wire.on('piece', () => {
      rejects += 1;
    });
    wire.on('reject', () => {
      rejects -= 1;
      if (rejects < 0) wire.destroy();
    });
  }
}

function serveAsTaken(wire: Wire): void {
  const asked = new Asked(bufferedOf(wire));
  let ended = false;
  const end = (): void => {
    ended = true;
    asked.clear();
  };
  const cut = (): void => {
    end(); // what came in the same packet is still parsed
    wire.destroy();
  };
  const request = wire._onRequest.bind(wire);
  const serve = (): void => {
    while (!ended) {
      const block = asked.next(bufferedOf(wire), wire.peerRequests);
      if (block === undefined) return;
      request(block.index, block.offset, block.length);
    }
  };
  wire._onRequest = (index, offset, length) => {
    if (ended) return;
    if (!asked.ask({ index, offset, length }, wire.peerRequests)) return cut();
    serve();
  };
  const cancel = wire._onCancel.bind(wire);
  wire._onCancel = (index, offset, length) => {
    if (!asked.cancel({ index, offset, length })) cancel(index, offset, length);
  };
  const choke = wire.choke.bind(wire);
  wire.choke = () => {
    if (wire.amChoking) return;
    choke();
    for (const { index, offset, length } of asked.clear()) {
      if (wire.hasFast) wire.reject(index, offset, length); // BEP 6: each gets an answer
    }
  };
  const push = wire._push.bind(wire);
  wire._push = (message) => {
    push(message);
    if (!asked.said(message.length, bufferedOf(wire))) cut();
  };
  // There is room again: a block was read, or could not be, or is not wanted any more; or the peer has taken nearly all.
  const pull = wire._pull.bind(wire);
  wire._pull = (requests, ...block) => {
    if (requests === wire.peerRequests) queueMicrotask(() => within(wire, serve));
    return pull(requests, ...block);
  };
  const read = wire._read.bind(wire);
  wire._read = (done) => {
    read(done);
    within(wire, serve);
  };
  wire.once('finish', end).once('close', end);
}

/** Number.MAX_VALUE: the wire has ended and waits for nothing more. */
function isTooLong(size: number): boolean {
  return size > limits.peerMessageBytesMax && size !== Number.MAX_VALUE;
}

/** Said to this peer, and not yet taken. */
function bufferedOf({ _readableState }: Wire): number {
  return _readableState.buffered;
}
