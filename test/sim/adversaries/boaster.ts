/**
 * A member without a vote that says it is far above all others, and has next to nothing to show. Alone it trickles: it
 * waits until everybody has the block that it was asked for, and gives this one, which is true. Two of them answer with
 * nothing, in turn, each in time. So one had made all authorities call themselves not ready, and two kept an attempt to
 * catch up open for ever (30 November 2026, docs/decisions/catching-up.md). Elected, it votes as anybody does.
 */
import type { Bytes } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { Network, PeerKey } from '../../../core/ports.ts';
import type { Height } from '../../../core/scalars.ts';
import { decodeRange, decodeRangeRequest, encodeHead, encodeRange } from '../../../node/ledger/messages.ts';
import { HEAD_PROTOCOL, HEAD_TOPIC, RANGE_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import type { SimNode } from '../node.ts';
import { type Answer, Disguise } from './disguise.ts';

/** No run makes so many blocks, and nobody fetches a state for them. */
const AHEAD = 5_000;
/** Then for the block that it was asked for: together less than a range is waited for. */
const WAITS_MS = [500, 2_000] as const;
const WAITS_MORE_MS = limits.rangePatienceMs - WAITS_MS[1] - 300;
const LOOKS_MS = 50;

export class Boaster extends Disguise {
  readonly #trickles: boolean;

  constructor(inner: Network, node: SimNode, trickles: boolean) {
    super(inner, node);
    this.#trickles = trickles;
  }

  override publish(topic: string, bytes: Bytes): void {
    super.publish(topic, topic === HEAD_TOPIC ? this.#farAhead() : bytes);
  }

  override async answer(protocol: string, from: PeerKey, bytes: Bytes, pass: Answer): Promise<Bytes> {
    if (protocol === HEAD_PROTOCOL) return this.#farAhead();
    if (protocol !== RANGE_PROTOCOL) return pass(protocol, from, bytes);
    const request = decodeRangeRequest(bytes);
    const wanted = request.kind === 'accept' ? request.value.from : 0;
    await this.#wait(this.node.random.between(...WAITS_MS), () => false);
    if (!this.#trickles) return this.#nothing();
    await this.#wait(WAITS_MORE_MS, () => this.#height() >= wanted);
    const range = decodeRange(await pass(protocol, from, bytes));
    if (range.kind !== 'accept' || range.value.length === 0) return this.#nothing();
    this.node.coverage.count('boasted: an old block');
    return encodeRange(range.value.slice(0, 1));
  }

  async #wait(ms: number, isEnough: () => boolean): Promise<void> {
    const { schedule } = this.node;
    const since = schedule.now();
    while (!isEnough() && schedule.now() - since < ms) {
      await new Promise<void>((resolve) => schedule.after(LOOKS_MS, resolve));
    }
  }

  #nothing(): Bytes {
    this.node.coverage.count('boasted: nothing');
    return encodeRange([]);
  }

  #farAhead(): Bytes {
    this.node.coverage.count('boasted: a head that nobody has');
    return encodeHead({ height: this.#height() + AHEAD, hash: this.node.random.bytes(32) });
  }

  #height(): Height {
    return this.node.replica?.ledger.head().header.height ?? 0;
  }
}
