import { expect } from 'chai';
import { AssertionFailed, assert, unreachable } from '../../core/assert.ts';
import { parseCount, parseTokens, TOKENS_MAX } from '../../core/scalars.ts';

describe('scalars', () => {
  it('takes tokens from 0 to 2^63−1, as number or bigint', () => {
    expect(parseTokens(0)).to.equal(0n);
    expect(parseTokens(TOKENS_MAX)).to.equal(2n ** 63n - 1n);
    for (const bad of [-1, 0.5, 2 ** 60, -1n, TOKENS_MAX + 1n, '1', null, undefined]) {
      expect(parseTokens(bad), String(bad)).to.equal(undefined);
    }
  });

  it('takes counts from 0 to 2^53−1', () => {
    expect(parseCount(Number.MAX_SAFE_INTEGER)).to.equal(Number.MAX_SAFE_INTEGER);
    for (const bad of [-1, 0.5, 2 ** 53, 1n, '1', Number.NaN])
      expect(parseCount(bad), String(bad)).to.equal(undefined);
  });

  it('stops at a mistake of ours', () => {
    expect(() => assert(false, 'because')).to.throw(AssertionFailed, 'because');
    expect(() => unreachable('x' as never)).to.throw(AssertionFailed, 'unreachable');
  });
});
