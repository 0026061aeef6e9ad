/**
 * Transactions between libraries: what came in here within a few milliseconds leaves as one gossip message
 * (a message per transaction costs twenty times as much), and what comes from others is checked once and pooled.
 */
import { canFollow } from '../../chain/block/version.ts';
import { check } from '../../chain/transaction/rules.ts';
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import { transactionId } from '../../chain/transaction/transaction.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Network, PeerKey, Random } from '../../core/ports.ts';
import { accept, ignore, type Verdict } from '../../core/verdict.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { Allowance } from '../peers/allowance.ts';
import type { GossipHandler } from '../peers/protocol.ts';
import { TRANSACTIONS_TOPIC } from '../peers/protocol-names.ts';
import { Timers } from '../process/timers.ts';
import type { Yield } from '../process/yield.ts';
import { decodeBatch, encodeBatch, SALT_BYTES } from './messages.ts';
import type { Pool } from './pool.ts';
import { ruleContext } from './rule-context.ts';
import type { TransactionChecker } from './transaction-checker.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly pool: Pool;
  readonly checker: TransactionChecker;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly yieldToLoop: Yield;
  /** The pool has something new. */
  pooled(): void;
};

export class Relay {
  readonly #ports: Ports;
  readonly #timers: Timers;
  readonly #allowance: Allowance;
  /** By peer: how many of its transactions are being checked. */
  readonly #checking = new Map<string, number>();
  #outgoing: Bytes[] = [];
  #outgoingBytes = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
    this.#allowance = new Allowance(ports.clock, {
      perSecond: limits.uselessTransactionsPerPeerPerSecond,
      most: limits.uselessTransactionsPerPeerMax,
    });
  }

  /** Sends it with the next batch. */
  send(checked: CheckedTransaction): void {
    this.#outgoing.push(checked.bytes);
    this.#outgoingBytes += checked.bytes.length;
    const full =
      this.#outgoing.length >= limits.gossipBatchTransactionsMax ||
      this.#outgoingBytes >= limits.blockBytesMax;
    if (full) this.#flush();
    else if (this.#outgoing.length === 1) {
      this.#timers.set('flush', limits.gossipBatchDelayMs, () => this.#flush());
    }
  }

  stop(): void {
    this.#timers.cancelAll();
  }

  /** What a batch costs is known when it has been looked at: it is paid from accounts of our own. */
  get protocols(): readonly GossipHandler[] {
    return [{ topic: TRANSACTIONS_TOPIC, cost: 0, receive: (from, bytes) => this.receive(from, bytes) }];
  }

  /**
   * A batch from a peer. Forwarded when at least half of what was new in it is of use and nothing in it was wrong; a
   * wrong signature or encoding is held against the peer, a transaction that does not fit our state is not: we may be
   * behind. But work for nothing is counted, also that of looking at what is known, and who has made too much of it is
   * not listened to for a while.
   */
  async receive(from: PeerKey, bytes: Bytes): Promise<Verdict> {
    // What it is told in words of newer rules it cannot judge, and holds against nobody.
    if (!canFollow(this.#ports.ledger.head())) return ignore('block.unknown-version');
    if (this.#allowance.left(from) < 1) return ignore('gossip.too-much');
    const batch = decodeBatch(bytes);
    if (batch.kind !== 'accept') return batch;
    const fresh = batch.value.transactions.filter(
      (transaction) => !this.#ports.pool.has(toHex(transactionId(transaction))),
    );
    const known = batch.value.transactions.length - fresh.length;
    this.#allowance.charge(from, known * limits.knownTransactionCost);
    if (fresh.length === 0) return ignore('transaction.known');
    const checked = await this.#check(from, fresh);
    if (checked.kind !== 'accept') return checked;
    let added = 0;
    for (const transaction of checked.value) {
      await this.#ports.yieldToLoop();
      if (this.#fits(transaction)) added += 1;
    }
    this.#allowance.charge(from, fresh.length - added);
    if (added > 0) this.#ports.pooled();
    return 2 * added >= fresh.length ? accept() : ignore('transaction.known');
  }

  /** @returns ignore("gossip.too-much") when much of this peer is being checked already. */
  async #check(from: PeerKey, fresh: readonly Bytes[]): Promise<Verdict<readonly CheckedTransaction[]>> {
    const peer = toHex(from);
    const before = this.#checking.get(peer) ?? 0;
    if (before + fresh.length > limits.checkingPerPeerMax) return ignore('gossip.too-much');
    this.#checking.set(peer, before + fresh.length);
    const { version } = ruleContext(this.#ports.ledger, this.#ports.clock);
    const checked = await this.#ports.checker.checkAll(fresh, version);
    const left = this.#checking.get(peer)! - fresh.length;
    if (left === 0) this.#checking.delete(peer);
    else this.#checking.set(peer, left);
    if (checked.kind !== 'accept') this.#allowance.charge(from, fresh.length);
    // One of the two is a block ahead, and has come to other rules: nobody is to blame.
    const isTooEarly = checked.kind === 'reject' && checked.code === 'rule.not-in-force';
    return isTooEarly ? ignore(checked.code) : checked;
  }

  #fits(checked: CheckedTransaction): boolean {
    const { ledger, pool, clock } = this.#ports;
    const verdict = check(ledger.head().view, checked.transaction, ruleContext(ledger, clock));
    return verdict.kind === 'accept' && pool.add(checked).kind === 'accept';
  }

  #flush(): void {
    this.#timers.cancel('flush');
    const { network, random } = this.#ports;
    const message = encodeBatch({ salt: random.bytes(SALT_BYTES), transactions: this.#outgoing });
    this.#outgoing = [];
    this.#outgoingBytes = 0;
    network.publish(TRANSACTIONS_TOPIC, message);
  }
}
