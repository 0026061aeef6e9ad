/**
 * Says of blocks that everybody keeps that it has pruned them, and offers a true state in their place: of the last block,
 * which nobody else may have, as it tells nobody what is final and leaves one authority out of everything for a while.
 * The pages of that state it gives nobody. Whoever threw its own ledger away for it would be left with nothing; so did
 * three libraries of four (30 November 2026, docs/decisions/catching-up.md). Without a vote it does the same.
 *
 * Everybody keeps so many blocks that nobody can hide that many (core/limits.ts, blocksKeptMin). Where a plan has fewer
 * kept, it goes no further ahead than that either.
 */
import { type Bytes, toHex } from '../../../core/bytes.ts';
import type { Network, PeerKey } from '../../../core/ports.ts';
import type { Height } from '../../../core/scalars.ts';
import { decodeRangeRequest, encodeHead, encodePruned } from '../../../node/ledger/messages.ts';
import {
  BLOCK_PROTOCOL,
  HEAD_PROTOCOL,
  RANGE_PROTOCOL,
  SNAPSHOT_PROTOCOL,
} from '../../../node/peers/protocol-names.ts';
import { decodeSnapshotRequest, encodeOffer } from '../../../node/sync/snapshot/protocol.ts';
import type { SimNode } from '../node.ts';
import { type Answer, Disguise } from './disguise.ts';

const FINAL: readonly unknown[] = ['finalize', 'finalization'];
const NOTHING = new Uint8Array(0);
/** One authority after the other is left out for so long: until its patience has ended, and a state is looked for. */
const LEFT_OUT_MS = 4_000;
/** So long it keeps whoever asks for a state waiting until it is ahead: less than a request may take. */
const WAITS_MS = 3_000;
const LOOKS_MS = 5;
const TEASED_MAX = 3;

export class Tempter extends Disguise {
  readonly #blocksKept: number;
  /** By peer: the block that it lacks. */
  readonly #lacking = new Map<string, Height>();
  /** By peer: the block that it lacked when it was kept waiting for an offer. */
  readonly #keptWaiting = new Map<string, Height>();
  /** By peer: how often it was offered a state from far ahead, and not given it. */
  readonly #teased = new Map<string, number>();
  /** By peer: the block, in hex, whose state it was offered last, and does not get. */
  readonly #offered = new Map<string, string>();

  constructor(inner: Network, node: SimNode, blocksKept: number) {
    super(inner, node);
    this.#blocksKept = blocksKept;
  }

  override send(to: PeerKey, frame: Bytes): void {
    if (this.#isLeftOut(to)) return;
    if (FINAL.includes(this.read(frame)?.kind))
      this.node.coverage.count('tempted: what is final is kept back');
    else super.send(to, frame);
  }

  override async answer(protocol: string, from: PeerKey, bytes: Bytes, pass: Answer): Promise<Bytes> {
    const { ledger } = this.node.replica ?? {};
    if (ledger === undefined) return pass(protocol, from, bytes);
    const { header, hash } = ledger.head();
    switch (protocol) {
      case HEAD_PROTOCOL:
        return encodeHead({ height: header.height + 1, hash });
      case BLOCK_PROTOCOL:
        return this.#isLeftOut(from) ? NOTHING : pass(protocol, from, bytes);
      case RANGE_PROTOCOL:
        return this.#pruned(from, bytes, header.height) ?? pass(protocol, from, bytes);
      case SNAPSHOT_PROTOCOL:
        return (await this.#tempting(from, bytes)) ?? pass(protocol, from, bytes);
      default:
        return pass(protocol, from, bytes);
    }
  }

  #isLeftOut(peer: PeerKey): boolean {
    const others = this.peers().map(toHex).sort();
    const turn = Math.floor(this.node.schedule.now() / LEFT_OUT_MS);
    return others[turn % Math.max(1, others.length)] === toHex(peer);
  }

  #pruned(from: PeerKey, bytes: Bytes, height: Height): Bytes | undefined {
    const request = decodeRangeRequest(bytes);
    if (request.kind !== 'accept' || !this.#isNear(request.value.from, height)) return undefined;
    this.#lacking.set(toHex(from), request.value.from);
    this.node.coverage.count('tempted: blocks are said to be pruned');
    return encodePruned(request.value.from + this.node.random.between(1, this.#blocksKept));
  }

  /** @returns undefined for what it answers as anybody would. */
  async #tempting(from: PeerKey, bytes: Bytes): Promise<Bytes | undefined> {
    const request = decodeSnapshotRequest(bytes);
    if (request.kind !== 'accept') return undefined;
    const { value } = request;
    if (value.kind === 'offer') return this.#newest(from);
    if (value.kind !== 'pages' || this.#offered.get(toHex(from)) !== toHex(value.block)) return undefined;
    this.node.coverage.count('tempted: no page comes');
    return NOTHING;
  }

  /**
   * The last block that is final here; whoever was told of pruned blocks waits until nobody else may have it yet. When it asks
   * again it wants a state, and takes one of those that come first.
   */
  async #newest(peer: PeerKey): Promise<Bytes | undefined> {
    this.#offered.delete(toHex(peer));
    const lacking = this.#lacking.get(toHex(peer));
    if (lacking !== undefined && this.#keptWaiting.get(toHex(peer)) !== lacking) {
      this.#keptWaiting.set(toHex(peer), lacking);
      await this.#getsAhead();
    }
    const { blocks } = this.node.replica?.ledger ?? {};
    const row = blocks?.at(this.#height());
    const block = row && blocks?.bodyBytes(row.hash);
    if (row?.certificate === undefined || block === undefined) return undefined;
    const isNear = lacking !== undefined && this.#isNear(lacking, this.#height());
    if (!isNear && !this.#mayTease(peer)) return undefined;
    this.#offered.set(toHex(peer), toHex(row.hash));
    this.node.coverage.count('tempted: a state that nobody gives');
    return encodeOffer(block, row.certificate);
  }

  async #getsAhead(): Promise<void> {
    const { schedule } = this.node;
    const [before, since] = [this.#height(), schedule.now()];
    while (this.#height() <= before && schedule.now() - since < WAITS_MS) {
      await new Promise<void>((resolve) => schedule.after(LOOKS_MS, resolve));
    }
  }

  #height(): Height {
    return this.node.replica?.ledger.head().header.height ?? 0;
  }

  /** Whoever is far behind may have nobody else that is ahead: it gets what it asks for in the end. */
  #mayTease(peer: PeerKey): boolean {
    const times = (this.#teased.get(toHex(peer)) ?? 0) + 1;
    this.#teased.set(toHex(peer), times);
    return times <= TEASED_MAX;
  }

  /** Nobody can be further ahead of the others than this. */
  #isNear(lacking: Height, height: Height): boolean {
    return height < lacking + this.#blocksKept;
  }
}
