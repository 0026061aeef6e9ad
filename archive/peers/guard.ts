/**
 * What a peer may cost, whoever it is. webtorrent reads messages of any length (up to 4 GiB, copied anew with each packet):
 * any stranger with an info hash could fill the memory of the node. And what a peer rejects (BEP 6) it asks that very peer
 * for again, at once and for ever. Whoever says more at once, or rejects more, than a real client does is cut off. What one
 * that is let in may ask for and say: requests.ts and message-bounds.ts.
 */
import type { Wire } from 'webtorrent';
import { limits } from '../../core/limits.ts';

export class PeerGuard {
  /** It is let in. */
  watch(wire: Wire): void {
    const parse = wire._parse.bind(wire);
    wire._parse = (size, parser) => {
      if (isTooLong(size)) return wire.destroy();
      parse(size, parser);
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
}

/** Number.MAX_VALUE: the wire has ended and waits for nothing more. */
function isTooLong(size: number): boolean {
  return size > limits.peerMessageBytesMax && size !== Number.MAX_VALUE;
}
