/**
 * A federation of machines in one thread: virtual time, a seeded network that delays, drops, duplicates and
 * partitions, crashes between any two effects, twins (one key, two machines) as adversaries.
 * First a phase of faults in which the judge watches; then everything heals and progress is demanded.
 */
import type { BlockRef } from '../../../consensus/block-ref.ts';
import type { Effect } from '../../../consensus/effect.ts';
import { verifyEvidence } from '../../../consensus/evidence.ts';
import { encodeRecord } from '../../../consensus/journal-record.ts';
import { type Evidence, encodeMessage, type Message } from '../../../consensus/messages.ts';
import { faultyMax } from '../../../consensus/quorum.ts';
import { assert } from '../../../core/assert.ts';
import { type Bytes, equalBytes, toHex, utf8 } from '../../../core/bytes.ts';
import { sha256 } from '../../../core/hash.ts';
import { SeededRandom } from '../../sim/random.ts';
import { Schedule } from '../../sim/schedule.ts';
import { CHAIN_ID, fakeKeys, fakeSign, fakeVerify, ROOT } from '../fake-keys.ts';
import { Judge } from './judge.ts';
import { Node } from './node.ts';

export type Block = {
  readonly proposer: number;
  readonly ref: BlockRef;
  readonly transactions: readonly number[];
  readonly seals: boolean;
  readonly invalid: boolean;
  readonly madeIn: number;
};
export type Faults = {
  readonly loss: number;
  readonly duplication: number;
  readonly delayMsMax: number;
  /** Mean time between two faults of the federation: a crash, a partition. */
  readonly everyMs: number;
  readonly twins: number;
  /** The block of this height ends the epoch. */
  readonly sealAt: number;
};
export const CALM: Faults = { loss: 0, duplication: 0, delayMsMax: 100, everyMs: 0, twins: 0, sealAt: 0 };
export const DELTA_MS = 200;

export class World {
  readonly schedule = new Schedule();
  readonly judge = new Judge();
  readonly nodes: Node[] = [];
  readonly retryMs = 50;
  readonly n: number;
  readonly evidence: Evidence[] = [];
  faults: Faults;
  sent = 0;
  /** A fingerprint of everything that was done, in order. */
  trace = 0;
  readonly #random: SeededRandom;
  #side: number[] = [];

  constructor(seed: number, n: number, faults: Faults) {
    this.#random = new SeededRandom(seed);
    this.n = n;
    this.faults = faults;
    assert(faults.twins <= faultyMax(n), 'at most f authorities are faulty');
    const authorities = fakeKeys(n);
    for (let self = 0; self < n; self++) {
      const config = {
        chainId: CHAIN_ID,
        epoch: 0,
        authorities,
        self,
        root: ROOT,
        sign: (hash: Bytes) => fakeSign(authorities[self]!, hash),
        verify: fakeVerify,
        timing: { deltaMs: DELTA_MS, blockIntervalMs: 0 },
      };
      const isTwin = self < faults.twins;
      this.nodes.push(new Node(this, config, !isTwin));
      if (isTwin) this.nodes.push(new Node(this, config, false));
    }
    this.#side = this.nodes.map(() => 0);
    for (const node of this.nodes) node.start();
  }

  get honest(): readonly Node[] {
    return this.nodes.filter((node) => node.honest);
  }

  /** Crashes, restarts, partitions and transactions for so long. */
  async(durationMs: number): void {
    const until = this.schedule.now() + durationMs;
    let transaction = 1;
    while (this.schedule.now() < until) {
      const pause = this.#random.between(1, 2 * this.faults.everyMs);
      this.schedule.runUntil(this.schedule.now() + pause);
      if (this.#random.chance(0.6)) this.submit(transaction++);
      const node = this.#random.pick(this.nodes);
      const dice = this.#random.below(6);
      if (dice === 0) this.#side = this.nodes.map(() => this.#random.below(2));
      if (dice === 1) this.#side = this.nodes.map(() => 0);
      if (dice === 2 && node.machine !== undefined) node.crashIn = this.#random.below(6);
      if (dice === 3 && node.machine === undefined) node.start();
      if (dice === 4) for (const other of this.nodes) other.crashIn = this.#random.below(20);
      if (dice === 5) for (const other of this.nodes) if (other.machine === undefined) other.start();
    }
  }

  /** Everybody is back, and the network keeps its promises. */
  heal(): void {
    this.faults = { ...CALM, sealAt: this.faults.sealAt, twins: this.faults.twins };
    this.#side = this.nodes.map(() => 0);
    const waiting = new Set(this.nodes.flatMap((node) => [...node.pool]));
    for (const node of this.nodes) {
      node.crashIn = undefined;
      if (node.machine === undefined) node.start();
    }
    for (const transaction of waiting) this.submit(transaction); // gossip catches up
  }

  submit(transaction: number): void {
    for (const node of this.nodes) {
      this.schedule.after(this.#random.below(this.faults.delayMsMax), () => node.offer(transaction));
    }
  }

  /** @returns the virtual time it took, or undefined when it did not happen. */
  until(happened: () => boolean, limitMs: number): number | undefined {
    const from = this.schedule.now();
    while (!happened()) {
      if (this.schedule.now() - from > limitMs || !this.schedule.step()) return undefined;
    }
    return this.schedule.now() - from;
  }

  broadcast(from: Node, message: Message): void {
    const bytes = encodeMessage(message);
    if (from.honest) {
      const isVote = message.kind === 'notarize' || message.kind === 'nullify' || message.kind === 'finalize';
      this.judge.said(message, () => {
        const record = isVote ? encodeRecord(message) : undefined;
        const kept = from.journal.some((entry) => record !== undefined && equalBytes(entry.record, record));
        return kept || message.kind === 'request';
      });
    }
    for (const node of this.nodes) if (node.config.self !== from.config.self) this.#carry(from, node, bytes);
  }

  send(from: Node, to: number, message: Message): void {
    const bytes = encodeMessage(message);
    for (const node of this.nodes)
      if (node.config.self === to && node !== from) this.#carry(from, node, bytes);
  }

  workMs(): number {
    return this.#random.below(20);
  }

  makeBlock(
    node: Node,
    view: number,
    parent: { hash: Bytes; height: number },
    transactions: number[],
  ): Block {
    const height = parent.height + 1;
    const name = `${toHex(parent.hash)}:${view}:${node.config.self}:${this.nodes.indexOf(node)}:${transactions}`;
    const ref = { hash: sha256(utf8(name)), parentHash: parent.hash, height };
    const invalid = !node.honest && this.faults.loss > 0 && this.#random.chance(0.2);
    const seals = height === this.faults.sealAt;
    return { proposer: node.config.self!, ref, transactions, seals, invalid, madeIn: view };
  }

  /** A body from anybody alive on our side. */
  fetch(node: Node, hash: Bytes): Block | undefined {
    const holders = this.nodes.filter((other) => other.machine !== undefined && this.#reaches(node, other));
    return holders.flatMap((other) => other.bodies.get(toHex(hash)) ?? [])[0];
  }

  accused(evidence: Evidence): void {
    assert(verifyEvidence(this.nodes[0]!.config, evidence).kind === 'accept', 'evidence convinces anybody');
    assert(evidence.first.signer < this.faults.twins, 'an honest authority was accused');
    this.evidence.push(evidence);
  }

  note(node: Node, effect: Effect): void {
    const text = `${this.schedule.now()}:${this.nodes.indexOf(node)}:${effect.kind}`;
    const view = 'view' in effect ? effect.view : 'message' in effect ? effect.message.kind.length : 0;
    for (const char of `${text}:${view}`)
      this.trace = Math.imul(this.trace ^ char.charCodeAt(0), 16_777_619) >>> 0;
  }

  #carry(from: Node, to: Node, bytes: Bytes): void {
    this.sent++;
    if (!this.#reaches(from, to) || this.#random.chance(this.faults.loss)) return;
    const copies = this.#random.chance(this.faults.duplication) ? 2 : 1;
    for (let i = 0; i < copies; i++) {
      const delay = this.#random.between(1, this.faults.delayMsMax);
      this.schedule.after(delay, () => to.receive(from.config.self!, bytes));
    }
  }

  #reaches(a: Node, b: Node): boolean {
    return this.#side[this.nodes.indexOf(a)] === this.#side[this.nodes.indexOf(b)];
  }
}
