/**
 * Votes for blocks like anybody, but gives bodies to few, and none when it is asked; and it tells nobody what is final, so
 * that whoever lacks a body is needed.
 */
import type { Bytes } from '../../../core/bytes.ts';
import type { PeerKey } from '../../../core/ports.ts';
import { decodeFrame } from '../../../node/engine/frames.ts';
import { encodeRange } from '../../../node/ledger/messages.ts';
import { BLOCK_PROTOCOL, RANGE_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import { type Answer, Disguise } from './disguise.ts';

const GIVEN = 0.5;
const FINAL: readonly unknown[] = ['finalize', 'finalization'];

export class Withholder extends Disguise {
  override send(to: PeerKey, bytes: Bytes): void {
    const { coverage, random } = this.node;
    if (decodeFrame(bytes)?.kind === 'body' && !random.chance(GIVEN)) coverage.count('bodies withheld');
    else if (FINAL.includes(this.read(bytes)?.kind)) coverage.count('final votes withheld');
    else super.send(to, bytes);
  }

  override async answer(protocol: string, from: PeerKey, bytes: Bytes, pass: Answer): Promise<Bytes> {
    if (protocol === BLOCK_PROTOCOL) return new Uint8Array(0);
    if (protocol === RANGE_PROTOCOL) return encodeRange([]);
    return pass(protocol, from, bytes);
  }
}
