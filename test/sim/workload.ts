/**
 * What people do meanwhile: readers register, upload, buy tokens, pay each other and download, at nodes that they
 * pick by chance; libraries attest; now and then the authorities decide something. Nobody waits for anybody.
 */
import type { Action } from '../../chain/action.ts';
import { parameters } from '../../chain/queries.ts';
import type { Transaction } from '../../chain/transaction.ts';
import { faultyMax } from '../../consensus/quorum.ts';
import { compareBytes } from '../../core/bytes.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { Final } from '../../node/submission.ts';
import type { Coverage } from './coverage.ts';
import type { Judge } from './judge.ts';
import type { SimNode } from './node.ts';
import type { Plan } from './plan.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { Trace } from './trace.ts';
import type { Scribe } from './transactions.ts';

type Ports = {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly judge: Judge;
  readonly scribe: Scribe;
  readonly nodes: readonly SimNode[];
  readonly plan: Plan;
};

const READERS = 8;
const FILES = 6;
const APPROVAL_PAUSE_MS = 400;

export class Workload {
  readonly #ports: Ports;
  #stopped = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  start(): void {
    const { plan } = this.#ports;
    this.#every(plan.submissionMs, () => void this.submit(this.#transaction()));
    if (plan.governanceMs !== undefined) this.#every(plan.governanceMs, () => this.#decide());
  }

  stop(): void {
    this.#stopped = true;
  }

  /** At some node that takes orders. @returns undefined when the node died before it answered, or none is up. */
  submit(transaction: Transaction, at?: SimNode): Promise<Verdict<Final>> | undefined {
    const { random, nodes, coverage, judge, trace, schedule } = this.#ports;
    const up = nodes.filter((node) => node.honest && node.replica !== undefined && !node.paused);
    const node = at ?? (up.length === 0 ? undefined : random.pick(up));
    const replica = node?.replica;
    if (node === undefined || replica === undefined) return undefined;
    coverage.count('submissions');
    return replica.submission.submit(transaction).then((verdict) => {
      const alive = node.replica === replica;
      const word = verdict.kind === 'accept' ? 'final' : verdict.code;
      trace.event(
        schedule.now(),
        `${node.name} answers ${transaction.kind}: ${word}${alive ? '' : ' (dead)'}`,
      );
      if (verdict.kind === 'accept' && alive) {
        coverage.count('acknowledged');
        judge.acknowledged(node.name, transaction, verdict.value);
      }
      return verdict;
    });
  }

  #every(averageMs: number, run: () => void): void {
    const { schedule, random } = this.#ports;
    schedule.after(random.between(1, 2 * averageMs), () => {
      if (this.#stopped) return;
      run();
      this.#every(averageMs, run);
    });
  }

  #transaction(): Transaction {
    const { random, scribe, nodes } = this.#ports;
    const reader = `reader ${random.below(READERS)}`;
    const other = `reader ${random.below(READERS)}`;
    const file = `file ${random.below(FILES)}`;
    const member = random.pick(nodes).key;
    switch (random.below(8)) {
      case 0:
        return scribe.register(`${reader}${random.chance(0.5) ? '' : ' new'}`, member);
      case 1:
        return scribe.upload(file, BigInt(100 * file.length), reader, member);
      case 2:
        return scribe.attest(file, reader, member);
      case 3:
      case 4:
        return scribe.download(file, reader);
      case 5:
        return scribe.buy(reader, BigInt(random.between(1, 1_000)));
      default:
        return scribe.transfer(reader, other, BigInt(random.between(1, 400)));
    }
  }

  /** One authority proposes; once that is final, the others approve one after the other. */
  #decide(): void {
    const { random, scribe, nodes, schedule } = this.#ports;
    const up = nodes.find((node) => node.honest && node.replica !== undefined);
    if (up?.replica === undefined) return;
    const { view } = up.replica.ledger.head();
    const action: Action = random.chance(0.5)
      ? {
          kind: 'set-parameters',
          parameters: { ...parameters(view), blockIntervalMs: random.pick([0, 20, 100]) },
        }
      : { kind: 'set-authorities', keys: this.#someAuthorities() };
    const voters = random.shuffle(nodes.filter((node) => node.honest));
    const proposer = voters[0]!;
    void this.submit(scribe.propose(action, proposer.key))?.then((verdict) => {
      if (verdict.kind !== 'accept') return;
      for (const [index, { key }] of voters.entries()) {
        schedule.after(index * APPROVAL_PAUSE_MS, () => {
          void this.submit(scribe.approve(verdict.value.id, key));
        });
      }
    });
  }

  /** A new set in which the adversaries are not too many. */
  #someAuthorities(): readonly PublicKey32[] {
    const { random, nodes } = this.#ports;
    const unique = [...new Map(nodes.map((node) => [node.name.split("'")[0], node])).values()];
    const all = random.shuffle(unique);
    for (let size = random.between(1, all.length); size <= all.length; size++) {
      const chosen = all.slice(0, size);
      if (chosen.filter((node) => !node.honest).length <= faultyMax(size)) {
        return chosen.map((node) => node.key).sort(compareBytes);
      }
    }
    return all.map((node) => node.key).sort(compareBytes);
  }
}
