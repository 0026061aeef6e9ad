/** What a library does that knows that another process has its key; and one that lets go of a member. */
import { expect } from 'chai';
import { decodeMessage } from '../../consensus/messages.ts';
import { compareBytes, equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { Parted } from '../../node/peers/parted.ts';
import { keyOf } from '../chain/world.ts';
import { eventually } from './eventually.ts';
import { movingClock } from './moving-clock.ts';
import { registration, startFederation, type TestFederation, untilHeight } from './replicas.ts';

describe('a twin', () => {
  const names = ['ann', 'bob', 'cid', 'dan'];
  let federation: TestFederation;
  beforeEach(async () => {
    federation = await startFederation(names, { authorities: 4 });
    await eventually(() => federation.replicas.every(({ engine }) => engine.role === 'authority'));
  });
  afterEach(() => federation.stop());

  it('signs nothing any more, follows, and is the only one that is missing', async () => {
    const [ann, bob] = federation.replicas;
    await bob!.submission.submit(registration(federation.genesis, 'before', 'bob'));
    await ann!.engine.silence();
    expect(ann!.engine.role).to.equal('twin');
    await ann!.engine.trust(); // whoever still listens for what it has forgotten does not wake it
    expect(ann!.engine.role).to.equal('twin');
    const from = bob!.ledger.head().header.height + 2; // one may have been on its way
    for (let i = 0; i < 8; i++) {
      const verdict = await bob!.submission.submit(registration(federation.genesis, `reader ${i}`, 'bob'));
      expect(verdict.kind).to.equal('accept');
    }
    const { height } = bob!.ledger.head().header;
    await untilHeight(federation.replicas, height);
    const keys = names.map(keyOf).sort(compareBytes);
    const bit = keys.findIndex((key) => equalBytes(key, keyOf('ann')));
    let certificates = 0;
    for (let at = from; at <= height; at++) {
      const row = bob!.ledger.blocks.at(at);
      if (row?.certificate === undefined) continue;
      const message = decodeMessage(row.certificate);
      if (message.kind !== 'accept' || message.value.kind !== 'finalization') continue;
      certificates += 1;
      expect((message.value.signers[bit >> 3]! >> (bit & 7)) & 1).to.equal(0);
    }
    expect(certificates).to.be.greaterThan(2);
  });

  it('is cut off by nobody, and a member that is let go of comes back', async () => {
    const [ann, bob] = federation.replicas;
    const sees = (): boolean => ann!.network.peers().some((peer) => equalBytes(peer, keyOf('bob')));
    await eventually(sees);
    ann!.peers.part(keyOf('bob'));
    expect(sees()).to.equal(false);
    expect(bob!.network.peers().some((peer) => equalBytes(peer, keyOf('ann')))).to.equal(false);
    expect(ann!.network.peers()).to.have.length(2);
  });
});

describe('members that were let go of', () => {
  it('are admitted again after a while, each by itself', () => {
    const clock = movingClock();
    let changes = 0;
    const changed = (): void => {
      changes += 1;
    };
    const parted = new Parted({ clock, changed });
    parted.add(keyOf('ann'));
    clock.pass(limits.partedMs / 2);
    parted.add(keyOf('bob'));
    expect([parted.has(keyOf('ann')), parted.has(keyOf('bob')), changes]).to.deep.equal([true, true, 2]);
    clock.pass(limits.partedMs / 2);
    expect([parted.has(keyOf('ann')), parted.has(keyOf('bob')), changes]).to.deep.equal([false, true, 3]);
    parted.stop();
    clock.pass(limits.partedMs);
    expect(changes).to.equal(3);
  });
});
