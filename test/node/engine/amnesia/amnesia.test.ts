import { expect } from 'chai';
import { account } from '../../../../chain/queries.ts';
import { encodeChecked, signTransaction } from '../../../../chain/transaction/signing.ts';
import { toHex } from '../../../../core/bytes.ts';
import type { Clock } from '../../../../core/ports.ts';
import { createMemoryWatermark } from '../../../../node/engine/amnesia/watermark-memory.ts';
import type { EngineRole } from '../../../../node/engine/role.ts';
import { systemClock, systemRandom } from '../../../../node/process/system.ts';
import { createMemoryStore, type MemoryStore } from '../../../../store/memory.ts';
import { keyOf, seedOf } from '../../../chain/world.ts';
import { electionAt } from '../../election.ts';
import { eventually } from '../../eventually.ts';
import { registration, startFederation, type TestFederation, type TestReplica } from '../../replicas.ts';

const LIBRARIES = ['ann', 'bob', 'cid', 'dan'];
/** As replicas.ts has it: 2Δ. */
const LISTEN_MS = 400;

describe('amnesia', () => {
  let federation: TestFederation;
  afterEach(async () => {
    for (const { accused } of federation.replicas) expect(accused).to.deep.equal([]);
    await federation.stop();
  });

  const start = async (names = LIBRARIES, clock: Clock = systemClock): Promise<void> => {
    federation = await startFederation(names, { authorities: names.length, clock });
    await all('authority');
  };
  const all = (role: EngineRole): Promise<void> =>
    eventually(() => federation.replicas.every((replica) => replica.engine.role === role));
  const becomes = (replica: TestReplica, role: EngineRole): Promise<void> =>
    eventually(() => replica.engine.role === role);
  const register = async (by: TestReplica, reader: string): Promise<void> => {
    const verdict = await by.submission.submit(registration(federation.genesis, reader, by.name));
    expect(verdict.kind).to.equal('accept');
  };
  const agreed = (): Promise<void> =>
    eventually(() => new Set(federation.replicas.map(({ ledger }) => toHex(ledger.head().hash))).size === 1);
  /** A federation that runs, dan in it, and what dan's home was before it began to sign again. */
  const copyOfWholeHome = async () => {
    await start();
    await register(federation.replicas[0]!, 'one');
    const first = await federation.kill('dan');
    const old = { store: await copyOf(first.store), watermark: createMemoryWatermark(first.watermark.mark) };
    const again = await federation.join('dan', first);
    await becomes(again, 'authority');
    return { old, again };
  };

  it('does not trouble a node whose disk is whole, nor four that start at once', async () => {
    await start();
    await register(federation.replicas[0]!, 'one');
    const dead = [];
    for (const name of LIBRARIES) dead.push(await federation.kill(name));
    await Promise.all(dead.map((replica) => federation.join(replica.name, replica)));
    await all('authority');
    await register(federation.replicas[0]!, 'two');
    await agreed();
  });

  it('lets nobody sign before so many have answered as a quorum needs, whoever is silent beyond them', async () => {
    let listened = 0;
    const clock: Clock = {
      ...systemClock,
      after: (ms, run) =>
        systemClock.after(ms, () => {
          run();
          if (ms === LISTEN_MS) listened += 1;
        }),
    };
    await start(LIBRARIES, clock);
    const dead = [];
    for (const name of LIBRARIES) dead.push(await federation.kill(name));
    listened = 0;
    const [ann, bob] = [await federation.join('ann', dead[0]), await federation.join('bob', dead[1])];
    await eventually(() => listened === 2);
    expect([ann.engine.role, bob.engine.role]).to.deep.equal(['listening', 'listening']);
    const cid = await federation.join('cid', dead[2]);
    for (const replica of [ann, bob, cid]) await becomes(replica, 'authority');
    await register(ann, 'one');
  });

  it('an old copy of the whole home signs nothing behind the others, who keep no votes of it there', async () => {
    await start();
    const first = await federation.kill('dan');
    const old = { store: await copyOf(first.store), watermark: createMemoryWatermark(first.watermark.mark) };
    const again = await federation.join('dan', first);
    await becomes(again, 'authority');
    for (const name of ['one', 'two', 'three', 'four', 'five']) await register(again, name);
    await agreed();
    await federation.kill('dan');
    const dan = await federation.join('dan', old);
    await becomes(dan, 'authority');
    await register(dan, 'six');
    await agreed();
  });

  it('the operator may decide although one of four is gone for ever: what the others hold binds it', async () => {
    await start();
    await federation.kill('cid');
    await register(federation.replicas[0]!, 'one'); // needs the vote of dan
    await federation.kill('dan');
    const dan = await federation.join('dan', { watermark: forgotten() }, true);
    await becomes(dan, 'authority');
    await register(dan, 'two');
    await register(federation.replicas[0]!, 'three');
    await agreed();
  });

  for (const lost of ['everything', 'the database', 'the watermark'] as const) {
    it(`a node that has lost ${lost} follows, then signs above the fence`, async () => {
      await start();
      await register(federation.replicas[0]!, 'one');
      const { store, watermark } = await federation.kill('dan');
      const dan = await federation.join('dan', {
        store: lost === 'the watermark' ? store : createMemoryStore(),
        watermark: lost === 'the database' ? watermark : forgotten(),
      });
      expect(dan.engine.role).to.equal('amnesic');
      await becomes(dan, 'authority');
      await register(federation.replicas[0]!, 'two');
      await register(dan, 'three');
      await agreed();
      // It counts again: without it and one more there is no quorum.
      await federation.kill('cid');
      await register(dan, 'four');
      expect(account(dan.ledger.head().view, keyOf('one'))).not.to.equal(undefined);
    });
  }

  it('an old copy of the database does not fit the watermark', async () => {
    await start();
    await register(federation.replicas[0]!, 'one');
    const first = await federation.kill('dan');
    const old = await copyOf(first.store);
    const again = await federation.join('dan', first);
    await becomes(again, 'authority');
    await register(again, 'two');
    await agreed();
    const { watermark } = await federation.kill('dan');
    const dan = await federation.join('dan', { store: old, watermark });
    expect(dan.engine.role).to.equal('amnesic');
    await becomes(dan, 'authority');
    await register(dan, 'three');
    await agreed();
  });

  it('an old copy of the whole home is found out when another authority holds a vote of it', async () => {
    const { old, again } = await copyOfWholeHome();
    const bob = await federation.kill('bob');
    await register(again, 'two'); // needs the vote of dan
    await federation.kill('dan');
    const dan = await federation.join('dan', old);
    await becomes(dan, 'amnesic');
    await federation.join('bob', bob);
    await becomes(dan, 'authority');
  });

  it('a doubt that others have raised outlives a restart', async () => {
    const { old, again } = await copyOfWholeHome();
    await federation.kill('bob');
    await register(again, 'two'); // needs the vote of dan
    await federation.kill('dan');
    await becomes(await federation.join('dan', old), 'amnesic'); // two of the three others cannot be enough
    const doubting = await federation.kill('dan');
    for (const name of ['ann', 'cid']) await federation.kill(name); // nobody can show the vote again
    const dan = await federation.join('dan', doubting);
    expect(dan.engine.role).to.equal('amnesic');
  });

  it('waits while too few are sure, and says so; the operator may decide', async () => {
    await start();
    await register(federation.replicas[0]!, 'one');
    await federation.kill('cid');
    const { store } = await federation.kill('dan');
    const copy = await copyOf(store);
    const dan = await federation.join('dan', { store, watermark: forgotten() });
    await eventually(() => dan.engine.status().view >= federation.replicas[0]!.engine.status().view);
    expect(dan.engine.role).to.equal('amnesic');
    await federation.kill('dan');
    const decided = await federation.join('dan', { store: copy, watermark: forgotten() }, true);
    await becomes(decided, 'authority');
    await register(decided, 'two');
  });

  it('with two or three authorities every vote is known to the others, and goes on', async () => {
    await start(['ann', 'bob', 'cid']);
    await register(federation.replicas[0]!, 'one');
    await federation.kill('cid');
    const pending = federation.replicas[0]!.submission.submit(registration(federation.genesis, 'two', 'ann'));
    const cid = await federation.join('cid', { watermark: forgotten() });
    await becomes(cid, 'authority');
    expect((await pending).kind).to.equal('accept');
    await register(cid, 'three');
    await agreed();
  });

  it('does not hold up the end of an epoch that needs its vote, and asks again in the next one', async () => {
    await start(['ann', 'bob', 'cid']);
    const { submission, ledger, engine } = federation.replicas[0]!;
    const { chainId } = ledger;
    const expires = Math.floor(systemClock.now() / 1_000) + 600;
    const nonce = systemRandom.bytes(16);
    const action = electionAt(ledger, ['ann', 'cid']);
    const unsigned = { kind: 'propose' as const, action, nonce, expires, proposer: keyOf('cid') };
    const proposal = signTransaction<'propose'>(chainId, unsigned, seedOf('cid'));
    const approvalBy = (name: string) =>
      signTransaction<'approve'>(
        chainId,
        { kind: 'approve', proposal: encodeChecked(proposal).id, authority: keyOf(name) },
        seedOf(name),
      );
    await submission.submit(proposal);
    await submission.submit(approvalBy('bob'));
    await federation.kill('cid');
    const last = submission.submit(approvalBy('ann'));
    // The block that ends the epoch is known, and cannot be final without cid.
    for (const { engine: one } of federation.replicas) {
      await untilTrue(async () => (await one.reportVotes(keyOf('cid'))).seals);
    }
    const cid = await federation.join('cid', { watermark: forgotten() });
    const roles = new Set<EngineRole>();
    cid.ledger.onAdvanced(() => setImmediate(() => roles.add(cid.engine.role)));
    expect((await last).kind).to.equal('accept');
    await becomes(cid, 'authority');
    expect(engine.role).to.equal('authority');
    await register(cid, 'of the new epoch');
    await agreed();
    expect(cid.ledger.head().header.epoch).to.equal(1);
    expect([...roles]).to.include('amnesic');
  });

  it('a member that does not vote gets its memory back, too', async () => {
    federation = await startFederation(LIBRARIES);
    await register(federation.replicas[0]!, 'one');
    await agreed();
    await federation.kill('dan');
    const dan = await federation.join('dan', { watermark: forgotten() });
    expect(dan.engine.role).to.equal('amnesic');
    await becomes(dan, 'observer');
    await agreed();
  });

  it('one authority among members waits for its operator, alone it goes on', async () => {
    federation = await startFederation(['ann', 'bob'], { authorities: 1 });
    await becomes(federation.replicas[0]!, 'authority');
    await register(federation.replicas[0]!, 'one');
    await agreed();
    await federation.kill('ann');
    const ann = await federation.join('ann', { watermark: forgotten() });
    await agreed(); // bob has given it the ledger back
    expect(ann.engine.role).to.equal('amnesic');
    await federation.kill('ann');
    const again = await federation.join('ann', { store: ann.store, watermark: forgotten() }, true);
    await becomes(again, 'authority');
    await register(again, 'two');
    await agreed();
  });
});

async function untilTrue(look: () => Promise<boolean>): Promise<void> {
  while (!(await look())) await new Promise((resolve) => setTimeout(resolve, 10));
}

function forgotten() {
  const watermark = createMemoryWatermark();
  watermark.mark = undefined;
  return watermark;
}

async function copyOf(store: MemoryStore): Promise<MemoryStore> {
  await store.start();
  const rows = await store.range({ from: new Uint8Array(0), to: Uint8Array.of(0xff), limit: 1_000_000 });
  const copy = createMemoryStore();
  await copy.start();
  await copy.write(
    rows.map(([key, value]) => ({ type: 'put', key, value })),
    { sync: true },
  );
  await copy.stop();
  await store.stop();
  return copy;
}
