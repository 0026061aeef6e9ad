import { expect } from 'chai';
import fc from 'fast-check';
import { decode, encode, hasExactly } from '../../core/codec.ts';

const code = (bytes: Uint8Array, max = 1_000): string => {
  const verdict = decode(bytes, max);
  return verdict.kind === 'accept' ? 'accept' : verdict.code;
};

describe('codec', () => {
  it('has one encoding per value', () => {
    expect(
      Buffer.from(encode({ b: 1, a: [null, true, Uint8Array.of(7)], c: 2n ** 63n - 1n })).toString('hex'),
    ).to.equal('a3616183f6f5410761620161631b7fffffffffffffff');
  });

  it('codec.too-long: refuses before it looks', () =>
    expect(code(encode('abc'), 3)).to.equal('codec.too-long'));

  it('codec.malformed: refuses what is not DAG-CBOR', () => {
    expect(code(Uint8Array.of(0xff))).to.equal('codec.malformed');
    expect(code(new Uint8Array(0))).to.equal('codec.malformed');
    expect(code(Uint8Array.of(0x01, 0x01))).to.equal('codec.malformed');
  });

  it('codec.malformed: refuses what is nested deeper than the stack, maps as well as lists', () => {
    const nested = (unit: readonly number[], end: number, depth: number): Uint8Array =>
      Uint8Array.from([...Array.from({ length: depth }, () => unit).flat(), end]);
    for (const depth of [1_000, 3_000, 4_500, 5_500, 7_000, 50_000]) {
      for (const bytes of [nested([0x81], 0x80, depth), nested([0xa1, 0x61, 0x61], 0xa0, depth)]) {
        expect(code(bytes, bytes.length)).to.be.oneOf(['accept', 'codec.malformed']);
      }
    }
    expect(code(nested([0xa1, 0x61, 0x61], 0xa0, 50_000), 1_000_000)).to.equal('codec.malformed');
  });

  it('codec.not-canonical: refuses a second spelling of a value', () => {
    expect(code(Uint8Array.from([0xa2, 0x61, 0x62, 0x01, 0x61, 0x61, 0x01]))).to.equal('codec.not-canonical');
  });

  it('gives only verdicts, and accepts only what encodes to the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        const verdict = decode(bytes, 64);
        if (verdict.kind === 'accept') expect(encode(verdict.value as never)).to.deep.equal(bytes);
      }),
      { numRuns: 20_000 },
    );
  });

  it('knows a map by its exact keys', () => {
    expect(hasExactly({ a: 1, b: 2 }, ['a', 'b'])).to.equal(true);
    expect(hasExactly({ a: 1 }, ['a', 'b'])).to.equal(false);
    expect(hasExactly({ a: 1, b: 2, c: 3 }, ['a', 'b'])).to.equal(false);
    for (const value of [null, 1, [1, 2], Uint8Array.of(1)]) expect(hasExactly(value, [])).to.equal(false);
  });
});
