import { expect } from 'chai';
import fc from 'fast-check';
import {
  type CheckedTransaction,
  encodeChecked,
  payerOf,
  sponsorOf,
} from '../../../chain/transaction/signing.ts';
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import { Pool } from '../../../node/mempool/pool.ts';
import { hashOf, infoHashesOf, keyOf } from '../../chain/world.ts';

const SIGNATURE = new Uint8Array(64);
const NONE: ReadonlySet<string> = new Set();

/** Keys are not looked at here: a hash of the name will do, and costs less. */
function download(reader: string, file: string): CheckedTransaction {
  const [hash, key] = [hashOf(file), hashOf(reader)];
  return encodeChecked({ kind: 'download', hash, key, expires: undefined, signature: SIGNATURE });
}

function upload(reader: string, file: string, sponsor: string): CheckedTransaction {
  return encodeChecked({
    kind: 'upload',
    hash: hashOf(file),
    size: 1n,
    name: file,
    infoHashes: infoHashesOf('a file'),
    key: hashOf(reader),
    expires: undefined,
    signature: SIGNATURE,
    sponsor: keyOf(sponsor),
    sponsorExpires: 0,
    sponsorSignature: SIGNATURE,
  });
}

function idsOf(all: Iterable<CheckedTransaction>): Set<string> {
  return new Set([...all].map(({ id }) => toHex(id)));
}

describe('the pool', () => {
  it('gives the transactions of one key in the order of arrival, without those that are taken', () => {
    const pool = new Pool();
    const [a, b, c] = ['a', 'b', 'c'].map((file) => download('reader', file));
    for (const one of [a!, b!, c!]) expect(pool.add(one)).to.deep.equal({ kind: 'accept', value: undefined });
    expect([...pool.candidates(idsOf([b!]))]).to.deep.equal([a, c]);
    expect(pool.hasBeside(idsOf([a!, b!, c!]))).to.equal(false);
    expect(pool.hasBeside(idsOf([a!]))).to.equal(true);
    expect(pool.remove(toHex(a!.id))).to.equal(a);
    expect(pool.remove(toHex(a!.id))).to.equal(undefined);
    expect(pool.size).to.equal(2);
    expect(pool.bytes).to.equal(b!.bytes.length + c!.bytes.length);
  });

  it('transaction.known: takes nothing twice', () => {
    const pool = new Pool();
    pool.add(download('reader', 'a'));
    expect(pool.add(download('reader', 'a'))).to.deep.equal({ kind: 'ignore', code: 'transaction.known' });
    expect(pool.size).to.equal(1);
  });

  it('lets readers take turns, and whoever has had one begin last', () => {
    const pool = new Pool();
    const [a1, a2, a3, b1, b2, c1] = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1'].map((file) =>
      download(file[0]!, file),
    );
    for (const one of [a1!, a2!, a3!, b1!, b2!, c1!]) pool.add(one);
    expect([...pool.candidates(NONE)]).to.deep.equal([a1, b1, c1, a2, b2, a3]);
    expect([...pool.candidates(idsOf([a1!, b1!]))], 'what is taken was a turn').to.deep.equal([
      c1,
      a2,
      b2,
      a3,
    ]);
    for (const final of [a1!, b1!]) pool.remove(toHex(final.id));
    expect([...pool.candidates(NONE)]).to.deep.equal([c1, a2, b2, a3]);
  });

  it('gives readers half of a block whatever members sponsor, and every member the same share', () => {
    const pool = new Pool();
    for (let i = 0; i < 100; i++) pool.add(upload(`invented ${i}`, `flood ${i}`, 'ann'));
    const honest = upload('reader', 'a book', 'bob');
    const purchases = [download('r1', 'a'), download('r1', 'b'), download('r2', 'c')];
    for (const one of [honest, ...purchases]) pool.add(one);
    const first = [...pool.candidates(NONE)].slice(0, 6);
    expect(first.filter(({ transaction }) => transaction.kind === 'download')).to.have.length(3);
    expect(first).to.include(honest);
  });

  it('pool.key-full: lets no key push out the others', () => {
    const pool = new Pool();
    for (let i = 0; i < limits.poolTransactionsPerKeyMax; i++) pool.add(download('reader', `file ${i}`));
    expect(pool.add(download('reader', 'one more'))).to.deep.equal({ kind: 'reject', code: 'pool.key-full' });
    expect(pool.add(download('uploader', 'one more')).kind).to.equal('accept');
    pool.remove(toHex(download('reader', 'file 0').id));
    expect(pool.add(download('reader', 'one more')).kind).to.equal('accept');
  });

  it('pool.sponsor-full: lets no member fill it with uploads of keys that it invents', () => {
    const pool = new Pool();
    for (let i = 0; i < limits.poolTransactionsPerSponsorMax; i++) {
      expect(pool.add(upload(`invented ${i}`, 'x', 'ann')).kind).to.equal('accept');
    }
    expect(pool.add(upload('one more', 'x', 'ann'))).to.deep.equal({
      kind: 'reject',
      code: 'pool.sponsor-full',
    });
    expect(pool.add(upload('one more', 'x', 'bob')).kind).to.equal('accept');
    expect(pool.add(download('invented 1', 'x')).kind).to.equal('accept');
  });

  it('pool.full: makes room for a newcomer at the end of a long queue, and for no queue that is as long', () => {
    const pool = new Pool();
    const pushedOut: CheckedTransaction[] = [];
    pool.onPushedOut((checked) => pushedOut.push(checked));
    const readers = limits.poolTransactionsMax / limits.poolTransactionsPerKeyMax;
    for (let reader = 0; reader < readers; reader++) {
      for (let i = 0; i < limits.poolTransactionsPerKeyMax; i++) {
        expect(pool.add(download(`${reader}`, `file ${i}`)).kind).to.equal('accept');
      }
    }
    expect(pool.add(download('newcomer', 'a book')).kind).to.equal('accept');
    expect(pool.size).to.equal(limits.poolTransactionsMax);
    const last = `file ${limits.poolTransactionsPerKeyMax - 1}`;
    expect(pushedOut).to.deep.equal([download('0', last)]);
    expect([...pool.candidates(NONE)].slice(0, readers + 1)).to.deep.include(download('newcomer', 'a book'));
    let taken = 1;
    while (pool.add(download('newcomer', `file ${taken}`)).kind === 'accept') taken += 1;
    expect(taken, 'within a factor of two of the others').to.be.within(256, 1_000);
    expect(pool.add(download('newcomer', 'too much'))).to.deep.equal({ kind: 'reject', code: 'pool.full' });
    expect(pool.add(download('one more', 'a book')).kind).to.equal('accept');
    expect(pool.bytes).to.be.at.most(limits.poolBytesMax);
  });

  it('keeps its order, counts and fairness whatever comes and goes (property)', () => {
    const READERS = 4;
    const SPONSORS = ['ann', 'bob'];
    const step = fc.record({
      kind: fc.constantFrom('download', 'upload', 'remove'),
      who: fc.nat(READERS - 1),
      file: fc.nat(8),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.nat(), (steps, seed) => {
        const pool = new Pool();
        const model = new Map<string, CheckedTransaction>();
        for (const { kind, who, file } of steps) {
          const one =
            kind === 'upload'
              ? upload(`${who}`, `${file}`, SPONSORS[who % 2]!)
              : download(`${who}`, `${file}`);
          const id = toHex(one.id);
          if (kind === 'remove') expect(pool.remove(id) !== undefined).to.equal(model.delete(id));
          else if (pool.add(one).kind === 'accept') model.set(id, one);
        }
        const waiting = [...model.values()];
        expect([...pool.all()].map(({ id }) => id)).to.deep.equal(waiting.map(({ id }) => id));
        expect(pool.size).to.equal(model.size);
        expect(pool.bytes).to.equal(waiting.reduce((sum, { bytes }) => sum + bytes.length, 0));

        const taken = idsOf(waiting.filter((_, i) => (seed >> (i % 16)) & 1));
        const candidates = [...pool.candidates(taken)];
        expect(idsOf(candidates)).to.deep.equal(idsOf(waiting.filter(({ id }) => !taken.has(toHex(id)))));
        expect([...pool.candidates(taken)]).to.deep.equal(candidates);
        const turns = new Map<string, number>();
        let least = 0;
        for (const one of pool.candidates(NONE)) {
          const queue = queueOf(one);
          const ofQueue = waiting.filter((other) => queueOf(other) === queue);
          const turn = turns.get(queue) ?? 0;
          expect(toHex(one.id), 'the order of arrival').to.equal(toHex(ofQueue[turn]!.id));
          turns.set(queue, turn + 1);
          if (!queue.startsWith('reader')) continue;
          expect(turn, 'nobody has two turns more than who still waits').to.be.at.least(least);
          least = Math.max(least, turn);
        }
      }),
      { numRuns: 100 },
    );
  });
});

function queueOf({ transaction }: CheckedTransaction): string {
  const sponsor = sponsorOf(transaction);
  return sponsor === undefined ? `reader ${toHex(payerOf(transaction))}` : `member ${toHex(sponsor)}`;
}
