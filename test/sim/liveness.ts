/**
 * What is demanded once everything is mended: every honest node up, at the same head, with nothing in its pool that
 * would still fit, and fresh transactions final that were submitted at several nodes after the healing.
 */

import { canFollow } from '../../chain/block/version.ts';
import { check } from '../../chain/transaction/rules.ts';
import { limits } from '../../core/limits.ts';
import { ruleContext } from '../../node/mempool/rule-context.ts';
import { membersAmong } from './federation.ts';
import { sameHead } from './judge.ts';
import type { SimNode } from './node.ts';
import type { Plan } from './plan.ts';
import type { Schedule } from './schedule.ts';
import type { Scribe } from './transactions.ts';
import type { Workload } from './workload.ts';

type Ports = {
  readonly schedule: Schedule;
  readonly scribe: Scribe;
  readonly nodes: readonly SimNode[];
  readonly plan: Plan;
};

/** Nodes at which a fresh transaction is submitted. */
const PROBES = 2;
const AGAIN_MS = 4_000;
const LOOK_MS = 20;

type Probe = { done: boolean };

/**
 * What recovery may take: one request that was lost runs into its timeout, one standstill passes; then every view
 * may take the longest timeout, as many leaders in a row may be faulty as there are (or come to be elected), and three honest ones are needed
 * for what has been waiting and for the fresh transactions.
 */
export function livenessBoundMs(plan: Plan): number {
  const views = plan.adversaries.length + plan.tempters + plan.boasters + 3;
  return limits.requestTimeoutMs + limits.standstillMs + views * limits.timeoutMsMax;
}

export class Liveness {
  readonly #ports: Ports;
  readonly #workload: Workload;
  #probes: Probe[] | undefined;
  #reached = false;
  #lookedMs = 0;

  constructor(ports: Ports & { now(): number }, workload: Workload) {
    this.#ports = ports;
    this.#workload = workload;
  }

  /** After this time nothing of the recovery is under way. */
  get settleMs(): number {
    return 2 * limits.timeoutMsMax;
  }

  reached(): boolean {
    const { schedule } = this.#ports;
    this.#probes ??= this.#submitProbes();
    if (this.#reached || schedule.now() - this.#lookedMs < LOOK_MS) return this.#reached;
    this.#lookedMs = schedule.now();
    this.#reached = this.missing() === '';
    return this.#reached;
  }

  /** Honest members; who is none keeps what it had. */
  demanded(): readonly SimNode[] {
    return membersAmong(this.#ports.nodes).filter((node) => node.honest);
  }

  /** In words; '' when nothing is missing. */
  missing(): string {
    const honest = this.demanded();
    const down = honest.filter((node) => node.replica === undefined);
    if (down.length > 0) return `${down.map(({ name }) => name)} not up`;
    const heads = honest.map((node) => `${node.name} ${node.replica!.ledger.head().header.height}`);
    if (!sameHead(honest.map((node) => node.replica!.ledger))) return `heads differ: ${heads}`;
    // Before rules that nobody knows all stop, and wait for newer programs.
    if (honest.length > 0 && honest.every(({ replica }) => !canFollow(replica!.ledger.head()))) return '';
    // The rules are asked last: a full pool takes them a while.
    const open = this.#probes?.filter(({ done }) => !done).length ?? PROBES;
    if (open > 0) return `${open} fresh transactions are not final; heads: ${heads}`;
    const waiting = honest.flatMap((node) => this.#waiting(node));
    return waiting.length === 0 ? '' : `${waiting.length} valid transactions wait: ${waiting.slice(0, 10)}`;
  }

  /** What lies in the pools, and what the rules say of it. */
  pools(): string {
    const all = this.#ports.nodes.flatMap((node) =>
      this.#verdicts(node).map((line) => `${node.name}: ${line}`),
    );
    return all.slice(0, 10).join(', ') || 'the pools are empty';
  }

  #waiting(node: SimNode): string[] {
    return this.#verdicts(node)
      .filter((line) => line.endsWith('accept'))
      .map((line) => `${node.name}: ${line}`);
  }

  #verdicts(node: SimNode): string[] {
    if (node.replica === undefined) return [];
    const { ledger, pool } = node.replica;
    const { view, header } = ledger.head();
    const clock = { now: () => header.time + 1, after: () => () => {} };
    return [...pool.candidates(new Set())].map(({ transaction }) => {
      const verdict = check(view, transaction, ruleContext(ledger, clock));
      return `${transaction.kind} ${verdict.kind === 'accept' ? 'accept' : verdict.code}`;
    });
  }

  #submitProbes(): Probe[] {
    return Array.from({ length: PROBES }, (_, index) => {
      const probe = { done: false };
      this.#submit(index, probe);
      return probe;
    });
  }

  /** Again and again, each time a fresh one: a node may still be on its way up, or out of the federation. */
  #submit(index: number, probe: Probe): void {
    const { schedule, scribe } = this.#ports;
    if (probe.done) return;
    const members = this.demanded();
    const node = members.at(-1 - (index % Math.max(1, members.length)));
    void this.#workload.submit(scribe.buy('reader 0', 1n), node)?.then((verdict) => {
      if (verdict.kind === 'accept') probe.done = true;
    });
    schedule.after(AGAIN_MS, () => this.#submit(index, probe));
  }
}
