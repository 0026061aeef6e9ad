/** By which names a library goes follows its own entry on the ledger, and whose pages it trusts those of all members. */
import { expect } from 'chai';
import { genesisState } from '../../../chain/block/genesis.ts';
import type { Member } from '../../../chain/federation/member.ts';
import type { ChainEvent } from '../../../chain/kind/event.ts';
import type { StateView } from '../../../chain/state/state.ts';
import { toHex } from '../../../core/bytes.ts';
import { Names } from '../../../node/peers/names.ts';
import { genesisOf, keyOf } from '../../chain/world.ts';

const NOTHING = { host: '127.0.0.1', trackerUrl: undefined, allowedHosts: [], allowedOrigins: [] };

function viewWith(change: (member: Member) => Member): StateView {
  const genesis = genesisOf();
  const { writes } = genesisState({ ...genesis, members: genesis.members.map(change) });
  const values = new Map(writes.map(({ key, value }) => [toHex(key), value]));
  return { get: (key) => values.get(toHex(key)) };
}

const withApi =
  (name: string, api: string, tracker = '') =>
  (one: Member): Member =>
    one.name === name ? { ...one, api, tracker } : one;

describe('the names of a library', () => {
  it('are those of its own entry, its tracker, its address and what its operator lists', () => {
    const view = viewWith(withApi('ann', 'https://Ann.example:8443/path', 'http://swarm.ann.example:6969'));
    const names = new Names({ head: () => ({ view }), onCommit: () => {} }, keyOf('ann'), {
      ...NOTHING,
      host: 'Books.Internal',
      trackerUrl: 'https://tracker.example',
      allowedHosts: ['reading-room'],
    });
    for (const host of [
      'ann.example',
      'swarm.ann.example',
      'books.internal',
      'tracker.example',
      'reading-room',
    ])
      expect(names.isOwn(host), host).to.equal(true);
    for (const host of ['evil.example', 'example', 'ann.example.evil.example', ''])
      expect(names.isOwn(host), host).to.equal(false);
  });

  it('are not those of the others, whose pages it trusts', () => {
    const view = viewWith(withApi('bob', 'https://bob.example/api'));
    const names = new Names({ head: () => ({ view }), onCommit: () => {} }, keyOf('ann'), NOTHING);
    expect(names.isOwn('bob.example')).to.equal(false);
    expect(names.isListed('https://bob.example')).to.equal(true);
    for (const origin of [
      'http://bob.example',
      'https://bob.example:444',
      'https://x.bob.example',
      'null',
      '*',
    ])
      expect(names.isListed(origin), origin).to.equal(false);
  });

  it('follow the ledger, and are not disturbed by a member that has written nonsense', () => {
    let view = viewWith(withApi('bob', 'not a URL'));
    let tell: (events: readonly ChainEvent[]) => void = () => {};
    const source = {
      head: () => ({ view }),
      onCommit(listener: (executed: never, events: readonly ChainEvent[]) => void) {
        tell = (events) => listener(undefined as never, events);
      },
    };
    const names = new Names(source, keyOf('ann'), { ...NOTHING, allowedOrigins: ['https://app.example'] });
    expect(names.isListed('https://app.example')).to.equal(true);
    expect(names.isListed('https://bob.example')).to.equal(false);
    view = viewWith(withApi('bob', 'https://bob.example'));
    tell([{ kind: 'members-changed' }]);
    expect(names.isListed('https://bob.example')).to.equal(true);
    expect(names.isListed('https://app.example')).to.equal(true);
  });

  it('list every page when the operator says so', () => {
    const view = viewWith((one) => one);
    const all = { ...NOTHING, allowedOrigins: ['*'] };
    const names = new Names({ head: () => ({ view }), onCommit: () => {} }, keyOf('ann'), all);
    for (const origin of ['https://anything.example', 'null']) expect(names.isListed(origin)).to.equal(true);
    expect(names.isOwn('anything.example')).to.equal(false);
  });
});
