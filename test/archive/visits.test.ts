/** What those may cost who come to an archive again and again. */
import { expect } from 'chai';
import { type Visitor, Visits } from '../../archive/peers/visits.ts';
import { type Address, parseAddress } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import { ManualClock } from '../tracker/world.ts';

const ROOM = at('10.0.0.1');

describe('the visits of an archive', () => {
  let clock: ManualClock;
  let visits: Visits;

  beforeEach(() => {
    clock = new ManualClock();
    visits = new Visits(clock);
  });

  /** @returns how often it comes out true, in so many tries. */
  const count = (tries: number, may: (i: number) => boolean): number =>
    Array.from({ length: tries }, (_, i) => may(i)).filter(Boolean).length;
  const comes = (payer: Visitor) => () => visits.mayCome(payer);

  it('are paid for by key, however many keys stand behind one address, and come back with time', () => {
    const one = { address: ROOM, key: 'a' };
    expect(count(10_000, comes(one))).to.equal(limits.peerVisitsMax);
    const room = count(200, (i) => visits.mayCome({ address: ROOM, key: `reader ${i}` }));
    expect(room, 'others in the reading room').to.equal(200);
    clock.move(10_000);
    expect(count(10_000, comes(one))).to.equal(10 * limits.peerVisitsPerSecond);
  });

  it('are paid for by address and network where no key is known, and by nobody whose key is', () => {
    expect(count(10_000, comes({ address: ROOM }))).to.equal(limits.peerVisitsOfAddressMax);
    const others = count(250, (i) => visits.mayCome({ address: at(`10.0.0.${i + 2}`) }));
    expect(others, 'its neighbours').to.equal(250);
    expect(count(10_000, (i) => visits.mayCome({ address: at(`10.0.0.${i % 250}`) }))).to.equal(
      limits.peerVisitsTogetherMax - limits.peerVisitsOfAddressMax - 250,
    );
    expect(visits.mayCome({ address: ROOM, key: 'a' })).to.equal(true);
    expect(visits.mayCome({ address: at('10.0.1.1') })).to.equal(true);
  });

  it('are paid for by a member, too, for however many keys it makes passes', () => {
    const made = (i: number) => visits.mayCome({ address: at(`10.1.${i % 200}.1`), key: `${i}`, by: 'liar' });
    expect(count(10_000, made)).to.equal(limits.peerVisitsTogetherMax);
    expect(visits.mayCome({ address: ROOM, key: '1' }), 'with a pass of this library').to.equal(true);
    expect(visits.mayCome({ address: ROOM, key: '1', by: 'another' })).to.equal(true);
  });

  it('of strangers are paid for by network: ten of them leave some to others, and all to whoever is known', () => {
    for (let network = 0; network < 10; network++) {
      const inside = count(1_000, (i) => visits.strangerMayCome(at(`10.0.${network}.${i % 200}`)));
      expect(inside).to.equal(limits.strangersPerNetworkMax);
    }
    expect(visits.strangerMayCome(at('10.1.0.1'))).to.equal(true);
    expect(visits.mayCome({ address: ROOM, key: 'a' })).to.equal(true);
    expect(visits.mayCome({ address: ROOM })).to.equal(true);
  });

  it('have words of their own, whoever comes how often', () => {
    const one = { address: ROOM, key: 'a' };
    expect(visits.maySay(one, limits.peerMessagesMax)).to.equal(true);
    expect(visits.maySay(one, 1)).to.equal(false);
    expect(visits.maySay({ address: ROOM, key: 'b' }, limits.peerMessagesMax)).to.equal(true);
    const many = count(1_000, (i) => visits.maySay({ address: ROOM, key: `${i}`, by: 'liar' }, 1_000));
    expect(1_000 * many).to.equal(limits.peerMessagesTogetherMax);
    clock.move(10_000);
    expect(visits.maySay(one, 10 * limits.peerMessagesPerSecond)).to.equal(true);
    expect(visits.maySay(one, 1)).to.equal(false);
  });
});

function at(text: string): Address {
  return parseAddress(text)!;
}
