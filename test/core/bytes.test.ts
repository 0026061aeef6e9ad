import { expect } from 'chai';
import fc from 'fast-check';
import {
  compareBytes,
  concat,
  equalBytes,
  fromHex,
  fromUtf8,
  hexToBytes,
  toHex,
  utf8,
} from '../../core/bytes.ts';
import { hexOf as hexInBrowsers } from '../../core/hex-browser.ts';

describe('bytes', () => {
  it('turns into hex and back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ size: '+2' }), (bytes) => {
        expect(fromHex(toHex(bytes), bytes.length)).to.deep.equal(bytes);
        expect(toHex(bytes)).to.equal(Buffer.from(bytes).toString('hex'));
        expect(hexInBrowsers(bytes)).to.equal(toHex(bytes));
      }),
    );
  });

  it('refuses hex that is upper case, odd, too long, too short or not hex', () => {
    for (const text of ['AB', 'abc', 'abcd', 'zz', ' ab', '0x12'])
      expect(fromHex(text, 1), text).to.equal(undefined);
    expect(fromHex('', 0)).to.deep.equal(new Uint8Array(0));
    expect(() => hexToBytes('zz')).to.throw('not lower-case hex');
  });

  it('compares as Buffer.compare does', () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).to.equal(Buffer.compare(a, b));
        expect(equalBytes(a, b)).to.equal(Buffer.compare(a, b) === 0);
        expect(concat(a, b)).to.deep.equal(new Uint8Array(Buffer.concat([a, b])));
      }),
    );
  });

  it('decodes well-formed UTF-8 only', () => {
    expect(fromUtf8(utf8('Ä 本'))).to.equal('Ä 本');
    expect(fromUtf8(Uint8Array.of(0xc3))).to.equal(undefined);
    expect(fromUtf8(Uint8Array.of(0xed, 0xa0, 0x80))).to.equal(undefined);
  });
});
