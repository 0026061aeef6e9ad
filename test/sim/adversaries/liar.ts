/**
 * Proposes blocks that are wrong in one way or another, speaks of heads that nobody has reached, and hands out states
 * that are not so.
 */
import { type Block, decodeBlock, encodeBlock, type Header, headerHash } from '../../../chain/block/block.ts';
import { authorities } from '../../../chain/queries.ts';
import { transactionId } from '../../../chain/transaction/transaction.ts';
import { encodeMessage, type Statement } from '../../../consensus/messages.ts';
import { quorum } from '../../../consensus/quorum.ts';
import { type Bytes, equalBytes, toHex } from '../../../core/bytes.ts';
import { merkleRoot } from '../../../core/hash.ts';
import type { PeerKey } from '../../../core/ports.ts';
import { HASH_BYTES, type Hash32 } from '../../../core/scalars.ts';
import { encodeOffer } from '../../../node/engine/bodies.ts';
import { decodeFrame, encodeFrame } from '../../../node/engine/frames.ts';
import { encodeHead } from '../../../node/ledger/messages.ts';
import {
  BLOCK_PROTOCOL,
  HEAD_PROTOCOL,
  HEAD_TOPIC,
  SNAPSHOT_PROTOCOL,
} from '../../../node/peers/protocol-names.ts';
import {
  decodeEntries,
  decodeSnapshotRequest,
  type Entry,
  encodeEntries,
} from '../../../node/sync/snapshot/protocol.ts';
import { type Answer, Disguise } from './disguise.ts';

const HEIGHTS_AHEAD = 1_000;
const FORGED = 0.2;
const LIES = [
  'a wrong state',
  'a wrong time',
  'a transaction that no rule takes',
  'bytes that are no block',
  'a block of somebody else’s turn',
  'a view to come',
] as const;

export class Liar extends Disguise {
  /** True hash → the lie; false hash → its bytes. */
  readonly #lies = new Map<string, { readonly hash: Hash32; readonly bytes: Bytes }>();
  readonly #bodies = new Map<string, Bytes>();

  override send(to: PeerKey, frame: Bytes): void {
    super.send(to, this.#twisted(frame));
    const message = this.read(frame);
    if (message !== undefined && 'signer' in message && this.node.random.chance(FORGED)) {
      super.send(
        to,
        this.node.random.chance(0.5) ? this.#forgedVote(message) : this.#forgedCertificate(message),
      );
    }
  }

  override publish(topic: string, bytes: Bytes): void {
    super.publish(topic, topic === HEAD_TOPIC ? this.#farAhead() : bytes);
  }

  override async answer(protocol: string, from: PeerKey, bytes: Bytes, pass: Answer): Promise<Bytes> {
    if (protocol === HEAD_PROTOCOL && this.node.random.chance(0.3)) return this.#farAhead();
    const lie = protocol === BLOCK_PROTOCOL ? this.#bodies.get(toHex(bytes)) : undefined;
    if (lie !== undefined) return lie;
    const answer = await pass(protocol, from, bytes);
    if (protocol !== SNAPSHOT_PROTOCOL || answer.length === 0) return answer;
    // Whoever lies at once is left at once: mostly it waits until it is asked for what counts.
    const request = decodeSnapshotRequest(bytes);
    const isOfEntries = request.kind === 'accept' && request.value.kind === 'entries';
    if (!this.node.random.chance(isOfEntries ? 0.7 : 0.15)) return answer;
    this.node.coverage.count('lies: a state that is not so');
    return this.#untrue(answer);
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

  /** @param offer - the hash of a block, and the block (node/engine/bodies.ts). */
  #twistedBody(frame: Bytes, offer: Bytes): Bytes {
    const block = decodeBlock(offer.subarray(HASH_BYTES));
    if (block.kind !== 'accept' || !this.isOwn(block.value.header.proposer)) return frame;
    const lie = this.#lie(block.value);
    this.#lies.set(toHex(headerHash(block.value.header)), lie);
    this.#bodies.set(toHex(lie.hash), lie.bytes);
    return encodeFrame('body', encodeOffer(lie.hash, lie.bytes));
  }

  #lie(block: Block): { readonly hash: Hash32; readonly bytes: Bytes } {
    const { random, coverage } = this.node;
    const kind = random.pick(LIES);
    coverage.count(`lies: ${kind}`);
    const { header, transactions } = block;
    switch (kind) {
      case 'a wrong state':
        return whole({
          ...block,
          header: { ...header, stateRoot: header.stateRoot.map((byte) => byte ^ 1) },
        });
      case 'a wrong time':
        return whole({ ...block, header: { ...header, time: 1 } });
      case 'a transaction that no rule takes': {
        const more = [...transactions, transactions[0] ?? random.bytes(100)]; // twice, or nonsense
        const transactionsRoot = merkleRoot(more.map(transactionId));
        return whole({ header: { ...header, transactionsRoot }, transactions: more });
      }
      case 'a block of somebody else’s turn': {
        // In the name of whoever led just before, or leads next; now and then without its view.
        const by = random.pick([-1, 1]);
        const { proposer, view } = this.#turn(header, by);
        const named = random.chance(0.5) ? { proposer, view } : { proposer };
        return whole({ ...block, header: { ...header, ...named } });
      }
      case 'a view to come': {
        const n = authorities(this.node.replica!.ledger.head().view).length;
        return whole({ ...block, header: { ...header, view: header.view + n * 2 ** 20 } }); // which it leads
      }
      case 'bytes that are no block':
        return { hash: random.bytes(HASH_BYTES), bytes: random.bytes(200) };
    }
  }

  #turn({ view, proposer }: Header, by: number): Pick<Header, 'view' | 'proposer'> {
    const keys = authorities(this.node.replica!.ledger.head().view);
    const own = keys.findIndex((key) => equalBytes(key, proposer));
    return { view: view + by, proposer: keys[(own + by + keys.length) % keys.length] ?? proposer };
  }

  /** A Nullify or a Finalize of somebody else, whose signature is ours. */
  #forgedVote({ epoch, view, signer }: Statement): Bytes {
    const { random, coverage } = this.node;
    coverage.count('lies: a vote of somebody else');
    const other = (signer + 1 + random.below(3)) % authorities(this.node.replica!.ledger.head().view).length;
    const claim = random.chance(0.5)
      ? ({ kind: 'nullify', view } as const)
      : ({ kind: 'finalize', view, hash: random.bytes(HASH_BYTES) } as const);
    return this.sign(claim, { epoch, signer: other });
  }

  /** Of a block that does not exist, with as many signatures as it takes, none of them anybody's. */
  #forgedCertificate({ epoch, view }: Statement): Bytes {
    const { random, coverage } = this.node;
    coverage.count('lies: a certificate that nobody signed');
    const n = authorities(this.node.replica!.ledger.head().view).length;
    const signers = new Uint8Array(Math.ceil(n / 8));
    for (let i = 0; i < quorum(n); i++) signers[i >> 3]! |= 1 << (i & 7);
    const signatures = Array.from({ length: quorum(n) }, () => random.bytes(64));
    const proof = { epoch, view, signers, signatures };
    return encodeFrame(
      'consensus',
      encodeMessage(
        random.chance(0.5)
          ? { kind: 'nullification', ...proof }
          : { kind: 'finalization', hash: random.bytes(HASH_BYTES), ...proof },
      ),
    );
  }

  /** Entries stay in form and order, and one has another value; of anything else one bit is another. */
  #untrue(answer: Bytes): Bytes {
    const read = decodeEntries(answer);
    const entries = read.kind === 'accept' ? read.value.entries : [];
    if (read.kind !== 'accept' || entries.length === 0) return this.#flipped(answer);
    const lie = this.node.random.below(entries.length);
    const told = entries.map(([key, value], at): Entry => [key, at === lie ? this.#flipped(value) : value]);
    return encodeEntries({ ...read.value, entries: told });
  }

  #flipped(bytes: Bytes): Bytes {
    const flipped = bytes.slice();
    flipped[this.node.random.below(flipped.length)]! ^= 1 << this.node.random.below(8);
    return flipped;
  }

  #farAhead(): Bytes {
    this.node.coverage.count('lies: a head that nobody has');
    const height = (this.node.replica?.ledger.head().header.height ?? 0) + HEIGHTS_AHEAD;
    return encodeHead({ height, hash: this.node.random.bytes(32) });
  }
}

function whole(block: Block): { readonly hash: Hash32; readonly bytes: Bytes } {
  return { hash: headerHash(block.header), bytes: encodeBlock(block) };
}
