/**
 * One who keeps something beside the state and follows what final blocks do: a position, and no queue. At the head it
 * hears of a block within its commit; whoever is slow is behind, and reads on from the disk until it has caught up.
 */
import { assert } from '../../core/assert.ts';
import type { Height } from '../../core/scalars.ts';
import type { Yield } from '../process/yield.ts';
import type { BlockEvents } from './block-store.ts';

export type Following = {
  /** The first block that is wanted; the one after the head when it is left out. */
  readonly from?: Height;
  /**
   * Hears of each block once, in order. The next one comes when this has ended. What it does at the head before it
   * returns is done within the commit: it must be quick there.
   */
  take(block: BlockEvents): Promise<void> | void;
  /**
   * What comes next is not kept here: it is pruned, or a snapshot was taken. Whoever may need it must have another way.
   * @returns the height from which on to follow, above the one that is not kept.
   */
  lost?(): Promise<Height>;
};
export type FollowerPorts = {
  readonly yieldToLoop: Yield;
  at(height: Height): BlockEvents | undefined;
  head(): Height;
  /** It cannot follow any longer: a disk, a mistake of ours. */
  failed(error: unknown): void;
  /** It need not hear of anything any more. */
  stopped(): void;
};

export class Follower {
  readonly #ports: FollowerPorts;
  readonly #following: Following;
  /** The first block that it has not taken. */
  #next: Height;
  /** It reads on, or has failed: what becomes final meanwhile it finds on the disk. */
  #running: Promise<void> | undefined;
  #stopped = false;

  constructor(ports: FollowerPorts, following: Following) {
    this.#ports = ports;
    this.#following = following;
    this.#next = following.from ?? ports.head() + 1;
    assert(Number.isSafeInteger(this.#next) && this.#next >= 1, 'one follows from a block after genesis on');
    if (this.#next <= ports.head()) this.#readOn();
  }

  /** Every block up to the head has been taken. */
  get isAtHead(): boolean {
    return this.#running === undefined && this.#next > this.#ports.head();
  }

  /** A block has become final just now; the next one of this. */
  hear(block: BlockEvents): void {
    if (this.#stopped || this.#running !== undefined || block.height < this.#next) return;
    if (block.height > this.#next) return void this.#readOn();
    try {
      const taken = this.#take(block);
      if (taken !== undefined) this.#readOn(taken);
    } catch (error) {
      this.#readOn(Promise.reject(error));
    }
  }

  /** Resolves when it is at the head, has failed or was stopped. */
  async caughtUp(): Promise<void> {
    await this.#running;
  }

  /** Takes nothing more. @returns when what it was taking is taken. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#ports.stopped();
    await this.#running;
  }

  #take(block: BlockEvents): Promise<void> | void {
    this.#next = block.height + 1;
    return this.#following.take(block);
  }

  #readOn(first: Promise<void> = Promise.resolve()): void {
    this.#running = first.then(() => this.#readToHead()).catch(this.#ports.failed);
  }

  async #readToHead(): Promise<void> {
    const { at, head, yieldToLoop } = this.#ports;
    while (!this.#stopped && this.#next <= head()) {
      const block = at(this.#next);
      if (block === undefined) await this.#skip();
      else await this.#take(block);
      await yieldToLoop();
    }
    // In the same turn as the last look at the head: no block falls between.
    this.#running = undefined;
  }

  async #skip(): Promise<void> {
    const { lost } = this.#following;
    assert(lost !== undefined, 'who may come to what is not kept has another way');
    const from = await lost();
    assert(from > this.#next, 'what is not kept is left behind');
    this.#next = from;
  }
}
