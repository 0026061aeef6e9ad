/** Transactions on their way to a block: taken in from readers and from members, kept in bounds, passed on, looked at again. */
import type { Clock, Network, Random } from '../../core/ports.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Protocol } from '../peers/protocol.ts';
import type { Part } from '../process/lifecycle.ts';
import type { Verifier } from '../process/verifier.ts';
import type { Yield } from '../process/yield.ts';
import { Pool } from './pool.ts';
import { Recheck } from './recheck.ts';
import { Relay } from './relay.ts';
import { Submission } from './submission.ts';
import { TransactionChecker } from './transaction-checker.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly verifier: Verifier;
  readonly yieldToLoop: Yield;
  /** The pool has something new, or less: is a block due? */
  pooled(): void;
};

export type Mempool = {
  readonly pool: Pool;
  readonly checker: TransactionChecker;
  readonly submission: Submission;
  readonly recheck: Recheck;
  readonly protocols: readonly Protocol[];
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};

export function openMempool(ports: Ports): Mempool {
  const { ledger, network, clock, random, verifier, yieldToLoop } = ports;
  const pooled = (): void => ports.pooled();
  const pool = new Pool();
  const checker = new TransactionChecker({ chainId: ledger.chainId, pool, verifier });
  const relay = new Relay({ ledger, pool, checker, network, clock, random, yieldToLoop, pooled });
  const submission = new Submission({ ledger, pool, checker, relay, clock, yieldToLoop, pooled });
  const recheck = new Recheck({
    ...{ ledger, pool, relay, clock },
    dropped: (checked, verdict) => submission.dropped(checked, verdict),
    changed: pooled,
  });
  return {
    ...{ pool, checker, submission, recheck },
    protocols: relay.protocols,
    parts: [
      { name: 'relay', start() {}, stop: () => relay.stop() },
      { name: 'recheck', start: () => recheck.start(), stop: () => recheck.stop() },
      { name: 'submission', start() {}, stop: () => submission.stop() },
    ],
  };
}
