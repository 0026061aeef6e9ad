/** A library that was started elsewhere than the ledger says hears of it: nobody else could tell it. */
import { expect } from 'chai';
import type { Member } from '../../../../chain/federation/member.ts';
import type { LogData } from '../../../../core/ports.ts';
import { type Flags, OwnEntry, unlike } from '../../../../node/peers/hello/own-entry.ts';
import { keyOf } from '../../../chain/world.ts';
import { type MovingClock, movingClock } from '../../moving-clock.ts';
import { quiet } from '../../replicas.ts';

const ENTRY: Member = {
  key: keyOf('ann'),
  name: 'ann',
  addresses: ['/ip4/192.0.2.1/tcp/4645', '/dns4/ann.example/tcp/4646'],
  tracker: 'http://192.0.2.1:6969',
  api: 'http://ann.example:8645/',
};
const FLAGS: Flags = {
  host: '0.0.0.0',
  p2pPort: 4645,
  trackerPort: 6969,
  trackerUrl: undefined,
  httpPort: 8645,
  trustedProxies: 0,
};

describe('flags unlike the own entry', () => {
  const fields = (entry: Partial<Member>, flags: Partial<Flags> = {}) =>
    unlike({ ...ENTRY, ...entry }, { ...FLAGS, ...flags }).map(({ field }) => field);

  it('are none where the entry leads to this node', () => {
    for (const flags of [
      {},
      { host: '192.0.2.1' },
      { host: '::' },
      { p2pPort: 4646 },
      { trackerUrl: 'http://192.0.2.1:6969/' },
    ]) {
      expect(fields({}, flags), JSON.stringify(flags)).to.deep.equal([]);
    }
    expect(fields({ addresses: [], tracker: '', api: '' }, { p2pPort: 1 }), 'it has none').to.deep.equal([]);
    const ipv6 = {
      addresses: ['/ip6/2001:db8::1/tcp/4645'],
      tracker: 'http://[2001:db8:0::1]:6969',
      api: '',
    };
    expect(fields(ipv6, { host: '2001:db8::1' })).to.deep.equal([]);
    const loopback = { addresses: ['/ip4/127.0.0.1/tcp/4645'], tracker: '', api: 'http://localhost:8645' };
    expect(fields(loopback, { host: '127.0.0.1' })).to.deep.equal([]);
  });

  it('name each field that leads elsewhere, with the flags as they would be typed', () => {
    expect(unlike(ENTRY, { ...FLAGS, p2pPort: 4_000, trackerPort: 6_000, httpPort: 8_000 })).to.deep.equal([
      {
        field: 'addresses',
        entry: '/ip4/192.0.2.1/tcp/4645 /dns4/ann.example/tcp/4646',
        flags: '--host 0.0.0.0 --p2p-port 4000',
      },
      { field: 'tracker', entry: 'http://192.0.2.1:6969', flags: '--host 0.0.0.0 --tracker-port 6000' },
      { field: 'api', entry: 'http://ann.example:8645/', flags: '--host 0.0.0.0 --http-port 8000' },
    ]);
    expect(fields({}, { host: '127.0.0.1' }), 'nobody else reaches it').to.deep.equal([
      'addresses',
      'tracker',
      'api',
    ]);
    expect(fields({}, { host: '192.0.2.2', p2pPort: 4646 }), 'of a name nobody knows').to.deep.equal([
      'tracker',
    ]);
    expect(fields({ addresses: ['/ip4/192.0.2.1/udp/4645'] })).to.deep.equal(['addresses']);
    expect(fields({}, { trackerUrl: 'https://tracker.example' })).to.deep.equal(['tracker']);
    expect(fields({ tracker: '' }, { trackerUrl: 'https://tracker.example' })).to.deep.equal(['tracker']);
    expect(fields({ api: 'http://ann.example' }), 'port 80').to.deep.equal(['api']);
  });

  it('are not asked for where a proxy stands between', () => {
    expect(fields({ api: 'https://ann.example', tracker: 'https://ann.example/t' })).to.deep.equal([]);
    expect(fields({ api: 'http://ann.example' }, { trustedProxies: 1, trackerPort: 1 })).to.deep.equal([]);
    expect(fields({ addresses: ['/dnsaddr/ann.example'] }), 'only its zone knows').to.deep.equal([]);
    expect(fields({}, { trustedProxies: 1, p2pPort: 1 }), 'which the others do not go through').to.deep.equal(
      ['addresses'],
    );
  });

  describe('in the log', () => {
    let clock: MovingClock;
    let entry: Member | undefined;
    let behind: boolean;
    let said: (readonly [string, LogData | undefined])[];
    let own: OwnEntry;

    beforeEach(() => {
      clock = movingClock();
      [entry, behind, said] = [{ ...ENTRY, api: 'http://ann.example:1' }, false, []];
      own = new OwnEntry({
        ...{ clock, flags: FLAGS },
        log: { ...quiet, warn: (message, data) => void said.push([message, data]) },
        entry: () => entry,
        isBehind: () => behind,
      });
      own.start();
    });
    afterEach(() => own.stop());

    it('are said once after the start, within 15 s, in a sentence that names what to do', () => {
      own.changed(); // blocks come in
      clock.pass(9_999);
      expect(said, 'who knows what the ledger says by now').to.deep.equal([]);
      clock.pass(5_001);
      expect(said).to.have.length(1);
      const [[message, data] = []] = said;
      expect(message).to.match(/^entry\.unlike: .*[Ss]tart it with .* update-member/);
      expect(data).to.deep.equal({ api: 'http://ann.example:1, not --host 0.0.0.0 --http-port 8645' });
      clock.pass(3_600_000);
      expect(said).to.have.length(1);
    });

    it('are said again when the entry has changed and leads elsewhere still, not when another member has', () => {
      clock.pass(15_000);
      own.changed();
      clock.pass(15_000);
      expect(said).to.have.length(1);
      entry = { ...ENTRY, api: 'http://ann.example:2' };
      own.changed();
      clock.pass(15_000);
      expect(said).to.have.length(2);
      entry = ENTRY;
      own.changed();
      clock.pass(15_000);
      expect(said).to.have.length(2);
      entry = { ...ENTRY, api: 'http://ann.example:2' };
      own.changed();
      clock.pass(15_000);
      expect(said, 'it was well meanwhile').to.have.length(3);
    });

    it('wait until the blocks are here, and are not said of a key that the ledger does not know', () => {
      behind = true;
      clock.pass(60_000);
      entry = undefined;
      behind = false;
      clock.pass(60_000);
      expect(said).to.deep.equal([]);
      entry = { ...ENTRY, tracker: 'http://192.0.2.1:1' };
      own.changed();
      clock.pass(1_000);
      expect(said.map(([, data]) => Object.keys(data ?? {}))).to.deep.equal([['tracker']]);
      own.stop();
      own.changed();
      expect(clock.waiting).to.equal(0);
    });
  });
});
