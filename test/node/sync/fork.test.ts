/** Two histories that exclude each other, both signed by a quorum; and what an operator can say about it. */
import { expect } from 'chai';
import { decodeMessage, encodeMessage } from '../../../consensus/messages.ts';
import { toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { verifyHash } from '../../../core/sign.ts';
import { accept } from '../../../core/verdict.ts';
import { type Checkpoint, parseCheckpoint } from '../../../light/checkpoint.ts';
import { partAt, verifyAlone } from '../../../light/fork.ts';
import { createMemoryHub, type MemoryHub } from '../../../network/memory.ts';
import { Bodies } from '../../../node/engine/bodies.ts';
import { Validator } from '../../../node/engine/validator.ts';
import { BlockStore } from '../../../node/ledger/block-store.ts';
import { committeeOf } from '../../../node/ledger/committees.ts';
import { Ledger } from '../../../node/ledger/ledger.ts';
import { decodeRange, decodeRangeRequest, encodeHead, encodeRange } from '../../../node/ledger/messages.ts';
import { serveChain } from '../../../node/ledger/server.ts';
import { Pool } from '../../../node/mempool/pool.ts';
import { TransactionChecker } from '../../../node/mempool/transaction-checker.ts';
import { HEAD_PROTOCOL, RANGE_PROTOCOL } from '../../../node/peers/protocol-names.ts';
import type { Replica } from '../../../node/replica.ts';
import { forkJson, readFork } from '../../../node/sync/fork-record.ts';
import { createMemoryStore, type MemoryStore } from '../../../store/memory.ts';
import { hashOf, keyOf, LIBRARIES } from '../../chain/world.ts';
import { answerOf } from '../answer-of.ts';
import { answering } from '../answering.ts';
import { eventually } from '../eventually.ts';
import { type FinalisedChain, finalisedChain } from '../finalised-chain.ts';
import { type MovingClock, movingClock, verifierWithoutThread } from '../moving-clock.ts';
import { quiet, registration } from '../replicas.ts';
import { newcomer } from './newcomer.ts';

const members = LIBRARIES.map((name) => ({ key: keyOf(name), addresses: [] }));

describe('two final blocks that exclude each other', () => {
  let clock: MovingClock;
  let hub: MemoryHub;
  let store: MemoryStore;
  /** The chain that "dan" has, 8 blocks, and another one of the same genesis, which parts from it at height 4. */
  let ours: FinalisedChain;
  let theirs: FinalisedChain;
  let stops: (() => Promise<unknown>)[];
  let failures: unknown[];

  beforeEach(async () => {
    clock = movingClock();
    hub = createMemoryHub({ clock });
    stops = [];
    failures = [];
    store = await started();
    ours = await finalisedChain(store);
    theirs = await finalisedChain(await started());
    for (const chain of [ours, theirs]) await grow(chain, 3, 'same');
    await grow(ours, 5, 'ours');
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
  });

  for (const [where, blocks] of [
    ['ahead', 9],
    ['as high', 5],
    ['behind', 2],
  ] as const) {
    it(`stop the node with a sentence when the other side is ${where}, and both certificates are kept`, async () => {
      await grow(theirs, blocks, 'theirs');
      await serve('bob', theirs);
      const dan = await open();
      await until(() => failures.length > 0);
      expect(failures[0]).to.be.instanceOf(Fault).with.property('code', 'ledger.forked');
      expect((failures[0] as Fault).message).to.include('two final blocks exclude each other at height');
      expect(failures).to.have.length(1);
      const record = readFork(store)!;
      expect(partAt(record.first!, record.second)).to.equal(record.height);
      for (const run of [record.first!, record.second]) {
        const committee = (epoch: number) =>
          committeeOf({ ledger: dan.ledger, store, verify: verifyHash }, epoch);
        expect(verifyAlone(run, committee)).to.deep.equal(accept());
      }
      const shown = forkJson(record) as { first: { hash: string }; second: { hash: string } };
      expect(shown.first.hash).to.equal(toHex(ours.ledger.blocks.at(record.height)!.hash));
      expect(shown.second.hash).to.equal(toHex(theirs.ledger.blocks.at(record.height)!.hash));
      expect(toHex(dan.ledger.head().hash)).to.equal(toHex(ours.ledger.head().hash));
    });
  }

  it('are not made up by whoever says so: a head that nobody shows, a certificate that does not hold', async () => {
    const { height } = ours.ledger.head().header;
    await serve('bob', ours, (protocol, answer) =>
      protocol === HEAD_PROTOCOL ? encodeHead({ height, hash: hashOf('a lie') }) : answer,
    );
    await grow(theirs, 5, 'theirs');
    await serve('cid', theirs, (protocol, answer) => (protocol === RANGE_PROTOCOL ? forged(answer) : answer));
    await open();
    for (let second = 0; second < 30; second++) await moment(1_000);
    expect(failures).to.deep.equal([]);
    expect(readFork(store)).to.equal(undefined);
  });

  it('ledger.forked: keep the node from starting until a person has said which side is right', async () => {
    await grow(theirs, 5, 'theirs');
    await serve('bob', theirs);
    await open();
    await until(() => failures.length > 0);
    await stops.pop()!();
    expect(await codeOf(open())).to.equal('ledger.forked');
    const record = readFork(store)!;
    expect(await codeOf(open(checkpointOf(ours, record.height - 1)))).to.equal('ledger.forked');
    expect(await codeOf(open(checkpointOf(theirs, record.height)))).to.equal('ledger.other-chain');
    const before = failures.length;
    const dan = await open(checkpointOf(ours, record.height));
    for (let second = 0; second < 10; second++) await moment(1_000);
    expect(failures.length).to.equal(before);
    expect(dan.ledger.head().header.height).to.equal(8);
    expect(readFork(store), 'and the evidence stays').not.to.equal(undefined);
  });

  it('block.other-chain: in synchronisation, a member that has another block at the checkpoint is not followed', async () => {
    await grow(theirs, 9, 'theirs');
    await serve('bob', theirs);
    store = await started();
    const warned: unknown[] = [];
    const dan = await open(checkpointOf(ours, 6), warned);
    await until(() => warned.includes('block.other-chain'));
    for (let second = 0; second < 5; second++) await moment(1_000);
    expect(dan.ledger.head().header.height).to.equal(0);
    expect(warned, 'said once of each member').to.deep.equal(['block.other-chain']);
    expect(dan.checkpoint.ahead?.height).to.equal(6);
    await serve('ann', ours);
    await until(() => dan.ledger.head().header.height === 8);
    expect(dan.checkpoint.ahead).to.equal(undefined);
    expect(toHex(dan.ledger.head().hash)).to.equal(toHex(ours.ledger.head().hash));
    expect(failures).to.deep.equal([]);
  });

  it('block.other-chain: nor with it up to the checkpoint and beyond, when it says one thing and gives another', async () => {
    await grow(theirs, 9, 'theirs');
    await serve('bob', theirs, (protocol, answer, from) =>
      protocol === RANGE_PROTOCOL && from === 6 ? new Uint8Array(0) : answer,
    );
    store = await started();
    const warned: unknown[] = [];
    const dan = await open(checkpointOf(ours, 6), warned);
    await until(() => warned.includes('block.other-chain'));
    expect(dan.ledger.head().header.height).to.be.below(6);
  });

  it('block.other-chain: no vote and no verdict for another block at the checkpoint, and no commit', async () => {
    const checkpoint = { height: 9, hash: hashOf('another') };
    const ledger = await Ledger.open(new BlockStore(store, 100), ours.world.genesis, checkpoint);
    const { executed } = ours.world.build([]);
    clock.pass(executed.block.header.time - clock.now());
    const validator = new Validator({
      ledger,
      bodies: new Bodies({ network: await serve('ann', ours), clock }),
      checker: new TransactionChecker({
        chainId: ledger.chainId,
        pool: new Pool(),
        verifier: verifierWithoutThread,
      }),
      clock,
      log: quiet,
      yieldToLoop: async () => {},
    });
    const { parentHash, height } = executed.block.header;
    expect(height).to.equal(9);
    expect(await validator.judge({ hash: executed.hash, parentHash, height }, keyOf('ann'))).to.equal(
      undefined,
    );
    ledger.execute(executed.block, []);
    expect(() => ledger.prepareCommit(executed.hash, new Uint8Array(0)))
      .to.throw(Fault, 'the checkpoint says')
      .with.property('code', 'ledger.other-chain');
  });

  async function grow(chain: FinalisedChain, count: number, name: string): Promise<void> {
    for (let i = 0; i < count; i++) {
      const reader = `${name} ${chain.ledger.head().header.height}`;
      await chain.commit([registration(chain.world.genesis, reader, 'ann')]);
    }
  }

  async function serve(
    name: string,
    chain: FinalisedChain,
    twist: (protocol: string, answer: Uint8Array, from: number) => Uint8Array = (_, answer) => answer,
  ) {
    const protocols = serveChain(chain.ledger);
    const network = await answering(hub, name, members, async (protocol, bytes) => {
      const range = protocol === RANGE_PROTOCOL ? decodeRangeRequest(bytes) : undefined;
      const from = range?.kind === 'accept' ? range.value.from : 0;
      return twist(protocol, answerOf(protocols, protocol, bytes), from);
    });
    stops.push(() => network.stop());
    return network;
  }

  /** "dan", who holds what is in `store`. */
  const open = (checkpoint?: Checkpoint, warned: unknown[] = []): Promise<Replica> =>
    newcomer(
      { hub, clock, genesis: ours.world.genesis, stops },
      {
        ...{ store, checkpoint },
        log: {
          warn: (_, data) => void warned.push(data?.code),
          error: (_, data) => void warned.push(data?.code),
        },
        failed: (error) => void failures.push(error),
      },
    );

  const until = (holds: () => boolean) => eventually(holds, () => moment(20));

  async function moment(ms: number): Promise<void> {
    clock.pass(ms);
    for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
});

describe('a checkpoint', () => {
  it('is a height and a hash, and nothing else', () => {
    const hash = hashOf('a block');
    expect(parseCheckpoint(`12:${toHex(hash)}`)).to.deep.equal({ height: 12, hash });
    const upper = toHex(hash).toUpperCase();
    for (const wrong of [
      '',
      '12',
      `12:${toHex(hash)}0`,
      `-1:${toHex(hash)}`,
      `1e3:${toHex(hash)}`,
      `12:${upper}`,
    ]) {
      expect(parseCheckpoint(wrong), wrong).to.equal(undefined);
    }
  });
});

function checkpointOf({ ledger }: FinalisedChain, height: number): Checkpoint {
  return { height, hash: ledger.blocks.at(height)!.hash };
}

async function started(): Promise<MemoryStore> {
  const made = createMemoryStore();
  await made.start();
  return made;
}

async function codeOf(opening: Promise<unknown>): Promise<string | undefined> {
  try {
    await opening;
    return undefined;
  } catch (error) {
    return error instanceof Fault ? error.code : String(error);
  }
}

/** The same blocks with a certificate that nobody has signed. */
function forged(answer: Uint8Array): Uint8Array {
  const range = decodeRange(answer);
  if (range.kind !== 'accept') return answer;
  return encodeRange(
    range.value.map(({ block, certificate }) => {
      const message = certificate && decodeMessage(certificate);
      if (message?.kind !== 'accept' || message.value.kind !== 'finalization') return { block, certificate };
      const signatures = message.value.signatures.map((signature) => signature.map((byte) => byte ^ 1));
      return { block, certificate: encodeMessage({ ...message.value, signatures }) };
    }),
  );
}
