/** Votes like anybody, but never gives the bodies of blocks away. */
import type { Bytes } from '../../../core/bytes.ts';
import type { PeerKey } from '../../../core/ports.ts';
import { decodeFrame } from '../../../node/frames.ts';
import { BLOCK_PROTOCOL, encodeRange, RANGE_PROTOCOL } from '../../../node/protocols.ts';
import { type Answer, Disguise } from './disguise.ts';

export class Withholder extends Disguise {
  override send(to: PeerKey, bytes: Bytes): void {
    if (decodeFrame(bytes)?.kind === 'body') this.node.coverage.count('bodies withheld');
    else super.send(to, bytes);
  }

  override async answer(protocol: string, from: PeerKey, bytes: Bytes, pass: Answer): Promise<Bytes> {
    if (protocol === BLOCK_PROTOCOL) return new Uint8Array(0);
    if (protocol === RANGE_PROTOCOL) return encodeRange([]);
    return pass(protocol, from, bytes);
  }
}
