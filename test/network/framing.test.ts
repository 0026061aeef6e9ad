import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { decodeLength } from '../../network/framing.ts';

describe('the length before a frame', () => {
  it('is a varint, up to the longest frame', () => {
    expect(decodeLength(Uint8Array.of(0))).to.equal(0);
    expect(decodeLength(Uint8Array.of(127, 9))).to.equal(127);
    expect(decodeLength(Uint8Array.of(0x80, 1))).to.equal(128);
    expect(decodeLength(Uint8Array.of(0x80, 0x80, 0xc0, 1))).to.equal(limits.frameBytesMax);
  });

  it('is waited for while it may still come', () => {
    expect(() => decodeLength(new Uint8Array(0))).to.throw(RangeError);
    expect(() => decodeLength(Uint8Array.of(0xff, 0xff, 0xff))).to.throw(RangeError);
  });

  it('is refused at once when it has no end, or is not the shortest', () => {
    expect(() => decodeLength(Uint8Array.of(0xff, 0xff, 0xff, 0xff))).to.throw(Error, 'too long');
    expect(() => decodeLength(Uint8Array.of(0x80, 0))).to.throw(Error, 'longer than needed');
  });
});
