/**
 * One authority around the machine: a journal and a ledger that survive crashes, a pool and timers that do
 * not. The simplest engine that keeps the contract of effect.ts; it may crash before any single effect.
 */
import { admit } from '../../../consensus/admit.ts';
import { type BlockRef, equalRefs } from '../../../consensus/block-ref.ts';
import type { ConsensusConfig } from '../../../consensus/config.ts';
import type { Effect } from '../../../consensus/effect.ts';
import type { Input, Timer } from '../../../consensus/input.ts';
import { createMachine, type Machine, step } from '../../../consensus/machine.ts';
import type { Finalization } from '../../../consensus/messages.ts';
import { assert } from '../../../core/assert.ts';
import { type Bytes, toHex } from '../../../core/bytes.ts';
import type { Block, World } from './world.ts';

/** An input without its time. */
type Event = Input extends infer I ? (I extends Input ? Omit<I, 'now'> : never) : never;

export class Node {
  readonly world: World;
  readonly config: ConsensusConfig;
  readonly honest: boolean;
  machine: Machine | undefined;
  /** Durable. */
  journal: { view: number; record: Bytes }[] = [];
  chain: Block[] = [];
  floor: { certificate: Finalization; block: BlockRef; seals: boolean } | undefined;
  readonly bodies = new Map<string, Block>();
  /** Lost in a crash. */
  readonly executed = new Set<string>();
  readonly timers = new Map<Timer, () => void>();
  pool = new Set<number>();
  /** Crash before this many more effects; undefined = not now. */
  crashIn: number | undefined;
  life = 0;

  constructor(world: World, config: ConsensusConfig, honest: boolean) {
    this.world = world;
    this.config = config;
    this.honest = honest;
  }

  start(): void {
    this.life++;
    this.journal = this.journal.filter(({ view }) => view > (this.floor?.certificate.view ?? 0));
    const journal = this.journal.map(({ record }) => record);
    this.machine = createMachine(this.config, { floor: this.floor, journal });
    this.input({ kind: 'start' });
    this.look();
  }

  crash(): void {
    this.machine = undefined;
    this.crashIn = undefined;
    this.executed.clear();
    this.pool.clear();
    for (const cancel of this.timers.values()) cancel();
    this.timers.clear();
  }

  receive(from: number, bytes: Bytes): void {
    if (this.machine === undefined) return;
    const verdict = admit(this.machine, from, bytes);
    assert(
      verdict.kind !== 'reject' || !this.honest,
      `an honest message was rejected: ${JSON.stringify(verdict)}`,
    );
    if (verdict.kind === 'accept') this.input({ kind: 'message', from, message: verdict.value });
  }

  /** A transaction reaches the pool. */
  offer(transaction: number): void {
    if (this.machine === undefined || this.chain.some((block) => block.transactions.includes(transaction)))
      return;
    this.pool.add(transaction);
    this.look();
  }

  input(event: Event): void {
    if (this.machine === undefined) return;
    const effects = step(this.machine, { ...event, now: this.world.schedule.now() } as Input);
    for (const effect of effects) {
      if (this.crashIn !== undefined && this.crashIn-- <= 0) {
        this.crash();
        return;
      }
      this.carryOut(effect);
    }
  }

  /** Runs `then` later, unless we crash before. */
  later(delayMs: number, then: () => void): () => void {
    const { life } = this;
    return this.world.schedule.after(delayMs, () => {
      if (this.machine !== undefined && this.life === life) then();
    });
  }

  private look(): void {
    this.input({ kind: 'work', due: this.pool.size > 0 });
  }

  private carryOut(effect: Effect): void {
    this.world.note(this, effect);
    switch (effect.kind) {
      case 'persist':
        this.journal.push({ view: effect.view, record: effect.record });
        break;
      case 'broadcast':
        this.world.broadcast(this, effect.message);
        break;
      case 'send':
        this.world.send(this, effect.to, effect.message);
        break;
      case 'set-timer': {
        const { timer } = effect;
        this.timers.get(timer)?.();
        const cancel = this.later(effect.delayMs, () => {
          this.timers.delete(timer);
          this.input({ kind: 'timer', timer });
        });
        this.timers.set(timer, cancel);
        break;
      }
      case 'cancel-timer':
        this.timers.get(effect.timer)?.();
        this.timers.delete(effect.timer);
        break;
      case 'build':
        this.later(this.world.workMs(), () => this.build(effect.view, effect.parent, effect.evenEmpty));
        break;
      case 'validate':
        this.later(this.world.workMs(), () => this.validate(effect.block));
        break;
      case 'finalise':
        this.later(0, () => this.finalise(effect.certificate));
        break;
      case 'accuse':
        this.world.accused(effect.evidence);
        break;
    }
  }

  private build(view: number, parent: { hash: Bytes; height: number }, evenEmpty: boolean): void {
    const used = new Set<number>();
    for (
      let at = this.bodies.get(toHex(parent.hash));
      at !== undefined;
      at = this.bodies.get(toHex(at.ref.parentHash))
    ) {
      for (const transaction of at.transactions) used.add(transaction);
    }
    const transactions = [...this.pool].filter((transaction) => !used.has(transaction));
    if (transactions.length === 0 && !evenEmpty) {
      this.input({ kind: 'work', due: false });
      return;
    }
    const block = this.world.makeBlock(this, view, parent, transactions);
    this.bodies.set(toHex(block.ref.hash), block);
    this.executed.add(toHex(block.ref.hash));
    this.input({ kind: 'built', view, block: block.ref, seals: block.seals });
  }

  private validate(ref: BlockRef): void {
    const body = this.bodies.get(toHex(ref.hash)) ?? this.world.fetch(this, ref.hash);
    const floorHeight = this.chain.length;
    if (ref.height <= floorHeight && body === undefined) return;
    const parentKnown =
      this.executed.has(toHex(ref.parentHash)) || toHex(ref.parentHash) === toHex(this.headHash());
    if (body === undefined || !(parentKnown || this.isCommitted(ref))) return; // missing data is no verdict: R39
    const valid = equalRefs(body.ref, ref) && !body.invalid;
    this.bodies.set(toHex(ref.hash), body);
    if (valid) this.executed.add(toHex(ref.hash));
    this.input({ kind: 'verdict', block: ref, valid, madeIn: body.madeIn, seals: body.seals });
  }

  private isCommitted(ref: BlockRef): boolean {
    const there = this.chain[ref.height - 1];
    return there !== undefined && equalRefs(there.ref, ref);
  }

  private headHash(): Bytes {
    return this.chain.at(-1)?.ref.hash ?? this.config.root.hash;
  }

  /** Commits when all bodies are here; otherwise synchronises from anybody who has them. */
  private finalise(certificate: Finalization): void {
    if (certificate.view <= (this.floor?.certificate.view ?? 0)) return;
    const path: Block[] = [];
    let hash = certificate.hash;
    while (toHex(hash) !== toHex(this.headHash())) {
      const body = this.bodies.get(toHex(hash)) ?? this.world.fetch(this, hash);
      if (body === undefined) {
        this.later(this.world.retryMs, () => this.finalise(certificate));
        return;
      }
      path.unshift(body);
      hash = body.ref.parentHash;
      assert(body.ref.height > this.chain.length, 'the finalised chain contains what was committed');
    }
    for (const block of path) this.commit(block);
    const block = this.chain.at(-1)!;
    const ready = this.executed.has(toHex(block.ref.hash));
    this.floor = { certificate, block: block.ref, seals: block.seals };
    this.executed.add(toHex(block.ref.hash));
    if (!ready) this.input({ kind: 'synced', certificate, block: block.ref, seals: block.seals });
    this.look();
  }

  private commit(block: Block): void {
    this.bodies.set(toHex(block.ref.hash), block);
    this.chain.push(block);
    assert(block.ref.height === this.chain.length, 'heights follow one another');
    assert(
      !this.chain.slice(0, -1).some((below) => below.seals),
      'nothing follows the block that ends the epoch',
    );
    for (const transaction of block.transactions) this.pool.delete(transaction);
    if (this.honest) this.world.judge.committed(block.ref.height, toHex(block.ref.hash));
  }
}
