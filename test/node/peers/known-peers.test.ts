import { expect } from 'chai';
import { toHex } from '../../../core/bytes.ts';
import type { MemberAddress } from '../../../core/ports.ts';
import { parsePeerAddress } from '../../../network/multiaddrs.ts';
import { toPeerId } from '../../../network/peer-key.ts';
import { KnownPeers, metWrite, readMet } from '../../../node/peers/known-peers.ts';
import { readConfig } from '../../../node/process/config.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { keyOf } from '../../chain/world.ts';
import { expectFault } from '../../contracts/fault.ts';

const at = (name: string, ...addresses: string[]): MemberAddress => ({ key: keyOf(name), addresses });

describe('peers that an operator names', () => {
  it('are connected to although the ledger does not know them, until it has known them once', () => {
    const known = new KnownPeers([at('eve', '/ip4/1.2.3.4/tcp/1')]);
    expect(known.beside([at('ann', '/a')])).to.deep.equal([at('ann', '/a'), at('eve', '/ip4/1.2.3.4/tcp/1')]);
    expect(known.beside([at('eve', '/b')])).to.deep.equal([at('eve', '/ip4/1.2.3.4/tcp/1', '/b')]);
    // The federation has removed it: the operator's word is not above the ledger's.
    expect(known.beside([at('ann', '/a')])).to.deep.equal([at('ann', '/a')]);
  });

  it('are remembered, so that no restart brings back whom the federation has removed', async () => {
    const named = [at('eve', '/b'), at('dan', '/d')];
    const store = createMemoryStore();
    await store.start();
    expect(readMet(store)).to.deep.equal([]);
    const known = new KnownPeers(named);
    known.beside([at('eve')]);
    await store.write([metWrite(known.met())], { sync: true });
    const again = new KnownPeers(named, readMet(store));
    expect(again.beside([at('ann', '/a')])).to.deep.equal([at('ann', '/a'), at('dan', '/d')]);
    expect(again.met()).to.deep.equal([keyOf('eve')]);
  });

  it('are multiaddrs that name a key', async () => {
    const id = toPeerId(keyOf('eve')).toString();
    const text = `/ip4/192.0.2.1/tcp/4645/p2p/${id}`;
    const peer = parsePeerAddress(text)!;
    expect(toHex(peer.key)).to.equal(toHex(keyOf('eve')));
    expect(peer.addresses).to.deep.equal([text]);
    for (const wrong of ['', 'eve', '/ip4/192.0.2.1/tcp/4645', '/ip4/192.0.2.1/tcp/4645/p2p/eve']) {
      expect(parsePeerAddress(wrong), wrong).to.equal(undefined);
    }
    expect(readConfig({ peers: `${text}, ${text}` }, {}).peers).to.have.length(2);
    const fault = await expectFault('config.invalid', () => readConfig({ peers: `${text},nonsense` }, {}));
    expect(fault.message).to.contain('--peers').and.to.contain('nonsense');
  });

  it('come with a choice of what is kept, and of how to catch up', async () => {
    expect(readConfig({}, {})).to.include({ blocksKept: undefined, join: 'snapshot' });
    expect(readConfig({ 'blocks-kept': '5000', join: 'blocks' }, {})).to.include({
      blocksKept: 5_000,
      join: 'blocks',
    });
    expect(readConfig({ 'blocks-kept': 'all' }, {}).blocksKept).to.equal(undefined);
    await expectFault('config.invalid', () => readConfig({ 'blocks-kept': '10' }, {}));
  });
});
