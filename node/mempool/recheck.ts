/**
 * What waits in the pool is looked at again, a few at a time: after every block and every two seconds. What the head
 * no longer takes leaves, or every library would make empty blocks for it for ever; what has waited long is passed
 * on once more, for those who have forgotten it or never heard of it. Only the head decides: what a block that is
 * not final yet says of a transaction may come to nothing.
 */
import { check } from '../../chain/transaction/rules.ts';
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import { toHex } from '../../core/bytes.ts';
import type { Clock } from '../../core/ports.ts';
import type { Hash32 } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Timers } from '../process/timers.ts';
import type { Pool } from './pool.ts';
import type { Relay } from './relay.ts';
import { ruleContext } from './rule-context.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly pool: Pool;
  readonly relay: Relay;
  readonly clock: Clock;
  /** It has left the pool, because of this. */
  dropped(checked: CheckedTransaction, verdict: Verdict): void;
  /** The pool is smaller. */
  changed(): void;
};

/** A look costs some microseconds, and a block must not wait for a full pool. */
const LOOKS_MAX = 200;
const AGAIN_MS = 2_000;
/** Gossip takes a second; whoever has not heard of it by now has missed it. */
const RELAY_AGAIN_MS = 20_000;

export class Recheck {
  readonly #ports: Ports;
  readonly #timers: Timers;
  /** When it was first seen here, or last passed on. */
  readonly #since = new WeakMap<CheckedTransaction, number>();
  /** Goes round: the pool may change under it. */
  #round: Iterator<CheckedTransaction>;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
    this.#round = ports.pool.all();
    // After what has become final has left the pool: the head would not take it a second time.
    ports.ledger.onAdvanced(() => {
      if (ports.pool.size > 0) this.#lookAtSome(); // the engine looks at the pool after every commit
    });
  }

  start(): void {
    this.#timers.set('again', AGAIN_MS, () => {
      if (this.#ports.pool.size > 0 && this.#lookAtSome()) this.#ports.changed();
      this.start();
    });
  }

  stop(): void {
    this.#timers.cancelAll();
  }

  /** A block of ours could not take it. */
  look(id: Hash32): void {
    const checked = this.#ports.pool.get(toHex(id));
    if (checked !== undefined) this.#look(checked);
  }

  /** @returns true when something has left. */
  #lookAtSome(): boolean {
    const before = this.#ports.pool.size;
    for (let looks = 0; looks < LOOKS_MAX; looks++) {
      const next = this.#round.next();
      if (next.done) {
        this.#round = this.#ports.pool.all();
        break;
      }
      this.#look(next.value);
    }
    return this.#ports.pool.size < before;
  }

  #look(checked: CheckedTransaction): void {
    const { ledger, pool, relay, clock, dropped } = this.#ports;
    const verdict = check(ledger.head().view, checked.transaction, ruleContext(ledger, clock));
    if (verdict.kind !== 'accept') {
      pool.remove(toHex(checked.id));
      dropped(checked, verdict);
      return;
    }
    const now = clock.now();
    const since = this.#since.get(checked);
    // A clock that was set back says nothing of how long it has waited: rather once too often.
    const isLong = since !== undefined && Math.abs(now - since) >= RELAY_AGAIN_MS;
    if (since === undefined || isLong) this.#since.set(checked, now);
    if (isLong) relay.send(checked);
  }
}
