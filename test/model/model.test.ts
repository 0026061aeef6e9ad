/**
 * The rules of chain/ against the reference model, which was written from docs/ledger.md alone: some hundreds of random
 * histories. `npm run model` plays as many as one likes, and prints a departure as a command that plays it again.
 */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { play, playSeed } from './compare.ts';
import { Counts } from './counts.ts';
import { directed } from './directed.ts';
import { KINDS } from './ledger-kinds.ts';
import { shrink } from './shrink.ts';
import { tell } from './tell.ts';

const HISTORIES = 300;

describe('the reference model', () => {
  it(`agrees with chain/ on ${HISTORIES} histories, in which each kind happens, and hears most of what can be said`, () => {
    const counts = new Counts();
    for (let seed = 1; seed <= HISTORIES; seed++) {
      const { history, parting } = playSeed(seed, counts);
      expect(parting, parting && tell(seed, history, shrink(history, parting))).to.equal(undefined);
    }
    const happened = counts.entries().map(([line]) => line);
    expect(Object.keys(KINDS).filter((kind) => !happened.includes(`${kind}: accept`))).to.deep.equal([]);
    expect(counts.missing().length, counts.missing().join()).to.be.below(5);
  });

  for (const { name, history } of directed()) {
    it(`agrees with chain/ on ${name}`, () => {
      expect(play(history)?.detail).to.equal(undefined);
    });
  }

  it('tells the same history for the same seed', () => {
    expect(playSeed(5)).to.deep.equal(playSeed(5));
  });

  it('shares no code with chain/, nor with anything else of the house', () => {
    const own = globSync('ledger*.ts', { cwd: import.meta.dirname });
    expect(own.length).to.be.greaterThan(5);
    const foreign = own.flatMap((file) => {
      const text = readFileSync(join(import.meta.dirname, file), 'utf8');
      const imports = [...text.matchAll(/(?:from|import)\s+\(?'([^']+)'/g)].map(([, target]) => target!);
      return imports
        .filter((target) => target !== 'node:crypto' && !/^\.\/ledger[a-z-]*\.ts$/.test(target))
        .map((target) => `${file} → ${target}`);
    });
    expect(foreign).to.deep.equal([]);
  });
});
