import { expect } from 'chai';
import { type CheckedTransaction, encodeChecked } from '../../../chain/transaction/signing.ts';
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import { CANDIDATES_MAX } from '../../../node/engine/builder.ts';
import { hashOf } from '../../chain/world.ts';
import { eventually } from '../eventually.ts';
import { registration, startFederation, type TestFederation } from '../replicas.ts';

describe('submission', () => {
  let federation: TestFederation;
  beforeEach(async () => {
    federation = await startFederation(['ann', 'bob', 'cid']);
  });
  afterEach(() => federation.stop());

  it('tells each of many when it is final, and no block of ours takes more than the loop can bear', async () => {
    const [ann] = federation.replicas;
    const sizes: number[] = [];
    ann!.ledger.onCommit(({ transactions }) => sizes.push(transactions.length));
    const count = CANDIDATES_MAX + 50;
    const verdicts = await Promise.all(
      Array.from({ length: count }, (_, i) =>
        ann!.submission.submit(registration(federation.genesis, `reader ${i}`, 'ann')),
      ),
    );
    expect(new Set(verdicts.map(({ kind }) => kind))).to.deep.equal(new Set(['accept']));
    expect(sizes.reduce((sum, size) => sum + size, 0)).to.equal(count);
    expect(Math.max(...sizes)).to.be.at.most(CANDIDATES_MAX);
    expect(ann!.pool.size).to.equal(0);
  });

  it('says of many calls with one transaction, and of those that came by another way, which one has caused it', async () => {
    const [ann, bob] = federation.replicas;
    const transaction = registration(federation.genesis, 'first', 'ann');
    const same = await Promise.all([1, 2, 3].map(() => ann!.submission.submit(transaction)));
    const causes = (verdicts: typeof same) =>
      verdicts.map((verdict) => verdict.kind === 'accept' && verdict.value.caused);
    expect(causes(same)).to.deep.equal([true, false, false]);
    const another = await bob!.submission.submit(transaction);
    expect(another.kind, 'the ledger says so by now').not.to.equal('reject');
    const gossiped = encodeChecked(registration(federation.genesis, 'second', 'ann'));
    bob!.pool.add(gossiped);
    expect(causes([await bob!.submission.enter(gossiped)])).to.deep.equal([false]);
    const twice = ['ann', 'bob'].map((by) => registration(federation.genesis, 'third', by));
    const done = await Promise.all(twice.map((one) => ann!.submission.submit(one)));
    expect(causes(done).sort(), 'two transactions that want the same').to.deep.equal([false, true]);
  });

  it('pool.full: says so to whoever waits for what had to make room', async () => {
    const [ann, bob, cid] = federation.replicas;
    await Promise.all([bob!.stop(), cid!.stop()]); // nothing becomes final
    federation.replicas.splice(1);
    const { pool, submission } = ann!;
    const long = limits.poolTransactionsPerKeyMax;
    const answers = Array.from({ length: long }, (_, i) =>
      submission.submit(registration(federation.genesis, `reader ${i}`, 'ann')),
    );
    await eventually(() => pool.size >= long);
    const last = [...pool.all()].at(-1)!;
    for (let i = 0; pool.size < limits.poolTransactionsMax; i++) pool.add(download(i % (long / 5), i));
    expect(pool.add(download(long, 0)).kind).to.equal('accept');
    expect(pool.has(toHex(last.id))).to.equal(false);
    expect(await Promise.race(answers)).to.deep.include({ kind: 'reject', code: 'pool.full' });
  });
});

/** Of a reader that nobody knows, for a file that nobody has: the pool does not ask. */
function download(reader: number, file: number): CheckedTransaction {
  const [key, hash] = [hashOf(`reader ${reader}`), hashOf(`file ${file}`)];
  return encodeChecked({ kind: 'download', hash, key, expires: undefined, signature: new Uint8Array(64) });
}
