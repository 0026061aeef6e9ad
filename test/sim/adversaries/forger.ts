/**
 * Puts words into the mouths of others. What an honest leader has made it hands on under its true header with other
 * transactions: pushed to one victim, and to whoever asks for a block, a range or a state. Where it leads, it proposes
 * a block of somebody else, also as the child of another parent. It helps along what its victim may have been made to refuse,
 * and then leaves the others alone with it. All that it signs is its own.
 */
import { type Block, decodeBlock, encodeBlock, headerHash } from '../../../chain/block/block.ts';
import { authorities } from '../../../chain/queries.ts';
import { encodeMessage, type Proposal } from '../../../consensus/messages.ts';
import { type Bytes, equalBytes, toHex } from '../../../core/bytes.ts';
import type { PeerKey } from '../../../core/ports.ts';
import { HASH_BYTES, type Hash32 } from '../../../core/scalars.ts';
import { encodeOffer } from '../../../node/engine/bodies.ts';
import { decodeFrame, encodeFrame } from '../../../node/engine/frames.ts';
import { decodeRange, encodeRange } from '../../../node/ledger/messages.ts';
import { BLOCK_PROTOCOL, RANGE_PROTOCOL, SNAPSHOT_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import { decodeOffer, encodeOffer as encodeSnapshotOffer } from '../../../node/sync/snapshot/protocol.ts';
import { type Answer, Disguise } from './disguise.ts';

const OTHER_PARENT = 0.3;
const BLOCKS_KEPT = 20;
const NOTHING = new Uint8Array(0);
/** What makes a block final, or lets the others leave it behind: it would rather have it stand notarised for ever. */
const WITHHELD: readonly unknown[] = ['finalize', 'finalization', 'nullify', 'nullification'];

export class Forger extends Disguise {
  #victim: PeerKey | undefined;
  /** Blocks that others have proposed, latest last. */
  #heard: { readonly hash: Hash32; readonly block: Block }[] = [];
  /** The latest that was pushed, by name. */
  #pushed: string | undefined;

  override hear(from: PeerKey, frame: Bytes, pass: (bytes: Bytes) => void): void {
    this.#push(from, frame);
    pass(frame);
  }

  #push(from: PeerKey, frame: Bytes): void {
    // The proposal as it came, in case that it is faster this way; the body otherwise.
    if (this.read(frame)?.kind === 'proposal' && this.#victim !== undefined) super.send(this.#victim, frame);
    const decoded = decodeFrame(frame);
    if (decoded?.kind !== 'body') return;
    const block = decodeBlock(decoded.bytes.subarray(HASH_BYTES));
    if (block.kind !== 'accept') return;
    const hash = headerHash(block.value.header);
    this.#heard = [...this.#heard, { hash, block: block.value }].slice(-BLOCKS_KEPT);
    const victim = this.#chosen(from);
    if (victim === undefined || equalBytes(victim, from)) return;
    this.node.coverage.count('forgeries: a body pushed');
    this.#pushed = toHex(hash);
    super.send(victim, encodeFrame('body', encodeOffer(hash, this.#forged(block.value))));
  }

  override send(to: PeerKey, frame: Bytes): void {
    const message = this.read(frame);
    if (WITHHELD.includes(message?.kind)) return;
    if (message?.kind === 'notarize' && toHex(message.block.hash) !== this.#pushed) return;
    super.send(to, message?.kind === 'proposal' ? (this.#others(message) ?? frame) : frame);
  }

  override async answer(protocol: string, from: PeerKey, bytes: Bytes, pass: Answer): Promise<Bytes> {
    const answer = await pass(protocol, from, bytes);
    switch (protocol) {
      case BLOCK_PROTOCOL:
        return this.#forgedBlock(answer) ?? NOTHING;
      case RANGE_PROTOCOL:
        // Whoever votes may hold the blocks already, and would learn from the certificates that they are final.
        return (this.#votes(from) ? undefined : this.#forgedRange(answer)) ?? encodeRange([]);
      case SNAPSHOT_PROTOCOL:
        return this.#forgedOffer(answer) ?? answer;
      default:
        return answer;
    }
  }

  /** Always the same one, as long as it is there. */
  #chosen(author: PeerKey): PeerKey | undefined {
    const peers = this.peers();
    const known = this.#victim;
    if (known === undefined || !peers.some((peer) => equalBytes(peer, known))) {
      const others = peers.filter((peer) => !equalBytes(peer, author));
      this.#victim = others.length === 0 ? undefined : this.node.random.pick(others);
    }
    return this.#victim;
  }

  /** The proposal of our view names a block of somebody else, as if it stood on the parent of our own, where it may stand. */
  #others(message: Proposal): Bytes | undefined {
    const other = this.#heard.at(-1);
    if (other === undefined || !this.node.random.chance(OTHER_PARENT)) return undefined;
    const isChild = equalBytes(other.block.header.parentHash, message.block.parentHash);
    this.node.coverage.count(isChild ? 'forgeries: a block of another view' : 'forgeries: another parent');
    return this.sign({ ...message, block: { ...message.block, hash: other.hash } }, message);
  }

  #forgedBlock(answer: Bytes): Bytes | undefined {
    const block = decodeBlock(answer);
    if (block.kind !== 'accept') return undefined;
    this.node.coverage.count('forgeries: a block that was asked for');
    return this.#forged(block.value);
  }

  #forgedRange(answer: Bytes): Bytes | undefined {
    const range = decodeRange(answer);
    if (range.kind !== 'accept' || range.value.length === 0) return undefined;
    this.node.coverage.count('forgeries: a range');
    const [first, ...rest] = range.value; // what stands before a forgery would be taken
    return encodeRange([{ ...first!, block: this.#forgedBlock(first!.block) ?? NOTHING }, ...rest]);
  }

  #forgedOffer(answer: Bytes): Bytes | undefined {
    const offer = decodeOffer(answer);
    if (offer.kind !== 'accept') return undefined;
    this.node.coverage.count('forgeries: a state of another block');
    return encodeSnapshotOffer(this.#forged(offer.value.block), encodeMessage(offer.value.finalization));
  }

  #votes(key: PeerKey): boolean {
    const view = this.node.replica?.ledger.head().view;
    return view !== undefined && authorities(view).some((authority) => equalBytes(authority, key));
  }

  /** The same header, and what it does not speak of. */
  #forged({ header, transactions }: Block): Bytes {
    const { random } = this.node;
    const others = this.#heard.flatMap(({ block }) => block.transactions);
    const [first] = transactions;
    const forgeries: Bytes[][] = [
      [...transactions, random.bytes(100)], // nonsense
      [...transactions, others.length > 0 ? random.pick(others) : random.bytes(50)], // valid in another block
    ];
    if (first !== undefined) {
      // As it was, but for one bit of a signature; and none at all.
      const flipped = first.slice();
      flipped[random.below(flipped.length)]! ^= 1 << random.below(8);
      forgeries.push([flipped, ...transactions.slice(1)], []);
    }
    return encodeBlock({ header, transactions: random.pick(forgeries) });
  }
}
