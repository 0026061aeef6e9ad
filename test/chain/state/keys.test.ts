/** The registry of the keyspaces of the state. */
import { expect } from 'chai';
import * as keys from '../../../chain/state/keys.ts';
import { hashOf } from '../world.ts';

const { SPACES, RESERVED } = keys;
/** Made of numbers; all others of keys and hashes. */
const COUNTED = ['seenKey', 'seenMinuteKey', 'dueQueueKey', 'dueKey'];

describe('the keyspaces of the state', () => {
  const numbers = Object.entries(SPACES);
  const ranges = Object.entries(RESERVED);

  it('give no number twice, and none that is kept for something else', () => {
    expect(new Set(numbers.map(([, number]) => number)).size).to.equal(numbers.length);
    const ofTracker = ['registrationsOfDay', 'keyBytesOfDay', 'nodeBytesOfDay', 'minting', 'card', 'lent'];
    for (const [name, number] of numbers) {
      const [kept] = ranges.find(([, [from, to]]) => from <= number && number <= to) ?? [];
      expect(kept, name).to.equal(ofTracker.includes(name) ? 'tracker' : undefined);
    }
  });

  it('keep ranges that do not meet', () => {
    const sorted = ranges.map(([, range]) => range).toSorted(([a], [b]) => a - b);
    for (const [i, [from, to]] of sorted.entries()) {
      expect(from).to.be.at.most(to);
      if (i > 0) expect(from).to.be.greaterThan(sorted[i - 1]![1]);
    }
  });

  it('make keys of one length each, behind the number of their space', () => {
    const lengths = new Map<number, Set<number>>();
    for (const [name, make] of Object.entries(keys)) {
      if (make === SPACES || make === RESERVED || name.endsWith('Prefix')) continue;
      for (const key of keysOf(name, make)) {
        lengths.set(key[0]!, (lengths.get(key[0]!) ?? new Set()).add(key.length));
      }
    }
    const sorted = [...lengths.keys()].toSorted((a, b) => a - b);
    expect(sorted).to.deep.equal(numbers.map(([, number]) => number).toSorted((a, b) => a - b));
    for (const [space, found] of lengths) expect(found.size, `space ${space}`).to.equal(1);
  });
});

/** Two of it, or the one that there is. */
function keysOf(name: string, make: unknown): readonly Uint8Array[] {
  if (make instanceof Uint8Array) return [make];
  const of = make as (...given: readonly unknown[]) => Uint8Array;
  const given = COUNTED.includes(name) ? [0, 200] : [hashOf('one'), hashOf('another')];
  return given.map((one) => of(one, one, one));
}
