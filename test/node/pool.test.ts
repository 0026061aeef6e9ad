import { expect } from 'chai';
import { encodeChecked } from '../../chain/signing.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { Pool } from '../../node/pool.ts';
import { hashOf, keyOf } from '../chain/world.ts';

const NO_SIGNATURE = new Uint8Array(64);

function download(reader: string, file: string) {
  const key = keyOf(reader);
  return encodeChecked({
    kind: 'download',
    hash: hashOf(file),
    key,
    expires: undefined,
    signature: NO_SIGNATURE,
  });
}

describe('the pool', () => {
  it('gives its transactions in the order of arrival, without those that are taken', () => {
    const pool = new Pool();
    const [a, b, c] = ['a', 'b', 'c'].map((file) => download('reader', file));
    for (const one of [a!, b!, c!]) expect(pool.add(one)).to.deep.equal({ kind: 'accept', value: undefined });
    expect([...pool.candidates(new Set([toHex(b!.id)]))]).to.deep.equal([a, c]);
    expect(pool.hasBeside(new Set([a!, b!, c!].map(({ id }) => toHex(id))))).to.equal(false);
    expect(pool.hasBeside(new Set([toHex(a!.id)]))).to.equal(true);
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

  it('pool.key-full: lets no key push out the others', () => {
    const pool = new Pool();
    for (let i = 0; i < limits.poolTransactionsPerKeyMax; i++) pool.add(download('reader', `file ${i}`));
    expect(pool.add(download('reader', 'one more'))).to.deep.equal({ kind: 'reject', code: 'pool.key-full' });
    expect(pool.add(download('uploader', 'one more')).kind).to.equal('accept');
    pool.remove(toHex(download('reader', 'file 0').id));
    expect(pool.add(download('reader', 'one more')).kind).to.equal('accept');
  });

  it('pool.full: is bounded by count', () => {
    const pool = new Pool();
    const readers = Array.from({ length: 51 }, (_, i) => `reader ${i}`);
    let full = 0;
    for (const reader of readers) {
      for (let i = 0; i < limits.poolTransactionsPerKeyMax; i++) {
        const verdict = pool.add(download(reader, `file ${i}`));
        if (verdict.kind === 'reject' && verdict.code === 'pool.full') full += 1;
      }
    }
    expect(pool.size).to.be.at.most(limits.poolTransactionsMax);
    expect(full).to.equal(51_000 - pool.size);
    expect(pool.bytes).to.be.at.most(limits.poolBytesMax);
  });
});
