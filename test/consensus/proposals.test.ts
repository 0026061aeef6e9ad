/** Parents, proposals, bodies, votes for them (SPEC.md, R10 … R19). */
import { expect } from 'chai';
import { child, Driver } from './driver.ts';
import { ROOT } from './fake-keys.ts';

const block = child();
const second = child(block);

describe('proposals', () => {
  it('R10: the first block builds on the root, which needs no certificate', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block));
    expect(driver.of('validate')).to.deep.equal([{ kind: 'validate', view: 1, leader: 1, block }]);
  });

  it('R11: the leader builds on the highest executed parent over nullified views', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.notarization(2, second)); // a body that we do not have yet
    driver.hear(driver.nullification(3));
    driver.work(true);
    expect(driver.of('build')).to.deep.equal([]); // view 2 is not nullified: its body is awaited
    driver.hear(driver.nullification(2));
    expect(driver.of('build').map((effect) => effect.parent)).to.deep.equal([
      { hash: block.hash, height: 1 },
    ]);
  });

  it('R12: wrong parent hash, wrong height, parent below the floor: never our vote, and the view is given up', () => {
    const wrong = [
      { ...second, parentHash: ROOT.hash },
      { ...second, height: 7 },
    ];
    for (const proposed of wrong) {
      const driver = new Driver(4);
      driver.endorse(block);
      driver.hear(driver.notarization(1, block));
      driver.hear(driver.proposal(2, proposed));
      expect(driver.of('validate')).to.deep.equal([]);
      expect(driver.said('nullify')).to.have.length(1);
    }
    const driver = new Driver(4);
    driver.finalised(block);
    driver.hear(driver.proposal(2, child(undefined, 'fork'), 0));
    expect(driver.said('nullify')).to.have.length(1);
  });

  it('R13: a missing nullification is asked of that leader, and the vote follows when it comes', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullification(2));
    driver.hear(driver.proposal(3, block, 0));
    expect(driver.of('send')).to.deep.equal([
      { kind: 'send', to: 3, message: { kind: 'request', epoch: 0, firstView: 1, lastView: 1 } },
    ]);
    expect(driver.said('nullify')).to.deep.equal([]);
    driver.hear(driver.nullification(1));
    driver.verdict(block);
    expect(driver.said('notarize')).to.have.length(1);
  });

  it('R13: a missing notarization of the parent, likewise; and the parent is judged first', () => {
    const driver = new Driver(4);
    driver.hear(driver.nullification(2));
    driver.hear(driver.proposal(3, second, 1));
    expect(driver.sentTo(3)).to.deep.equal(['request']);
    driver.hear(driver.notarization(1, block));
    expect(driver.of('validate').map((effect) => effect.block)).to.deep.equal([block]);
    driver.verdict(block);
    expect(driver.of('validate').map((effect) => effect.block)).to.deep.equal([second]);
    driver.verdict(second);
    expect(driver.said('notarize')).to.have.length(1);
  });

  it('R14: on a sealing parent the same block and nothing else', () => {
    const sealed = () => {
      const driver = new Driver(4);
      driver.hear(driver.proposal(1, block));
      driver.verdict(block, true, true);
      driver.hear(driver.notarization(1, block));
      return driver;
    };
    const good = sealed();
    good.hear(good.proposal(2, block, 1));
    expect(good.of('validate')).to.deep.equal([]);
    expect(good.said('notarize')).to.have.length(1);
    const bad = sealed();
    bad.hear(bad.proposal(2, second, 1));
    expect(bad.said('nullify')).to.have.length(1);
  });

  it('R14: a repeated block fits only on a sealing parent', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.proposal(2, block, 1));
    expect(driver.said('nullify')).to.have.length(1);
  });

  it('R14: whether the parent seals is awaited, not guessed', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.proposal(2, block, 1));
    expect(driver.said('nullify', driver.all)).to.deep.equal([]);
    driver.verdict(block, true, true);
    expect(driver.said('notarize')).to.have.length(1);
  });

  it('R15: a block that was built for a view that has passed is not proposed', () => {
    const driver = new Driver(4);
    for (const view of [1, 2, 3]) driver.hear(driver.nullification(view));
    driver.work(true);
    expect(driver.of('build')).to.have.length(1);
    driver.hear(driver.nullification(4));
    driver.built(block);
    expect(driver.said('proposal', driver.all)).to.deep.equal([]);
  });

  it('R16: a verdict counts whenever it comes, and once', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block));
    driver.hear(driver.nullification(1));
    driver.verdict(block);
    expect(driver.of('persist')).to.have.length(1);
    driver.verdict(block, false);
    expect(driver.effects).to.deep.equal([]);
    driver.verdict(second);
    expect(driver.effects).to.deep.equal([]);
  });

  it('R17: a proposal that fits stops tL, not tA', () => {
    const driver = new Driver(4);
    driver.work(true);
    expect(driver.timers()).to.deep.equal(['advance', 'leader', 'standstill']);
    driver.hear(driver.proposal(1, block));
    expect(driver.timers()).to.deep.equal(['advance', 'standstill']);
  });

  it('R18: valid → Notarize, of just that offer', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    expect(driver.said('notarize')).to.deep.equal([driver.notarize(0, 1, block)]);
  });

  it('R18: a block of another view has no vote in this one, and is no worse for it in its own', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block)); // whose body does not come in time
    driver.hear(driver.nullification(1));
    driver.hear(driver.proposal(2, block, 0)); // by another leader
    driver.verdict(block, true, false, 1);
    expect(driver.said('notarize')).to.deep.equal([]);
    expect(driver.said('nullify')).to.have.length(1);
    // The others have notarised it where it belongs: it is finalised, and built upon.
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.nullification(2));
    driver.hear(driver.proposal(3, second, 1));
    driver.verdict(second);
    expect(driver.said('notarize')).to.have.length(1);
  });

  it('R18: a block that names a view to come has no vote', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block));
    driver.verdict(block, true, false, 1 + 4 * 2 ** 20); // the same leader would lead it
    expect(driver.said('notarize')).to.deep.equal([]);
    expect(driver.said('nullify')).to.have.length(1);
  });

  it('R19: Finalize when the notarization is there, or later when the verdict comes, from another view', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.nullification(2));
    expect(driver.view).to.equal(3);
    driver.verdict(block);
    expect(driver.said('finalize')).to.deep.equal([driver.finalize(0, 1, block)]);
  });

  it('R19: no Finalize in a view whose leader signed two proposals', () => {
    const driver = new Driver(4);
    driver.endorse(block);
    driver.hear(driver.proposal(1, child(undefined, 'twin')));
    driver.hear(driver.notarization(1, block));
    expect(driver.said('finalize', driver.all)).to.deep.equal([]);
    expect(driver.view).to.equal(2);
  });

  it('R39: a notarised body that could not be had is asked for again with every resend, until it is judged', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarization(1, block));
    expect(driver.of('validate')).to.deep.equal([{ kind: 'validate', view: 1, leader: 1, block }]);
    for (let times = 0; times < 2; times++) {
      expect(driver.timers()).to.include('resend');
      driver.fire('resend');
      expect(driver.of('validate')).to.deep.equal([{ kind: 'validate', view: 1, leader: 1, block }]);
    }
    driver.fire('standstill');
    expect(driver.of('validate')).to.have.length(1);
    driver.verdict(block);
    expect(driver.timers()).not.to.include('resend');
    driver.fire('standstill');
    expect(driver.of('validate')).to.deep.equal([]);
  });

  it('R39: likewise when an authority comes within reach, and so are certificates', () => {
    const driver = new Driver(4);
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.nullification(4));
    driver.hear(driver.proposal(5, second, 1));
    expect(driver.sentTo(1)).to.deep.equal(['request']);
    driver.met();
    expect(driver.sentTo(1)).to.deep.equal(['request']);
    expect(driver.of('validate').map((effect) => effect.block)).to.deep.equal([block]);
  });

  it('R39: the body of the present proposal is wanted; after our Nullify it is not, unless it is notarised', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block));
    driver.met();
    expect(driver.of('validate')).to.have.length(1);
    driver.fire('advance');
    expect(driver.said('nullify')).to.have.length(1);
    driver.met();
    driver.fire('resend');
    expect(driver.of('validate')).to.deep.equal([]);
    driver.hear(driver.nullification(1));
    driver.hear(driver.notarization(1, block)); // late, and it stands beside the nullification
    driver.met();
    expect(driver.of('validate')).to.have.length(1);
  });
});
