import { expect } from 'chai';
import { Acquaintances } from '../../../../node/peers/hello/acquaintances.ts';
import { keyOf } from '../../../chain/world.ts';
import { Greeters } from './greeters.ts';

describe('acquaintances', () => {
  const [ann, bob] = [keyOf('ann'), keyOf('bob')];

  it('are known since they came, with what they said last, and not once they have gone', () => {
    const all = new Acquaintances();
    all.heard(ann, 5, 3); // it is not connected
    all.connected(ann, 10);
    all.connected(ann, 20);
    all.connected(bob, 30);
    all.heard(bob, 7, 12);
    all.heard(bob, 8, undefined);
    expect(all.all()).to.deep.equal([
      { key: ann, since: 10, height: undefined, roundTripMs: undefined },
      { key: bob, since: 30, height: 8, roundTripMs: 12 },
    ]);
    all.disconnected(ann);
    all.connected(ann, 40);
    expect(all.all().map(({ key, since }) => [key, since])).to.deep.equal([
      [bob, 30],
      [ann, 40],
    ]);
  });

  it('say their heights by hello', async () => {
    const greeters = new Greeters();
    const [one, other] = [greeters.nodeOf('ann'), greeters.nodeOf('bob')];
    greeters.connect(one, 'bob', other);
    await greeters.pass(1_000);
    for (const { heard } of [one, other]) expect(heard.at(-1)).to.include({ height: 0 });
    expect(one.heard.some(({ roundTripMs }) => roundTripMs !== undefined)).to.equal(true);
    greeters.stop();
  });
});
