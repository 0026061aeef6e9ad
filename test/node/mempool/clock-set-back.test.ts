import { expect } from 'chai';
import { encodeChecked } from '../../../chain/transaction/signing.ts';
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { Network } from '../../../core/ports.ts';
import type { Verdict } from '../../../core/verdict.ts';
import { createMemoryHub, type MemoryHub } from '../../../network/memory.ts';
import { decodeBatch } from '../../../node/mempool/messages.ts';
import { Pool } from '../../../node/mempool/pool.ts';
import { Recheck } from '../../../node/mempool/recheck.ts';
import { Relay } from '../../../node/mempool/relay.ts';
import { Submission } from '../../../node/mempool/submission.ts';
import { TransactionChecker } from '../../../node/mempool/transaction-checker.ts';
import { PROTOCOLS, TOPICS, TRANSACTIONS_TOPIC } from '../../../node/peers/protocol-names.ts';
import { systemClock, systemRandom } from '../../../node/process/system.ts';
import { createVerifier } from '../../../node/process/verifier.ts';
import { createYield } from '../../../node/process/yield.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { keyOf, LIBRARIES } from '../../chain/world.ts';
import { eventually } from '../eventually.ts';
import { type FinalisedChain, finalisedChain } from '../finalised-chain.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';
import { registration } from '../replicas.ts';

const HOURS_MS = 5 * 3_600_000;
const members = LIBRARIES.map((name) => ({ key: keyOf(name), addresses: [] }));

describe('a library whose clock is set back by hours', () => {
  let clock: MovingClock;
  let hub: MemoryHub;
  let chain: FinalisedChain;
  let pool: Pool;
  let recheck: Recheck;
  let submission: Submission;
  /** What bob has heard. */
  let heard: string[];
  let networks: Network[];

  beforeEach(async () => {
    clock = movingClock();
    hub = createMemoryHub({ clock, deliver: (_from, _to, _kind, _bytes, run) => run() });
    const store = createMemoryStore();
    await store.start();
    chain = await finalisedChain(store);
    pool = new Pool();
    heard = [];
    networks = [];
    const network = await connect('ann');
    await connect('bob');
    const { ledger } = chain;
    const checker = new TransactionChecker({ chainId: ledger.chainId, pool, verifier: createVerifier() });
    const yieldToLoop = createYield();
    const pooled = (): void => {};
    const relay = new Relay({
      ledger,
      pool,
      checker,
      network,
      clock,
      random: systemRandom,
      yieldToLoop,
      pooled,
    });
    recheck = new Recheck({ ledger, pool, relay, clock, dropped() {}, changed: pooled });
    submission = new Submission({ ledger, pool, checker, relay, clock, yieldToLoop, pooled });
  });
  afterEach(() => Promise.all(networks.map((network) => network.stop())));

  it('passes on again what waits in its pool', () => {
    pool.add(encodeChecked(registration(chain.world.genesis, 'new', 'ann')));
    recheck.start();
    clock.pass(10_000);
    clock.set(-HOURS_MS);
    clock.pass(15_000);
    expect(heard).to.have.length(1);
    clock.pass(20_000);
    expect(heard).to.have.length(2);
    recheck.stop();
  });

  it('node.finality-timeout: answers those who wait in its time, and sends once more what they wait for', async () => {
    const answer = submission.submit(registration(chain.world.genesis, 'new', 'ann'));
    await untilPooled();
    clock.pass(1_000);
    clock.set(-HOURS_MS);
    clock.pass(10_000);
    expect(heard.length).to.be.within(4, 6);
    clock.pass(limits.finalityWaitMs);
    expect(await Promise.race([answer, later()])).to.deep.include({ code: 'node.finality-timeout' });
  });

  it('still waits as long as it says when the clock is set forward', async () => {
    let answered: Verdict<unknown> | undefined;
    void submission.submit(registration(chain.world.genesis, 'new', 'ann')).then((verdict) => {
      answered = verdict;
    });
    await untilPooled();
    clock.set(HOURS_MS);
    clock.pass(limits.finalityWaitMs / 2);
    await later();
    expect(answered).to.equal(undefined);
  });

  it('gossips again what it has heard hours later by its clock', () => {
    const bytes = new Uint8Array(20);
    networks[0]!.publish(TRANSACTIONS_TOPIC, bytes);
    clock.set(-HOURS_MS);
    networks[0]!.publish(TRANSACTIONS_TOPIC, bytes);
    expect(heard).to.have.length(2);
  });

  const untilPooled = () => eventually(() => pool.size > 0);

  async function connect(name: string): Promise<Network> {
    const network = hub.network(keyOf(name), { topics: TOPICS, protocols: PROTOCOLS, members });
    network.handle({
      frame() {},
      gossip(_topic, _from, bytes) {
        const batch = decodeBatch(bytes);
        heard.push(batch.kind === 'accept' ? batch.value.transactions.map(toHex).join() : '');
        return { kind: 'ignore', code: 'transaction.known' };
      },
      request: async (_protocol, _from, bytes) => bytes,
      connected() {},
      disconnected() {},
    });
    await network.start();
    networks.push(network);
    return network;
  }
});

describe('the clock of the system', () => {
  it('does not wake at once for what lies months ahead', async () => {
    let woken = false;
    const cancel = systemClock.after(2 ** 32, () => {
      woken = true;
    });
    for (let turn = 0; turn < 20; turn++)
      await new Promise((resolve) => systemClock.after(1, () => resolve(0)));
    cancel();
    expect(woken).to.equal(false);
  });
});

function later(): Promise<undefined> {
  return new Promise((resolve) => setImmediate(() => resolve(undefined)));
}
