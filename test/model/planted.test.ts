/**
 * Does the model see anything? Wrong rules are planted into the source of chain/ (bugs.ts), one by one, and each must
 * make a history part within a stated number.
 */
import { expect } from 'chai';
import { plantUnder } from '../sim/bugs/plant.ts';
import { HISTORIES_MAX } from './bug.ts';
import { BUGS } from './bugs.ts';
import type * as Compare from './compare.ts';
import { directed } from './directed.ts';

describe('a wrong rule is found by the reference model:', () => {
  for (const { name, edits, within = HISTORIES_MAX } of BUGS) {
    it(name, async () => {
      const { play, playSeed } = await plantUnder<typeof Compare>('test/model/compare.ts', edits);
      if (within === 'directed') {
        expect(directed().some(({ history }) => play(history) !== undefined)).to.equal(true);
        return;
      }
      let seed = 1;
      while (seed <= within && playSeed(seed).parting === undefined) seed += 1;
      expect(seed, `within ${within} histories`).to.be.at.most(within);
    });
  }
});
