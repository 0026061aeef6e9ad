/** Whose uploads are forgotten first, when too many are over. */
import { expect } from 'chai';
import { networkOfClientAddress } from '../../../../core/address.ts';
import { limits } from '../../../../core/limits.ts';
import { Remembered, type Whose } from '../../../../node/content/uploads/remembered.ts';
import { SeededRandom } from '../../../sim/random.ts';

const stranger = (key: string, address = '0a000001'): Whose => ({ key, address, paid: false });
const reader = (key: string): Whose => ({ key, address: '0a000001', paid: true });

describe('what is remembered of uploads that are over', () => {
  let remembered: Remembered;
  beforeEach(() => {
    remembered = new Remembered();
  });

  function add(whose: Whose, ...names: readonly string[]): void {
    for (const name of names) remembered.add(name, whose);
  }
  /** In the order in which they are forgotten. */
  function forgotten(count: number): readonly string[] {
    return Array.from({ length: count }, () => {
      const name = remembered.next()!;
      remembered.delete(name);
      return name;
    });
  }

  it('is forgotten of one network before it is of all others, whatever is older', () => {
    add(stranger('kim', '0a010101'), 'kim 1', 'kim 2');
    for (let i = 0; i < 5; i++) add(stranger(`script ${i}`, `0b0000${i}0`), `made up ${i}`);
    expect(forgotten(3), 'one network, by whatever addresses and keys').to.deep.equal([
      'made up 0',
      'made up 1',
      'made up 2',
    ]);
    expect(remembered.size).to.equal(4);
  });

  it('is forgotten of one free key before it is of the others in its network', () => {
    add(stranger('kim'), 'kim 1');
    add(stranger('script'), 'made up 1', 'made up 2', 'made up 3');
    add(stranger('lou'), 'lou 1');
    expect(forgotten(2)).to.deep.equal(['made up 1', 'made up 2']);
    expect(forgotten(3), 'then the oldest').to.deep.equal(['kim 1', 'lou 1', 'made up 3']);
    expect(remembered.next()).to.equal(undefined);
  });

  it('is forgotten of keys that have paid when nothing of strangers is left', () => {
    add(reader('kim'), 'kim 1', 'kim 2', 'kim 3');
    add(stranger('lou'), 'lou 1');
    add(reader('max'), 'max 1');
    expect(forgotten(3)).to.deep.equal(['lou 1', 'kim 1', 'kim 2']);
  });

  it('is forgotten of a key that has paid and leaves more than its share before it is of strangers', () => {
    add(stranger('lou'), 'lou 1');
    for (let i = 0; i <= limits.standingsPerKeyMax; i++) add(reader('kim'), `kim ${i}`);
    expect(forgotten(2)).to.deep.equal(['kim 0', 'lou 1']);
  });

  it('is always the oldest of the largest share, as a slow count of all says', () => {
    const random = new SeededRandom(7);
    const all = new Map<string, Whose>();
    const largest = (share: (whose: Whose) => string, names: readonly string[]): ReadonlySet<string> => {
      const counts = new Map<string, number>();
      for (const name of names) {
        const one = share(all.get(name)!);
        counts.set(one, (counts.get(one) ?? 0) + 1);
      }
      const most = Math.max(...counts.values());
      return new Set(names.filter((name) => counts.get(share(all.get(name)!)) === most));
    };
    for (let step = 0; step < 2_000; step++) {
      if (random.chance(0.55)) {
        const address = `0a0${random.below(4)}00${random.between(10, 20)}`;
        const whose = { key: `${random.below(6)}`, address, paid: random.chance(0.3) };
        remembered.add(`${step}`, whose);
        all.set(`${step}`, whose);
      } else if (all.size > 0 && random.chance(0.5)) {
        const name = random.pick([...all.keys()]);
        remembered.delete(name);
        all.delete(name);
      }
      expect(remembered.size).to.equal(all.size);
      const next = remembered.next();
      if (all.size === 0) {
        expect(next).to.equal(undefined);
        continue;
      }
      const whose = all.get(next!)!;
      const strangers = [...all.keys()].filter((name) => !all.get(name)!.paid);
      const names = strangers.length > 0 ? strangers : [...all.keys()];
      const networkOf = ({ address }: Whose) => networkOfClientAddress(address);
      const inLargest = strangers.length > 0 ? largest(networkOf, names) : new Set(names);
      expect(inLargest.has(next!), `step ${step}`).to.equal(true);
      const own = names.filter(
        (name) => strangers.length === 0 || networkOf(all.get(name)!) === networkOf(whose),
      );
      expect(largest(({ key }) => key, own).has(next!), `step ${step}`).to.equal(true);
      expect(own.find((name) => all.get(name)!.key === whose.key)).to.equal(next);
    }
  });
});
