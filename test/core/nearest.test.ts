import { expect } from 'chai';
import { nearestOf } from '../../core/nearest.ts';

describe('the nearest known name', () => {
  const known = ['public_key', 'hash', 'limit', 'upload', 'upload-state'];

  it('finds what was mistyped, or written as elsewhere', () => {
    expect(nearestOf('pubic_key', known)).to.equal('public_key');
    expect(nearestOf('publicKey', known)).to.equal('public_key');
    expect(nearestOf('PUBLIC-KEY', known)).to.equal('public_key');
    expect(nearestOf('limti', known)).to.equal('limit');
    expect(nearestOf('upload_state', known)).to.equal('upload-state');
    expect(nearestOf('uploads', known)).to.equal('upload');
  });

  it('finds nothing where nothing is near', () => {
    for (const name of ['', 'x', 'h', 'constructor', '__proto__', 'limitation', 'a'.repeat(100_000)]) {
      expect(nearestOf(name, known), name.slice(0, 20)).to.equal(undefined);
    }
  });
});
