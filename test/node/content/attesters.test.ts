import { expect } from 'chai';
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import { attesters } from '../../../node/content/attesters.ts';
import { hashOf, keyOf } from '../../chain/world.ts';

const NAMES = ['ann', 'bob', 'cid', 'dan', 'eve', 'fay'];
const members = NAMES.map(keyOf);
const sponsor = keyOf('ann');

function drawn(file: string, wanted: number, waitedMs = 0, among = members): readonly string[] {
  const keys = attesters(hashOf(file), { members: among, sponsor, wanted, waitedMs });
  return keys.map((key) => NAMES[members.findIndex((one) => toHex(one) === toHex(key))]!);
}

describe('which libraries attest an upload', () => {
  it('are as many as are wanted beside the sponsor, who is never one of them', () => {
    for (let i = 0; i < 50; i++) {
      for (const wanted of [0, 1, 3]) {
        const names = drawn(`file ${i}`, wanted);
        expect(new Set(names).size).to.equal(wanted);
        expect(names).not.to.include('ann');
      }
    }
  });

  it('are the same whoever draws, in whatever order he knows the members', () => {
    for (let i = 0; i < 20; i++) {
      expect(drawn(`file ${i}`, 2)).to.deep.equal(drawn(`file ${i}`, 2, 0, [...members].reverse()));
    }
  });

  it('are others for other files, each library about equally often', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 500; i++) {
      const [name] = drawn(`file ${i}`, 1);
      counts.set(name!, (counts.get(name!) ?? 0) + 1);
    }
    expect([...counts.keys()].sort()).to.deep.equal(NAMES.slice(1));
    for (const count of counts.values()) expect(count).to.be.within(60, 140);
  });

  it('are two more for every ten minutes without success, behind the first, until there are no more', () => {
    const all = drawn('a book', 5);
    const behind = (ms: number) => drawn('a book', 1, ms);
    expect(behind(limits.attestPatienceMs - 1)).to.deep.equal(all.slice(0, 1));
    expect(behind(limits.attestPatienceMs)).to.deep.equal(all.slice(0, 3));
    expect(behind(2 * limits.attestPatienceMs)).to.deep.equal(all);
    expect(behind(100 * limits.attestPatienceMs)).to.deep.equal(all);
    expect(behind(-limits.attestPatienceMs), 'a clock that is set back').to.deep.equal(all.slice(0, 1));
  });

  it('are none where the sponsor’s word is enough, however long it takes', () => {
    expect(drawn('a book', 0, 100 * limits.attestPatienceMs)).to.deep.equal([]);
  });
});
