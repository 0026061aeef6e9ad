import { expect } from 'chai';
import { utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { finish } from '../../core/steps.ts';
import { findWork, workOf } from '../../core/work.ts';

describe('a proof of work', () => {
  it('is the number of zero bits with which the hash begins', () => {
    for (let i = 0; i < 500; i++) {
      const text = utf8(`text ${i}`);
      const bits = [...sha256(text)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
      expect(workOf(text)).to.equal(bits.indexOf('1'));
    }
  });

  it('is found by trying, and takes a step now and then so that others may have a turn', () => {
    const textOf = (word: string): Uint8Array => utf8(`a page:${word}`);
    const steps = findWork(13, textOf);
    let count = 0;
    let step = steps.next();
    for (; step.done !== true; step = steps.next()) count += 1;
    expect(workOf(textOf(step.value))).to.be.at.least(13);
    expect(count).to.be.at.least(1);
    expect(finish(findWork(0, textOf))).to.equal('0');
  });
});
