import { expect } from 'chai';
import { sha256 } from '../../../../core/hash.ts';
import { FRONT, PLACE, placeOf, WaitingLine } from '../../../../node/content/review/waiting-line.ts';

describe('the line of what waits for a librarian', () => {
  const HASH = sha256(new Uint8Array(1));
  const at = (since: number) => placeOf(since, HASH, HASH);

  it('is in the order in which they came, whatever comes and leaves, and goes on behind one that has left', () => {
    const line = new WaitingLine<number>();
    for (const since of [5, 3, 1_000, 4, 20, 3]) line.add(at(since), since);
    expect(line.all()).to.deep.equal([3, 4, 5, 20, 1_000]);
    line.delete(at(5));
    line.delete(at(6));
    expect(line.all()).to.deep.equal([3, 4, 20, 1_000]);
    expect(line.after(at(5))).to.deep.equal({ place: at(20), one: 20 });
    expect(line.after(FRONT)?.one).to.equal(3);
    expect(line.after(at(1_000))).to.equal(undefined);
    expect(line.size).to.equal(4);
    expect(at(5)).to.match(PLACE);
  });
});
