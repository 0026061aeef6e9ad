/**
 * When this authority leads a view, builds the block that consensus asks for, not before the shortest interval
 * since its parent has passed. Declines when there is nothing to put into it and an empty one is not wanted.
 */
import type { Executed, State } from '../../chain/block/execute.ts';
import { canFollow, RULES_VERSION } from '../../chain/block/version.ts';
import { parameters } from '../../chain/queries.ts';
import { assert } from '../../core/assert.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Hash32, PublicKey32, UnixMs } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Pool } from '../mempool/pool.ts';
import type { Yield } from '../process/yield.ts';

export type BuildRequest = {
  readonly view: number;
  readonly parent: Hash32;
  /** The parent stays unfinal without a child, so an empty one will do. */
  readonly evenEmpty: boolean;
};

type Ports = {
  readonly ledger: Ledger;
  readonly pool: Pool;
  readonly clock: Clock;
  readonly log: Log;
  readonly self: PublicKey32;
  built(request: BuildRequest, executed: Executed): void;
  /** There is nothing to build now. */
  declined(): void;
  /** A transaction that no longer fits the state. */
  refused(id: Hash32, verdict: Verdict): void;
  readonly yieldToLoop: Yield;
  failed(error: unknown): void;
};

/**
 * A child of a block that is not final yet waits so long for that, and meanwhile for more transactions: a block
 * costs every authority the same votes and fsyncs whatever is in it. An idle federation never waits.
 */
const GATHER_MS = 100;

/**
 * Ours to choose, unlike limits.blockTransactionsMax: so many are looked at for one block. Executing one costs 60 µs
 * at every library, and votes wait for it.
 */
export const CANDIDATES_MAX = 250;
assert(CANDIDATES_MAX <= limits.blockTransactionsMax, 'what is built is valid');

type Taken = { readonly parent: Hash32; readonly head: Hash32; readonly ids: ReadonlySet<string> };

export class Builder {
  readonly #ports: Ports;
  #request: BuildRequest | undefined;
  /** The request that is being built. */
  #building: BuildRequest | undefined;
  /** Also those that are not wanted any more, until their next yield. */
  readonly #running = new Set<Promise<void>>();
  #cancelTimer: () => void = () => {};
  #taken: Taken | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  want(request: BuildRequest): void {
    this.#request = request;
    this.poke();
  }

  /** The view has passed, or the node stops. What is being built ends at its next yield. */
  cancel(): void {
    this.#request = undefined;
    this.#cancelTimer();
  }

  /** Resolves when nothing is being built any more. */
  async stop(): Promise<void> {
    this.cancel();
    await Promise.all(this.#running);
  }

  get view(): number | undefined {
    return this.#request?.view;
  }

  /** Something changed: the pool, the head, the time. Builds, or sets a timer for when it will be time. */
  poke(): void {
    this.#cancelTimer();
    const request = this.#request;
    if (request === undefined || this.#building === request) return;
    const { ledger, pool, clock } = this.#ports;
    const parent = ledger.stateOf(request.parent);
    if (parent === undefined) return; // the validator is at it; its verdict pokes again
    if (!canFollow(parent)) {
      this.#request = undefined;
      return;
    }
    const now = clock.now();
    const taken = this.#takenBy(request.parent);
    if (!pool.hasBeside(taken) && !request.evenEmpty && now < heartbeatAt(ledger.head())) {
      this.#request = undefined;
      this.#ports.declined();
      return;
    }
    const isFinal = parent.hash === ledger.head().hash;
    const isFull = pool.size - taken.size >= CANDIDATES_MAX;
    const gatherMs = isFinal || isFull || request.evenEmpty ? 0 : GATHER_MS;
    const at = parent.header.time + Math.max(parameters(parent.view).blockIntervalMs, gatherMs);
    if (at > now) {
      this.#cancelTimer = clock.after(at - now, () => this.poke());
      return;
    }
    this.#building = request;
    const running: Promise<void> = this.#build(request, taken)
      .catch(this.#ports.failed)
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #build(request: BuildRequest, taken: ReadonlySet<string>): Promise<void> {
    const { ledger, pool, clock, self, log, yieldToLoop } = this.#ports;
    const parent = ledger.stateOf(request.parent)!;
    const time = Math.max(clock.now(), parent.header.time + 1);
    const candidates = [...first(CANDIDATES_MAX, pool.candidates(taken))];
    const at = { view: request.view, time, proposer: self, knows: RULES_VERSION };
    const wanted = (): boolean => this.#request === request;
    const built = await ledger.buildSlowly(request.parent, candidates, at, yieldToLoop, wanted);
    if (this.#request !== request) return; // the view has passed
    this.#request = undefined;
    if (built === undefined) return; // another block has become final beside the parent: so has the view
    const { executed, refused } = built;
    for (const { id, verdict } of refused) this.#ports.refused(id, verdict);
    log.debug('block built', {
      height: executed.block.header.height,
      transactions: executed.transactions.length,
    });
    this.#ports.built(request, executed);
  }

  /** Asked for with every transaction that comes in, while the answer changes with every block. */
  #takenBy(parent: Hash32): ReadonlySet<string> {
    const { ledger } = this.#ports;
    const head = ledger.head().hash;
    if (this.#taken === undefined || this.#taken.parent !== parent || this.#taken.head !== head) {
      this.#taken = { parent, head, ids: ledger.takenBy(parent) };
    }
    return this.#taken.ids;
  }
}

function* first<T>(count: number, all: Iterable<T>): Generator<T> {
  let left = count;
  for (const one of all) {
    if (left === 0) return;
    left -= 1;
    yield one;
  }
}

/** When a block is due even if nothing has happened. */
export function heartbeatAt(head: State): UnixMs {
  return head.header.time + parameters(head.view).heartbeatMs;
}
