/** Registrations wait for their turn: whoever has done the work for thousands of keys does not stand before everybody. */
import { expect } from 'chai';
import { parseAddress } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import { RegistrationQueue } from '../../rpc/registration-queue.ts';

const { registrationsAtOnceMax: AT_ONCE, registrationsWaitingPerNetworkMax: PER_NETWORK } = limits;

describe('registrations on their way onto the ledger', () => {
  /** What is under way, in order: each ends when the test says so. */
  let under: { readonly name: string; end(): void; fail(error: Error): void }[];
  let timers: Set<() => void>;
  let queue: RegistrationQueue;

  beforeEach(() => {
    under = [];
    timers = new Set();
    const clock: Clock = {
      now: () => 0,
      after(_delayMs, run) {
        timers.add(run);
        return () => void timers.delete(run);
      },
    };
    queue = new RegistrationQueue(clock);
  });

  const ask = (name: string, network: number): Promise<Verdict> =>
    queue.run(parseAddress(`10.${network >> 8}.${network & 255}.1`), () => {
      return new Promise((resolve, fail) => under.push({ name, end: () => resolve(accept()), fail }));
    });
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  async function endAll(): Promise<void> {
    for (const { end } of under.splice(0)) end();
    await turn();
  }
  const names = () => new Set(under.map(({ name }) => name));
  const codeOf = async (verdict: Promise<Verdict>): Promise<string> => {
    const got = await verdict;
    return got.kind === 'reject' ? got.code : got.kind;
  };

  it('are few at a time, and go on one after the other', async () => {
    const all = Array.from({ length: AT_ONCE + 3 }, () => ask('reader', 1));
    await turn();
    expect(under).to.have.length(AT_ONCE);
    await endAll();
    expect(under).to.have.length(3);
    await endAll();
    expect(await Promise.all(all.map(codeOf))).to.deep.equal(all.map(() => 'accept'));
    expect(timers.size).to.equal(0);
  });

  it('of a reader from a fresh network are in the next block, however many wait from ten others', async () => {
    for (let network = 0; network < 10; network++) {
      for (let i = 0; i < AT_ONCE + PER_NETWORK; i++) void ask('stranger', network);
    }
    await turn();
    const honest = ask('honest', 99);
    await endAll();
    expect(names()).to.include('honest');
    await endAll();
    expect(await codeOf(honest)).to.equal('accept');
  });

  it('request.too-many: from one network, when too many wait from there', async () => {
    for (let i = 0; i < AT_ONCE + PER_NETWORK; i++) void ask('stranger', 1);
    await turn();
    expect(await codeOf(ask('stranger', 1))).to.equal('request.too-many');
    const other = ask('other', 2);
    await endAll();
    await endAll();
    expect(await codeOf(other)).to.equal('accept');
  });

  it('request.too-many: when all places are taken, the longest queue makes room for a short one', async () => {
    const all: Promise<Verdict>[] = [];
    for (let i = 0; i < AT_ONCE; i++) void ask('first', 0);
    for (let i = 0; i < limits.registrationsWaitingMax; i++) all.push(ask('stranger', 1 + (i % 16)));
    await turn();
    const late = ask('late', 99);
    expect(await codeOf(Promise.race(all))).to.equal('request.too-many');
    await endAll();
    expect(names()).to.include('late');
    await endAll();
    expect(await codeOf(late)).to.equal('accept');
  });

  it('request.too-many: who has waited for too long hears so, and takes no turn', async () => {
    for (let i = 0; i < AT_ONCE; i++) void ask('first', 0);
    await turn();
    const late = ask('late', 1);
    await turn();
    for (const run of timers) run();
    expect(await codeOf(late)).to.equal('request.too-many');
    await endAll();
    expect(under).to.deep.equal([]);
  });

  it('go on when one of them fails', async () => {
    const lost = ask('lost', 1);
    await turn();
    under.shift()!.fail(new Error('the ledger has failed'));
    expect(await lost.catch((error: Error) => error.message)).to.equal('the ledger has failed');
    const all = Array.from({ length: AT_ONCE }, () => ask('next', 1));
    await turn();
    expect(under).to.have.length(AT_ONCE);
    await endAll();
    expect(await codeOf(all[0]!)).to.equal('accept');
  });
});
