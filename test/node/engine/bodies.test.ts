/** Getting the body of a block from others: whom it is asked of, how long one waits, what a liar costs. */
import { expect } from 'chai';
import { encodeBlock } from '../../../chain/block/block.ts';
import { buildBlock, type Executed } from '../../../chain/block/execute.ts';
import { genesisState } from '../../../chain/block/genesis.ts';
import { authorities } from '../../../chain/queries.ts';
import type { BlockRef } from '../../../consensus/block-ref.ts';
import { leader } from '../../../consensus/quorum.ts';
import { equalBytes, utf8 } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { Network, PeerKey } from '../../../core/ports.ts';
import { createMemoryHub } from '../../../network/memory.ts';
import { Bodies, encodeOffer } from '../../../node/engine/bodies.ts';
import { Validator } from '../../../node/engine/validator.ts';
import { Pool } from '../../../node/mempool/pool.ts';
import { TransactionChecker } from '../../../node/mempool/transaction-checker.ts';
import { BLOCK_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import { createVerifier } from '../../../node/process/verifier.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { genesisOf, keyOf } from '../../chain/world.ts';
import { ManualClock } from '../../tracker/world.ts';
import { finalisedChain } from '../finalised-chain.ts';
import { quiet, registration } from '../replicas.ts';

type Answer = Uint8Array | 'nothing' | 'silence';
type Peers = { readonly [name: string]: (wanted: Uint8Array) => Answer };
const { block, hash } = genesisState(genesisOf());
const bytes = encodeBlock(block);

/** Our network among peers that answer as they are told, and whom it has asked, in order. */
async function among(
  answers: { readonly [name: string]: (wanted: Uint8Array) => Answer },
  clock: ManualClock,
) {
  const names = Object.keys(answers);
  const members = ['us', ...names].map((name) => ({ key: keyOf(name), addresses: [] }));
  const asked: string[] = [];
  const nameOf = (key: PeerKey): string => names.find((name) => equalBytes(keyOf(name), key))!;
  const hub = createMemoryHub({
    clock,
    deliver(_from, to, kind, wanted, run) {
      if (kind === 'request') asked.push(nameOf(to));
      if (kind !== 'request' || answers[nameOf(to)]!(wanted) !== 'silence') queueMicrotask(run);
    },
  });
  const networks: Network[] = [];
  for (const name of ['us', ...names]) {
    const network = hub.network(keyOf(name), { topics: [], protocols: [BLOCK_PROTOCOL], members });
    network.handle({
      frame() {},
      gossip: () => ({ kind: 'accept', value: undefined }),
      async request(_protocol, _from, wanted) {
        const answer = answers[name]!(wanted);
        return typeof answer === 'string' ? new Uint8Array(0) : answer;
      },
      connected() {},
      disconnected() {},
    });
    await network.start();
    networks.push(network);
  }
  const stop = () => Promise.all(networks.map((network) => network.stop()));
  return { network: networks[0]!, asked, stop };
}

const drained = () => new Promise((resolve) => setImmediate(resolve));

describe('a body that is not here', () => {
  const clock = new ManualClock();

  it('is asked of the next peer after a moment when the first one is silent', async () => {
    const { network, asked, stop } = await among({ bob: () => 'silence', cid: () => bytes }, clock);
    const obtained = new Bodies({ network, clock }).obtain(hash, keyOf('bob'));
    await drained();
    clock.move(limits.answerPatienceMs - 1);
    await drained();
    expect(asked).to.deep.equal(['bob']);
    clock.move(1);
    expect((await obtained)?.hash).to.deep.equal(hash);
    expect(asked).to.deep.equal(['bob', 'cid']);
    expect(limits.answerPatienceMs).to.be.below(limits.requestTimeoutMs / 10);
    await stop();
  });

  it('is asked of the next at once when one has nothing, or something else', async () => {
    const peers: Peers = { bob: () => 'nothing', cid: () => utf8('no block'), dan: () => bytes };
    const { network, asked, stop } = await among(peers, clock);
    expect((await new Bodies({ network, clock }).obtain(hash, keyOf('bob')))?.hash).to.deep.equal(hash);
    expect(asked[0]).to.equal('bob');
    await stop();
  });

  it('is asked of a bounded number of silent peers at a time, and nobody has it in the end', async () => {
    const many = Array.from({ length: limits.askedAtOnceMax + 3 }, (_, i) => `silent ${i}`);
    const peers = Object.fromEntries(many.map((name) => [name, (): Answer => 'silence']));
    const { network, asked, stop } = await among(peers, clock);
    const obtained = new Bodies({ network, clock }).obtain(hash, undefined);
    for (let i = 0; i < limits.askedAtOnceMax + 3; i++) {
      await drained();
      clock.move(limits.answerPatienceMs);
    }
    expect(asked).to.have.length(limits.askedAtOnceMax);
    for (let i = 0; i < 3; i++) {
      await drained();
      clock.move(limits.requestTimeoutMs);
    }
    expect(await obtained).to.equal(undefined);
    expect(new Set(asked).size).to.equal(many.length);
    await stop();
  });

  it('does not begin with the same silent peers each time', async () => {
    const { network, asked, stop } = await among({ bob: () => 'nothing', cid: () => 'nothing' }, clock);
    const bodies = new Bodies({ network, clock });
    for (let i = 0; i < 2; i++) expect(await bodies.obtain(hash, undefined)).to.equal(undefined);
    expect(asked[0]).not.to.equal(asked[2]);
    await stop();
  });

  it('is taken from an offer that comes meanwhile; a peer that lies about it is looked at once', async () => {
    const { network, stop } = await among({ bob: () => 'silence' }, clock);
    const bodies = new Bodies({ network, clock });
    const obtained = bodies.obtain(hash, keyOf('bob'));
    await drained();
    bodies.offer(keyOf('bob'), encodeOffer(hash, utf8('no block')));
    bodies.offer(keyOf('bob'), encodeOffer(hash, bytes)); // not looked at
    await drained();
    expect(await Promise.race([obtained, drained().then(() => 'waits')])).to.equal('waits');
    bodies.offer(keyOf('cid'), encodeOffer(hash, bytes));
    expect((await obtained)?.hash).to.deep.equal(hash);
    await stop();
  });
});

describe('a body under a true header with other transactions', () => {
  const clock = new ManualClock();

  /** A block that "ann" has made, the next after the head, and a forgery of it: the same header, an altered signature. */
  async function forged() {
    const store = createMemoryStore();
    await store.start();
    const { ledger, world } = await finalisedChain(store);
    const { block, hash, bytes } = world.run([registration(world.genesis, 'new', 'ann')]);
    const [transaction] = block.transactions;
    const altered = Uint8Array.from(transaction!);
    altered[altered.length >> 1]! ^= 1;
    const forgery = encodeBlock({ header: block.header, transactions: [altered] });
    const { parentHash, height } = block.header;
    clock.time = block.header.time;
    const judgeAmong = async (peers: Peers, offers: readonly [name: string, bytes: Uint8Array][]) => {
      const { network, stop } = await among(peers, clock);
      const bodies = new Bodies({ network, clock });
      for (const [name, offer] of offers) bodies.offer(keyOf(name), encodeOffer(hash, offer));
      const checker = new TransactionChecker({
        chainId: ledger.chainId,
        pool: new Pool(),
        verifier: createVerifier(),
      });
      const ports = { ledger, bodies, checker, clock, log: quiet, yieldToLoop: async () => {} };
      const judgement = await new Validator(ports).judge({ hash, parentHash, height }, keyOf('ann'));
      await stop();
      return judgement?.valid;
    };
    return { bytes, forgery, judgeAmong };
  }

  it('is no verdict against who made the block, whoever pushes it and however often', async () => {
    const { bytes, forgery, judgeAmong } = await forged();
    const pushed: [string, Uint8Array][] = ['bob', 'cid'].map((name) => [name, forgery]);
    expect(await judgeAmong({ ann: () => 'nothing' }, pushed)).to.equal(undefined);
    expect(await judgeAmong({ ann: () => bytes }, pushed)).to.equal(true);
  });

  it('is no verdict when it comes as an answer, and the next one is asked', async () => {
    const { bytes, forgery, judgeAmong } = await forged();
    expect(await judgeAmong({ ann: () => forgery, bob: () => forgery }, [])).to.equal(undefined);
    expect(await judgeAmong({ ann: () => forgery, bob: () => bytes }, [])).to.equal(true);
  });
});

describe('a block that is not what its proposer says', () => {
  const clock = new ManualClock();

  /** A ledger of one block, and seven blocks that follow, which "bob" has. */
  async function behind() {
    const store = createMemoryStore();
    await store.start();
    const { ledger, world, grow } = await finalisedChain(store);
    await grow(1);
    const next = Array.from({ length: 7 }, (_, i) =>
      world.run([registration(world.genesis, `new ${i}`, 'ann')]),
    );
    const answer = (wanted: Uint8Array): Answer => {
      const found = next.find((executed) => equalBytes(executed.hash, wanted));
      return found ? found.bytes : 'nothing';
    };
    const { network, asked, stop } = await among({ bob: answer }, clock);
    const checker = new TransactionChecker({
      chainId: ledger.chainId,
      pool: new Pool(),
      verifier: createVerifier(),
    });
    clock.time = next.at(-1)!.block.header.time;
    const validator = new Validator({
      ledger,
      checker,
      clock,
      log: quiet,
      yieldToLoop: async () => {},
      bodies: new Bodies({ network, clock }),
    });
    const ref = (at: number): BlockRef => {
      const { hash, block } = next[at]!;
      return { hash, parentHash: block.header.parentHash, height: block.header.height };
    };
    return { ledger, validator, ref, asked, stop };
  }

  it('is not valid, and costs one body: no parent is fetched for it', async () => {
    const { ledger, validator, ref, asked, stop } = await behind();
    const { hash, header } = ledger.head();
    const claimed = { hash: ref(6).hash, parentHash: hash, height: header.height + 1 };
    expect(await validator.judge(claimed, keyOf('bob'))).to.deep.equal({ valid: false });
    expect(asked).to.have.length(1);
    await stop();
  });

  it('is not judged before its parent, and fetches none', async () => {
    const { validator, ref, asked, stop } = await behind();
    expect(await validator.judge(ref(6), keyOf('bob'))).to.equal(undefined);
    expect(asked).to.have.length(1);
    await stop();
  });

  it('block.wrong-header: in the name of an authority whose turn it was not, or of no view after its parent’s', async () => {
    const store = createMemoryStore();
    await store.start();
    const { ledger, grow } = await finalisedChain(store);
    await grow(3);
    const parent = ledger.head();
    const { view, time, epoch } = parent.header;
    const keys = authorities(parent.view);
    const by = (at: number): PeerKey => keys[leader(epoch, at, keys.length)]!;
    const made = (proposer: PeerKey, at: number): Executed =>
      buildBlock(parent, [], { view: at, time: time + 1, proposer }).executed;
    const cases: readonly (readonly [Executed, boolean])[] = [
      [made(by(view + 1), view + 1), true],
      [made(by(view + 2), view + 1), false],
      [made(by(view + 1), view + 2), false],
      [made(by(view), view), false],
      [made(by(0), 0), false],
      [made(by(view + 5), view + 5), true], // whether it is that view consensus asks (R18)
    ];
    clock.time = time + 1;
    for (const [{ hash, bytes, block }, valid] of cases) {
      const { network, stop } = await among({ bob: () => bytes }, clock);
      const checker = new TransactionChecker({
        chainId: ledger.chainId,
        pool: new Pool(),
        verifier: createVerifier(),
      });
      const bodies = new Bodies({ network, clock });
      const validator = new Validator({
        ledger,
        checker,
        clock,
        log: quiet,
        yieldToLoop: async () => {},
        bodies,
      });
      const { parentHash, height } = block.header;
      const judgement = await validator.judge({ hash, parentHash, height }, keyOf('bob'));
      expect(judgement?.valid, `view ${block.header.view}`).to.equal(valid);
      await stop();
    }
  });

  it('does not stand in the way of the same block under its own name', async () => {
    const { validator, ref, stop } = await behind();
    const lie = { ...ref(0), height: 1 }; // a height that has been decided
    const [wrong, right] = await Promise.all([
      validator.judge(lie, keyOf('bob')),
      validator.judge(ref(0), keyOf('bob')),
    ]);
    expect(wrong?.valid).not.to.equal(true);
    expect(right?.valid).to.equal(true);
    const again = { ...ref(0), height: 9 };
    expect(await validator.judge(again, keyOf('bob'))).to.deep.equal({ valid: false });
    await stop();
  });
});
