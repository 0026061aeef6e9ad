/** Counting and certificates (SPEC.md, R20 … R38). */
import { expect } from 'chai';
import { child, Driver } from './driver.ts';

const block = child();
const second = child(block);

describe('counting', () => {
  it('R20: one vote of a kind an authority, our own among them', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    driver.hear(driver.notarize(1, 1, block));
    expect(driver.said('notarization')).to.deep.equal([]);
    driver.hear(driver.notarize(2, 1, block));
    expect(driver.said('notarization')).to.have.length(1);
  });

  it('R21: a quorum certifies a block that we know nothing of', () => {
    const driver = new Driver(4);
    for (const signer of [1, 2, 3]) driver.hear(driver.notarize(signer, 1, block));
    expect(driver.said('notarization')).to.have.length(1);
    expect(driver.view).to.equal(2);
  });

  it('R21: votes for different offers do not add up', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarize(1, 1, block));
    driver.hear(driver.notarize(2, 1, block));
    driver.hear(driver.notarize(3, 1, child(undefined, 'else')));
    expect(driver.view).to.equal(1);
  });

  it('R22: after a restart the own vote of the journal completes the quorum', () => {
    const before = new Driver(4);
    before.work(true);
    before.fire('advance');
    const driver = before.restarted();
    driver.hear(driver.nullify(2, 1));
    driver.hear(driver.nullify(3, 1));
    expect(driver.said('nullification')).to.have.length(1);
  });

  it('R23: each pair that excludes itself is raised once, and the second is not counted', () => {
    const driver = new Driver(7);
    const other = child(undefined, 'other');
    const pairs = [
      [driver.notarize(2, 1, block), driver.notarize(2, 1, other)],
      [driver.proposal(1, block), driver.proposal(1, other)],
      [driver.finalize(3, 1, block), driver.finalize(3, 1, other)],
      [driver.nullify(3, 1), undefined],
    ] as const;
    for (const [first, contradiction] of pairs) {
      driver.hear(first);
      if (contradiction !== undefined) driver.hear(contradiction);
      expect(driver.of('accuse'), first.kind).to.have.length(1);
    }
    expect(driver.machine.rounds.get(1)?.notarize.get(2)).to.deep.equal(pairs[0][0]);
  });
});

describe('certificates', () => {
  it('R30: what we assembled we broadcast; what we received we do not; a second one is nothing new', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullification(1));
    expect(driver.said('nullification')).to.deep.equal([]);
    for (const signer of [1, 2, 3]) driver.hear(driver.nullify(signer, 2));
    expect(driver.said('nullification', driver.all)).to.have.length(1);
    expect(driver.door(driver.nullification(2))).to.equal('consensus.known');
  });

  it('R31: it is durable before the vote that it allows', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    driver.hear(driver.notarization(1, block));
    const kinds = driver.effects.map((effect) => effect.kind);
    expect(kinds.slice(0, 3)).to.deep.equal(['persist', 'persist', 'broadcast']);
  });

  it('R32: the finalization of a block that we never saw is announced', () => {
    const driver = new Driver(4);
    const certificate = driver.finalization(9, second);
    driver.hear(certificate);
    expect(driver.of('finalise')).to.deep.equal([{ kind: 'finalise', certificate }]);
    expect(driver.view).to.equal(10);
  });

  it('R33: below the floor everything is forgotten, and a lower finalization changes nothing', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.nullification(2));
    driver.hear(driver.finalization(5, second));
    const { machine } = driver;
    const sizes = [machine.notarizations, machine.nullifications, machine.signed, machine.bodies].map(
      (map) => map.size,
    );
    expect(sizes).to.deep.equal([0, 0, 0, 0]);
    expect([...machine.rounds.keys()]).to.deep.equal([6]);
    expect(driver.door(driver.finalization(1, block))).to.equal('consensus.known');
  });

  it('R34: after the sealing block nothing is signed, no timer runs, and questions are answered', () => {
    const driver = new Driver(4);
    driver.work(true);
    driver.hear(driver.proposal(1, block));
    driver.verdict(block, true, true);
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.finalization(1, block));
    expect(driver.status).to.include({ ended: true, idle: true });
    expect(driver.timers()).to.deep.equal([]);
    driver.hear(driver.proposal(2, second));
    driver.hear(driver.nullify(2, 2));
    expect(driver.sentTo(2)).to.deep.equal(['finalization']);
    driver.hear(driver.nullify(2, 2)); // it did not arrive
    expect(driver.sentTo(2)).to.deep.equal(['finalization']);
    driver.hear({ kind: 'request', epoch: 0, firstView: 1, lastView: 1 }, 3);
    expect(driver.sentTo(3)).to.deep.equal(['finalization']);
    expect(driver.said('nullify', driver.all)).to.deep.equal([]);
    expect(
      driver.restarted({ floor: { certificate: driver.finalization(1, block), block, seals: true } }).status,
    ).to.include({ ended: true });
  });

  it('R34, R62: also with a notarised repeat above the end, who lacks the finalization gets it', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block));
    driver.verdict(block, true, true);
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.notarization(2, block));
    driver.hear(driver.finalization(1, block));
    expect(driver.status).to.include({ view: 3, ended: true });
    driver.hear(driver.nullify(2, 3));
    expect(driver.sentTo(2)).to.deep.equal(['finalization']);
  });

  it('R36: synced raises the floor to an executed block, from which we go on', () => {
    const driver = new Driver(4);
    const certificate = driver.finalization(3, second);
    driver.hear(certificate);
    driver.work(true);
    expect(driver.of('build')).to.deep.equal([]); // we lead view 4, but cannot execute on what we lack
    driver.synced(certificate, second);
    expect(driver.of('finalise')).to.deep.equal([]);
    expect(driver.of('build').map((effect) => effect.parent)).to.deep.equal([
      { hash: second.hash, height: 2 },
    ]);
    const ahead = driver.finalization(20, child(second));
    driver.synced(ahead, child(second));
    expect(driver.status).to.include({ view: 21, finalisedView: 20 });
    driver.synced(certificate, second);
    expect(driver.status.finalisedView).to.equal(20);
  });

  it('R36, R34: a sealing block that came by synchronisation ends the epoch', () => {
    const driver = new Driver(4);
    driver.synced(driver.finalization(3, second), second, true);
    expect(driver.status.ended).to.equal(true);
  });

  it('R37: bodies of notarised blocks are asked for in the order of the chain, then finalised', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarization(2, second));
    driver.hear(driver.notarization(1, block));
    expect(driver.of('validate').map((effect) => effect.block)).to.deep.equal([block]);
    driver.verdict(block);
    expect(driver.of('validate').map((effect) => effect.block)).to.deep.equal([second]);
    driver.verdict(second);
    expect(driver.said('finalize', driver.all).map((vote) => vote.view)).to.deep.equal([1, 2]);
  });

  it('R37: a true hash that a leader has named with another parent keeps nobody from learning its children', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarization(1, block));
    driver.verdict(block);
    driver.hear(driver.nullification(1));
    driver.hear(driver.nullification(2));
    const late = child(undefined, 'late');
    const forged = { ...late, parentHash: block.hash, height: 2 };
    driver.hear(driver.proposal(3, forged, 1));
    expect(driver.of('validate').map((effect) => effect.block)).to.deep.equal([forged]);
    driver.verdict(forged, false);
    driver.hear(driver.notarization(2, late, 0));
    driver.verdict(late);
    driver.hear(driver.notarization(4, child(late), 2));
    expect(driver.of('validate').map((effect) => effect.block)).to.deep.equal([child(late)]);
  });

  it('R38: a notarised block whose ancestors are unknown makes us ask everybody for them', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarization(5, second));
    expect(driver.of('broadcast').map(({ message }) => message)).to.deep.include({
      kind: 'request',
      epoch: 0,
      firstView: 1,
      lastView: 4,
    });
  });
});
