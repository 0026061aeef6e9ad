/** What other implementations of such protocols got wrong, one story a test. */
import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { child, Driver } from './driver.ts';
import { CALM, World } from './lockstep/world.ts';

const block = child();

describe('what others got wrong', () => {
  it('all crash after a journalled Nullify: the own votes are counted again and the view is left', () => {
    const journals = [0, 1, 2, 3].map((self) => {
      const driver = new Driver(4, { self });
      driver.work(true);
      driver.fire('advance');
      return driver.journal();
    });
    const back = journals.map((journal, self) => new Driver(4, { self, journal }));
    const votes = back.flatMap((driver) => driver.said('nullify'));
    expect(votes).to.have.length(4);
    for (const driver of back) {
      for (const vote of votes.filter((other) => other.signer !== driver.config.self).slice(0, 2))
        driver.hear(vote);
      expect(driver.view).to.equal(2);
    }
  });

  it('a Notarization after one’s own Nullify still moves us on', () => {
    const driver = new Driver(4);
    driver.work(true);
    driver.fire('advance');
    driver.hear(driver.notarization(1, block));
    expect(driver.view).to.equal(2);
  });

  it('different certificates at different nodes: that leader is asked, and its proposal is supported', () => {
    const leader = new Driver(4, { self: 3 });
    const voter = new Driver(4);
    // The leader of view 3 saw views 1 and 2 nullified; the voter came by the notarization of view 2.
    for (const view of [1, 2]) leader.hear(leader.nullification(view));
    voter.hear(voter.notarization(2, child(block)));
    leader.work(true);
    leader.built(block);
    voter.hear(leader.said('proposal')[0]!);
    const [question] = voter.of('send');
    expect(question?.to).to.equal(3);
    leader.hear(question!.message, 0);
    for (const answer of leader.of('send')) voter.hear(answer.message, 3);
    voter.verdict(block);
    expect(voter.said('notarize')).to.have.length(1);
  });

  it('a resend never signs Finalize in a view that was nullified, also not after a restart', () => {
    const before = new Driver(4);
    before.endorse(block);
    before.fire('advance');
    before.hear(before.notarization(1, block));
    const after = before.restarted();
    after.verdict(block);
    for (const driver of [before, after]) {
      for (const timer of ['resend', 'standstill'] as const) driver.fire(timer);
      driver.hear(driver.finalize(1, 1, block));
      expect(driver.said('finalize', driver.all)).to.deep.equal([]);
    }
  });

  it('a ledger ahead of the journal is accepted, and nothing below it is signed', () => {
    const before = new Driver(4);
    before.hear(before.proposal(1, block));
    const floor = { certificate: before.finalization(6, block), block, seals: false };
    const driver = before.restarted({ floor });
    driver.hear(driver.nullify(1, 3));
    driver.hear(driver.nullify(2, 3));
    expect(driver.said('nullify', driver.all)).to.deep.equal([]);
    expect(driver.view).to.equal(7);
  });

  it('whoever is catching up does not vote: no verdict before the parent is executed here', () => {
    const driver = new Driver(4);
    driver.hear(driver.finalization(6, block)); // a block that we never saw
    const next = child(block);
    driver.hear(driver.proposal(7, next));
    expect(driver.of('validate')).to.deep.equal([]);
    driver.synced(driver.finalization(6, block), block);
    driver.verdict(next);
    expect(driver.said('notarize')).to.have.length(1);
  });

  it('missing data is not "invalid": nothing is nullified while a verdict is awaited', () => {
    const driver = new Driver(4);
    driver.hear(driver.proposal(1, block));
    driver.hear(driver.notarization(1, block));
    driver.hear(driver.proposal(2, child(block)));
    expect(driver.said('nullify', driver.all)).to.deep.equal([]);
    driver.verdict(block);
    expect(driver.said('finalize')).to.have.length(1);
  });

  it('after an hour without a quorum the first block comes within 30 s', () => {
    const world = new World(1, 4, CALM);
    for (const node of world.nodes.slice(2)) node.crash();
    world.submit(1);
    world.schedule.runUntil(3_600_000);
    for (const node of world.nodes.slice(2)) node.start();
    const took = world.until(() => world.nodes.every((node) => node.chain.length > 0), 30_000);
    expect(took).to.be.a('number');
  });

  it('one dead authority: its views cost nothing once it is known to be silent, and it gets back in', () => {
    const world = new World(2, 4, CALM);
    const [dead, ...alive] = world.nodes;
    dead!.crash();
    const blocks = (count: number, from: number) => {
      const start = world.schedule.now();
      for (let i = 0; i < count; i++) {
        world.submit(from + i);
        const done = () => alive.every((node) => node.chain.some((b) => b.transactions.includes(from + i)));
        expect(world.until(done, 30_000)).to.be.a('number');
      }
      return world.schedule.now() - start;
    };
    const learning = blocks(12, 0);
    const skipping = blocks(12, 100);
    expect(skipping).to.be.lessThan(learning);
    dead!.start();
    blocks(12, 200);
    expect(alive.map((node) => [...node.machine!.heard].some((view) => view === 0))).to.not.include(true);
    expect(dead!.chain.length).to.be.greaterThan(30);
    const proposers = new Set(alive[0]!.chain.slice(-12).map((b) => b.proposer));
    expect(proposers).to.include(0);
  });

  it('a lost data directory: an observer first, then behind the fence, never twice in a view', () => {
    const lost = new Driver(4, { self: undefined });
    lost.hear(lost.notarization(41, block));
    expect(lost.view).to.equal(42);
    const back = new Driver(4, { fence: 42 });
    back.hear(back.notarization(41, block));
    back.hear(back.proposal(42, child(block)));
    back.verdict(block);
    back.verdict(child(block));
    expect([...back.machine.signed.keys()]).to.deep.equal([]);
    back.hear(back.notarization(42, child(block)));
    back.endorse(child(child(block)), 43);
    expect([...back.machine.signed.keys()]).to.deep.equal([43]);
  });

  it('idle for a day: not one block, not one message, not one timer', () => {
    const world = new World(3, 4, CALM);
    world.submit(1);
    expect(world.until(() => world.nodes.every((node) => node.chain.length === 1), 30_000)).to.be.a('number');
    world.schedule.runUntil(world.schedule.now() + 60_000);
    const { sent } = world;
    world.schedule.runUntil(world.schedule.now() + 86_400_000);
    expect(world.sent).to.equal(sent);
    expect(world.nodes.map((node) => node.chain.length)).to.deep.equal([1, 1, 1, 1]);
    expect(limits.standstillMs).to.be.lessThan(60_000);
  });
});
