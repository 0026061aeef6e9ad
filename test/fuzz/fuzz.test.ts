import { expect } from 'chai';
import { fuzz } from './format.ts';
import { allFormats } from './formats.ts';

/** `npm run fuzz` does a million of each; here are enough to notice what is grossly wrong. */
const INPUTS = 3_000;
const SEED = 1;

describe('every wire format', () => {
  for (const format of allFormats()) {
    it(`${format.name}: gives nothing but a verdict for mutated bytes`, () => {
      for (const sample of format.samples) expect(format.decode(sample).kind).to.equal('accept');
      const outcome = fuzz(format, INPUTS, SEED);
      expect(outcome.accepted).to.be.below(INPUTS);
      expect(outcome.codes).not.to.deep.equal([]);
      for (const sample of format.samples) {
        expect(format.decode(sample).kind, 'the samples are as they were').to.equal('accept');
      }
    });
  }
});
