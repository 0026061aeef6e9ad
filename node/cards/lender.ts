/** What this library says on the ledger of cards, and what the ledger says of them: for the desk, whoever registers, and renewal. */
import { account, card as cardAt, lentBy, parameters } from '../../chain/queries.ts';
import { dayOf, periodOf } from '../../chain/state/day.ts';
import { type CheckedTransaction, encodeChecked, signTransaction } from '../../chain/transaction/signing.ts';
import { equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Random } from '../../core/ports.ts';
import {
  NONCE_BYTES,
  type PublicKey32,
  type Seed32,
  type Tokens,
  type UnixMs,
  type UnixSeconds,
} from '../../core/scalars.ts';
import type { Reject, Verdict } from '../../core/verdict.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { endFor, roomAt, type Terms } from './policy.ts';

export type LenderPorts = {
  readonly ledger: Pick<Ledger, 'chainId' | 'head'>;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
  /** Of this library. */
  readonly key: PublicKey32;
  readonly seed: Seed32;
  enter(checked: CheckedTransaction): Promise<Verdict<unknown>>;
};
/** A card that is in force. */
export type InForce = Terms & {
  readonly sponsor: PublicKey32;
  /** The last period. */
  readonly until: number;
};

const NOTHING: Terms = { allowance: 0n, ceiling: 0n };

export class Lender {
  readonly #ports: LenderPorts;

  constructor(ports: LenderPorts) {
    this.#ports = ports;
  }

  /** Of the next block. */
  time(): UnixMs {
    const { clock, ledger } = this.#ports;
    return Math.max(clock.now(), ledger.head().header.time + 1);
  }

  day(): number {
    return dayOf(this.time());
  }

  /** Of the last block: it never goes back, whatever the clock shows. What is forgotten, and counted by days, goes by it. */
  finalTime(): UnixMs {
    return this.#ports.ledger.head().header.time;
  }

  finalDay(): number {
    return dayOf(this.finalTime());
  }

  parameters() {
    return parameters(this.#ports.ledger.head().view);
  }

  isRegistered(key: PublicKey32): boolean {
    return account(this.#ports.ledger.head().view, key) !== undefined;
  }

  inForce(key: PublicKey32, time = this.time()): InForce | undefined {
    return cardAt(this.#ports.ledger.head().view, key, time);
  }

  /** That this library lends. */
  ours(key: PublicKey32, time = this.time()): InForce | undefined {
    const found = this.inForce(key, time);
    return found && equalBytes(found.sponsor, this.#ports.key) ? found : undefined;
  }

  /** By allowances. */
  lent(): Tokens {
    const { ledger, key } = this.#ports;
    return lentBy(ledger.head().view, key, this.time()).reduce((sum, [, one]) => sum + one, 0n);
  }

  /** Of a transaction that is made now. */
  expires(): UnixSeconds {
    return Math.floor((this.time() + limits.memberWordLifeMs) / 1_000);
  }

  /**
   * Lends, or renews, until two periods ahead.
   * @returns what the ledger says; reject("card.node-cap") with when there is room again, as things are.
   */
  async lend(key: PublicKey32, terms: Terms, expires = this.expires()): Promise<Verdict<unknown>> {
    const verdict = await this.#send(key, terms, endFor(this.day()), expires);
    return verdict.kind === 'reject' && verdict.code === 'card.node-cap'
      ? this.#withRoom(verdict, key, terms)
      : verdict;
  }

  withdraw(key: PublicKey32): Promise<Verdict<unknown>> {
    return this.#send(key, NOTHING, periodOf(this.day()), this.expires());
  }

  #send(key: PublicKey32, terms: Terms, until: number, expires: UnixSeconds): Promise<Verdict<unknown>> {
    const { ledger, random, key: sponsor, seed, enter } = this.#ports;
    const { allowance, ceiling } = terms;
    const said = { kind: 'card' as const, key, allowance, ceiling, until, sponsor };
    const nonce = random.bytes(NONCE_BYTES);
    return enter(encodeChecked(signTransaction<'card'>(ledger.chainId, { ...said, nonce, expires }, seed)));
  }

  #withRoom(rejected: Reject, key: PublicKey32, { allowance }: Terms): Reject {
    const { ledger, key: self } = this.#ports;
    const lent = lentBy(ledger.head().view, self, this.time());
    const had = this.ours(key)?.allowance ?? 0n;
    const more = allowance > had ? allowance - had : 0n;
    return withTime(rejected, roomAt(lent, more, BigInt(this.parameters().cardBytesPerNodePerDay)));
  }
}

/** @param at - when it is worth while to ask again; undefined: never, as things are. */
export function withTime(rejected: Reject, at: UnixMs | undefined): Reject {
  return at === undefined ? rejected : { ...rejected, facts: { room_at: at } };
}
