/** Proposes blocks with a state root that is not theirs, and speaks of heads that nobody has reached. */
import { type Block, decodeBlock, encodeBlock, headerHash } from '../../../chain/block.ts';
import { type Bytes, toHex } from '../../../core/bytes.ts';
import type { PeerKey } from '../../../core/ports.ts';
import { HASH_BYTES, type Hash32 } from '../../../core/scalars.ts';
import { encodeOffer } from '../../../node/bodies.ts';
import { decodeFrame, encodeFrame } from '../../../node/frames.ts';
import { BLOCK_PROTOCOL, encodeHead, HEAD_PROTOCOL, HEAD_TOPIC } from '../../../node/protocols.ts';
import { type Answer, Disguise } from './disguise.ts';

const HEIGHTS_AHEAD = 1_000;

export class Liar extends Disguise {
  /** True hash → the lie; false hash → its bytes. */
  readonly #lies = new Map<string, { readonly hash: Hash32; readonly bytes: Bytes }>();
  readonly #bodies = new Map<string, Bytes>();

  override send(to: PeerKey, frame: Bytes): void {
    super.send(to, this.#twisted(frame));
  }

  override publish(topic: string, bytes: Bytes): void {
    super.publish(topic, topic === HEAD_TOPIC ? this.#farAhead() : bytes);
  }

  override async answer(protocol: string, from: PeerKey, bytes: Bytes, pass: Answer): Promise<Bytes> {
    if (protocol === HEAD_PROTOCOL && this.node.random.chance(0.3)) return this.#farAhead();
    const lie = protocol === BLOCK_PROTOCOL ? this.#bodies.get(toHex(bytes)) : undefined;
    return lie ?? pass(protocol, from, bytes);
  }

  #twisted(frame: Bytes): Bytes {
    const decoded = decodeFrame(frame);
    if (decoded?.kind === 'body') return this.#twistedBody(frame, decoded.bytes);
    const message = this.read(frame);
    if (message?.kind !== 'proposal' && message?.kind !== 'notarize') return frame;
    const lie = this.#lies.get(toHex(message.block.hash));
    if (lie === undefined) return frame;
    return this.sign({ ...message, block: { ...message.block, hash: lie.hash } }, message);
  }

  /** @param offer - the hash of a block, and the block (node/bodies.ts). */
  #twistedBody(frame: Bytes, offer: Bytes): Bytes {
    const block = decodeBlock(offer.subarray(HASH_BYTES));
    if (block.kind !== 'accept' || !this.isOwn(block.value.header.proposer)) return frame;
    const { header } = block.value;
    const stateRoot = header.stateRoot.map((byte) => byte ^ 1);
    const lie: Block = { ...block.value, header: { ...header, stateRoot } };
    const twisted = encodeBlock(lie);
    const hash = headerHash(lie.header);
    this.node.coverage.count('lies');
    this.#lies.set(toHex(headerHash(header)), { hash, bytes: twisted });
    this.#bodies.set(toHex(hash), twisted);
    return encodeFrame('body', encodeOffer(hash, twisted));
  }

  #farAhead(): Bytes {
    const height = (this.node.replica?.ledger.head().header.height ?? 0) + HEIGHTS_AHEAD;
    return encodeHead({ height, hash: this.node.random.bytes(32) });
  }
}
