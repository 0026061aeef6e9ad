import { assert, expect } from 'chai';
import { account } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { keyOf } from '../chain/world.ts';
import { registration, startFederation, type TestFederation, untilHeight } from './replicas.ts';

describe('replicas', () => {
  let federation: TestFederation;
  beforeEach(async () => {
    // Of now: a block is made for what is submitted, and for nothing else.
    federation = await startFederation(['ann', 'bob', 'cid'], { time: Date.now() });
  });
  afterEach(() => federation.stop());

  const heads = () => federation.replicas.map(({ ledger }) => toHex(ledger.head().hash));

  it('agree on what one of them was told', async () => {
    const [ann, bob] = federation.replicas;
    const verdict = await ann!.submission.submit(registration(federation.genesis, 'new', 'ann'));
    expect(verdict.kind).to.equal('accept');
    await untilHeight(federation.replicas, 1);
    expect(new Set(heads()).size).to.equal(1);
    expect(account(bob!.ledger.head().view, keyOf('new'))?.tokens).to.equal(0n);
    expect(ann!.pool.size).to.equal(0);
  });

  it('answer everybody who submits the same, and say when it was done before', async () => {
    const { submission } = federation.replicas[0]!;
    const transaction = registration(federation.genesis, 'new', 'ann');
    const [one, two] = await Promise.all([submission.submit(transaction), submission.submit(transaction)]);
    assert(one.kind === 'accept' && two.kind === 'accept');
    expect(one.value).to.deep.equal({ ...two.value, caused: true });
    expect(two.value.caused).to.equal(false);
    expect(await submission.submit(transaction)).to.deep.equal({
      kind: 'ignore',
      code: 'register.already-known',
    });
  });

  it('signature.wrong, member.unknown: refuse before anything is pooled', async () => {
    const { submission, pool } = federation.replicas[0]!;
    const good = registration(federation.genesis, 'new', 'ann');
    const forged = { ...good, signature: new Uint8Array(64) };
    expect(await submission.submit(forged)).to.include({ kind: 'reject', code: 'signature.wrong' });
    const stranger = registration(federation.genesis, 'new', 'stranger');
    expect(await submission.submit(stranger)).to.include({ kind: 'reject', code: 'member.unknown' });
    expect(pool.size).to.equal(0);
  });

  it('let a member that does not vote follow, and catch up from nothing', async () => {
    const [ann] = federation.replicas;
    for (const reader of ['one', 'two', 'three']) {
      await ann!.submission.submit(registration(federation.genesis, reader, 'ann'));
    }
    const dan = await federation.join('dan');
    await untilHeight(federation.replicas, 3);
    expect(new Set(heads()).size).to.equal(1);
    expect(dan.engine.status().finalisedView).to.be.greaterThan(0);
    const verdict = await dan.submission.submit(registration(federation.genesis, 'four', 'dan'));
    expect(verdict.kind).to.equal('accept');
    expect(account(ann!.ledger.head().view, keyOf('four'))?.tokens).to.equal(0n);
  });

  it('go on from their disk after a crash, and catch up on what they missed', async () => {
    const [ann, bob, cid] = federation.replicas;
    await ann!.submission.submit(registration(federation.genesis, 'one', 'ann'));
    await untilHeight(federation.replicas, 1);
    await cid!.stop();
    federation.replicas.pop();
    cid!.store.crash({ keep: 'none' });
    expect(bob!.engine.status().epoch).to.equal(0);
    const again = await federation.join('cid', cid!);
    const verdict = await again.submission.submit(registration(federation.genesis, 'two', 'cid'));
    expect(verdict.kind).to.equal('accept');
    await untilHeight(federation.replicas, 2);
    expect(new Set(heads()).size).to.equal(1);
  });

  it('node.not-ready: tell those who wait that the library stops', async () => {
    const [ann, bob, cid] = federation.replicas;
    await Promise.all([bob!.stop(), cid!.stop()]);
    federation.replicas.splice(1);
    const waiting = ann!.submission.submit(registration(federation.genesis, 'new', 'ann'));
    await new Promise((resolve) => setImmediate(resolve));
    await ann!.stop();
    federation.replicas.pop();
    expect((await waiting).kind).to.equal('reject');
  });
});
