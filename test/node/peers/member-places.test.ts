/** From where the pass of a library is worth something: it goes over the wire in plain text. */
import { expect } from 'chai';
import { genesisState } from '../../../chain/block/genesis.ts';
import type { Member } from '../../../chain/federation/member.ts';
import { parseAddress } from '../../../core/address.ts';
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import { MemberPlaces } from '../../../node/peers/member-places.ts';
import { genesisOf, keyOf } from '../../chain/world.ts';
import { type MovingClock, movingClock } from '../moving-clock.ts';

describe('where a member is', () => {
  let clock: MovingClock;
  let lines: readonly string[];
  let leadsTo: readonly string[];
  let asked: string[];

  beforeEach(() => {
    clock = movingClock();
    lines = [];
    leadsTo = [];
    asked = [];
  });

  /** @param entry - of bob; ann asks. */
  function placesWith(entry: Partial<Member>): MemberPlaces {
    const genesis = genesisOf();
    const members = genesis.members.map((one) => (one.name === 'bob' ? { ...one, ...entry } : one));
    const { writes } = genesisState({ ...genesis, members });
    const values = new Map(writes.map(({ key, value }) => [toHex(key), value]));
    return new MemberPlaces({
      ledger: { head: () => ({ view: { get: (key) => values.get(toHex(key)) } }) },
      clock,
      self: keyOf('ann'),
      isConnectedAt: (_, { bytes }) =>
        lines.some((text) => toHex(parseAddress(text)!.bytes) === toHex(bytes)),
      resolve: async (name) => {
        asked.push(name);
        return leadsTo;
      },
      own: () => ['127.0.0.1', '::1', '198.51.100.7'],
    });
  }
  const isAt = (places: MemberPlaces, name: string, text: string): boolean =>
    places.memberAt(keyOf(name), parseAddress(text)!);

  it('is what its entry says, of each family, IPv6 by its /64', () => {
    const places = placesWith({
      addresses: ['/ip4/192.0.2.1/tcp/4645', '/ip6/2001:db8:0:1::5/tcp/4645'],
      tracker: 'http://192.0.2.2:6969',
      api: 'http://[2001:db8:0:2::5]:8645',
    });
    const there = ['192.0.2.1', '::ffff:192.0.2.1', '2001:db8:0:1::77', '192.0.2.2', '2001:db8:0:2::77'];
    for (const text of there) expect(isAt(places, 'bob', text), text).to.equal(true);
    for (const text of ['192.0.2.3', '127.0.0.1', '10.0.0.1', '2001:db8:0:3::5']) {
      expect(isAt(places, 'bob', text), text).to.equal(false);
    }
  });

  it('is where its line ends, whatever its entry says', () => {
    const places = placesWith({ addresses: [], tracker: '', api: '' });
    expect(isAt(places, 'bob', '192.0.2.9')).to.equal(false);
    lines = ['192.0.2.9'];
    expect(isAt(places, 'bob', '192.0.2.9')).to.equal(true);
  });

  it('is where its names lead, asked once in a while, and not forgotten when the resolver fails', async () => {
    const places = placesWith({ addresses: ['/dns4/bob.example/tcp/4645'], tracker: '', api: '' });
    leadsTo = ['192.0.2.5', '2001:db8::5'];
    expect(isAt(places, 'bob', '192.0.2.5')).to.equal(false);
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAt(places, 'bob', '192.0.2.5')).to.equal(true);
    expect(isAt(places, 'bob', '2001:db8::99')).to.equal(true);
    expect(asked).to.deep.equal(['bob.example']);
    clock.pass(limits.memberNameMs);
    expect(isAt(places, 'bob', '192.0.2.5')).to.equal(true);
    expect(asked).to.deep.equal(['bob.example', 'bob.example']);
  });

  it('is, of the library itself, this machine and the router that leads back to it', () => {
    const places = placesWith({});
    for (const text of ['127.0.0.1', '::1', '198.51.100.7', '192.168.1.1', '10.0.0.1', 'fd00::1']) {
      expect(isAt(places, 'ann', text), text).to.equal(true);
    }
    for (const text of ['127.0.0.77', '192.0.2.9', '2001:db8::9']) {
      expect(isAt(places, 'ann', text), text).to.equal(false);
    }
  });
});
