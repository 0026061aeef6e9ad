import { expect } from 'chai';
import { parseAddress } from '../../core/address.ts';
import { utf8 } from '../../core/bytes.ts';
import { listenAddresses } from '../../network/multiaddrs.ts';
import { whyNotListening } from '../../network/why-not-listening.ts';
import { expectFault } from '../contracts/fault.ts';
import { networkContract } from '../contracts/network.ts';
import { createTestClock } from './clock.ts';
import { freePorts, libp2pFederation, libp2pPeer, memberAt } from './federations.ts';
import { meshed } from './recorder.ts';

describe('the network over libp2p', () => {
  describe('as every network', () => {
    networkContract(libp2pFederation);
  });

  it('port.taken, host.unusable: says why it cannot listen, and stops cleanly', async () => {
    const federation = await libp2pFederation(1);
    const [first] = federation.peers;
    await first!.network.start();
    const second = libp2pPeer(createTestClock(), 1, first!.port, []);
    const fault = await expectFault('port.taken', () => second.network.start());
    expect(fault.message).to.contain(`${first!.port} on 127.0.0.1, is taken`);
    await second.network.stop();
    expect(listenAddresses('::', 4645)).to.deep.equal(['/ip4/0.0.0.0/tcp/4645', '/ip6/::/tcp/4645']);
    const elsewhere = await whyNotListening(listenAddresses('192.0.2.1', 0));
    expect(elsewhere).to.include({ code: 'host.unusable' });
    expect(await whyNotListening(listenAddresses('127.0.0.1', 0))).to.equal(undefined);
    await federation.stop();
  });

  it('says where it listens, with its name', async () => {
    const peer = libp2pPeer(createTestClock(), 0, 0, []);
    expect(peer.network.addresses()).to.deep.equal([]);
    await peer.network.start();
    expect(peer.network.addresses()[0]).to.match(/^\/ip4\/127\.0\.0\.1\/tcp\/[1-9]\d*\/p2p\/12D3KooW/);
    await peer.network.stop();
  });

  it('connects with a member whose addresses are partly nonsense, and waits for one that cannot be dialled', async () => {
    const clock = createTestClock();
    const [one, two] = (await freePorts(2)) as [number, number];
    const nonsense = [
      '',
      'http://here',
      `/ip4/127.0.0.1/tcp/${two}/p2p/12D3KooWBVZCcnfGMQuKKXvKohTaWhbimpVCjpbrTnJ6bgXtPra6`,
    ];
    const other = memberAt(1, two);
    const a = libp2pPeer(clock, 0, one, [{ key: other.key, addresses: [...nonsense, ...other.addresses] }]);
    const b = libp2pPeer(clock, 1, two, [{ ...memberAt(0, one), addresses: nonsense.slice(0, 2) }]);
    await Promise.all([a.network.start(), b.network.start()]);
    await meshed([a, b]);
    expect(await a.network.request(b.key, 'echo', utf8('?'))).to.deep.equal(utf8('?'));
    for (const [from, to] of [[a, b] as const, [b, a] as const]) {
      const isAt = (text: string): boolean => from.network.isAt(to.key, parseAddress(text)!);
      expect([isAt('127.0.0.1'), isAt('::ffff:127.0.0.1'), isAt('127.0.0.2')]).to.deep.equal([
        true,
        true,
        false,
      ]);
    }
    expect(a.network.isAt(a.key, parseAddress('127.0.0.1')!)).to.equal(false);
    await Promise.all([a.network.stop(), b.network.stop()]);
  });
});
