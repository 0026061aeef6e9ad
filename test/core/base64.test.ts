import { expect } from 'chai';
import fc from 'fast-check';
import { fromBase64, toBase64 } from '../../core/base64.ts';

describe('base64', () => {
  it('is what Buffer writes, and comes back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = toBase64(bytes);
        expect(text).to.equal(Buffer.from(bytes).toString('base64'));
        expect(fromBase64(text)).to.deep.equal(bytes);
      }),
    );
    const long = new Uint8Array(100_000).map((_, at) => at * 7);
    expect(toBase64(long)).to.equal(Buffer.from(long).toString('base64'));
    expect(fromBase64(toBase64(long))).to.deep.equal(long);
  });

  it('has one spelling of each value, and refuses every other', () => {
    for (const text of [
      '=',
      '==',
      'A',
      'AA',
      'AAA',
      'A===',
      'AAA=A',
      'AB==',
      'AAB=',
      ' AAAA',
      'AA==\n',
      'AA-_',
      '💧💧',
    ]) {
      expect(fromBase64(text), text).to.equal(undefined);
    }
    const nearly = fc.string({ unit: fc.constantFrom(...'Aa0+/-_= \n'), maxLength: 12 });
    fc.assert(
      fc.property(nearly, (text) => {
        const bytes = Buffer.from(text, 'base64');
        const expected = bytes.toString('base64') === text ? new Uint8Array(bytes) : undefined;
        expect(fromBase64(text)).to.deep.equal(expected);
      }),
    );
  });
});
