/**
 * What readers do meanwhile: register, upload, buy and sell tokens, pay each other and download, at nodes that they
 * pick by chance; libraries attest. Nobody waits for anybody.
 */
import type { Transaction } from '../../chain/transaction/transaction.ts';
import { reject, type Verdict } from '../../core/verdict.ts';
import type { Final } from '../../node/mempool/submission.ts';
import type { Coverage } from './coverage.ts';
import { membersAmong } from './federation.ts';
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

export const READERS = 8;
export const FILES = 6;
const SALE_MS = 4_000;
/** Of what was acknowledged, to be sent again: a client that has lost the answer, or a thief who hopes for a second time. */
const REMEMBERED = 20;
const AGAIN = 0.1;

export class Workload {
  readonly #ports: Ports;
  readonly #done: Transaction[] = [];
  #stopped = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  start(): void {
    const { plan } = this.#ports;
    this.#every(plan.submissionMs, () => void this.submit(this.#again() ?? this.#transaction()));
    this.#every(10 * plan.submissionMs, () => this.#sell());
  }

  stop(): void {
    this.#stopped = true;
  }

  /** At some node that takes orders. @returns undefined when the node died before it answered, or none is up. */
  submit(transaction: Transaction, at?: SimNode): Promise<Verdict<Final>> | undefined {
    const { random, nodes, coverage, judge, trace, schedule } = this.#ports;
    const up = membersAmong(nodes).filter(
      (node) => node.honest && node.replica !== undefined && !node.paused,
    );
    const node = at ?? (up.length === 0 ? undefined : random.pick(up));
    const replica = node?.replica;
    if (node === undefined || replica === undefined) return undefined;
    coverage.count('submissions');
    const answer = (verdict: Verdict<Final>): Verdict<Final> => {
      const alive = node.replica === replica;
      const word = verdict.kind === 'accept' ? 'final' : verdict.code;
      trace.event(
        schedule.now(),
        `${node.name} answers ${transaction.kind}: ${word}${alive ? '' : ' (dead)'}`,
      );
      if (verdict.kind === 'accept' && alive) {
        coverage.count('acknowledged');
        judge.acknowledged(node.name, transaction, verdict.value);
        this.#remember(transaction);
      }
      return verdict;
    };
    return replica.submission.submit(transaction).then(answer, (error: unknown) => {
      if (node.replica === replica) node.failed(error);
      return answer(reject('node.fault'));
    });
  }

  get stopped(): boolean {
    return this.#stopped;
  }

  #every(averageMs: number, run: () => void): void {
    const { schedule, random } = this.#ports;
    schedule.after(random.between(1, 2 * averageMs), () => {
      if (this.#stopped) return;
      run();
      this.#every(averageMs, run);
    });
  }

  /** Decisions are left out: one that was too late may be of use another day, and make a set that nobody has planned. */
  #remember(transaction: Transaction): void {
    if (transaction.kind === 'propose' || transaction.kind === 'approve') return;
    this.#done.push(transaction);
    if (this.#done.length > REMEMBERED) this.#done.shift();
  }

  /** What has happened must not happen twice, whoever is told of it. */
  #again(): Transaction | undefined {
    const { random, coverage } = this.#ports;
    if (this.#done.length === 0 || !random.chance(AGAIN)) return undefined;
    coverage.count('submitted again');
    return random.pick(this.#done);
  }

  #transaction(): Transaction {
    const { random, scribe, nodes } = this.#ports;
    const reader = `reader ${random.below(READERS)}`;
    const other = `reader ${random.below(READERS)}`;
    const file = `file ${random.below(FILES)}`;
    const member = random.pick(nodes).key;
    switch (random.below(9)) {
      case 0:
        return scribe.register(`${reader}${random.chance(0.5) ? '' : ' new'}`, member);
      case 1:
        return scribe.upload(file, reader, member);
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

  /** A reader sells tokens; afterwards billing pays, or does not, or is silent; sometimes all at once. */
  #sell(): void {
    const { random, scribe, schedule } = this.#ports;
    const reader = `reader ${random.below(READERS)}`;
    void this.submit(scribe.sell(reader, BigInt(random.between(1, 300))))?.then((verdict) => {
      if (verdict.kind !== 'accept') return;
      for (const kind of ['settle', 'release', 'reclaim'] as const) {
        if (!random.chance(0.5)) continue;
        const delayMs = random.below(SALE_MS);
        schedule.after(delayMs, () => void this.submit(scribe.close(kind, verdict.value.id, reader)));
      }
    });
  }
}
