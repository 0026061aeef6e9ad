/** What other libraries have sponsored, at a library whose librarian looks at it before the library attests it. */
import { expect } from 'chai';
import { pendingUploads } from '../../../../chain/queries.ts';
import { toHex } from '../../../../core/bytes.ts';
import { Fault } from '../../../../core/fault.ts';
import { limits } from '../../../../core/limits.ts';
import { createMemoryStore, type MemoryStore } from '../../../../store/memory.ts';
import { hashOf, keyOf, LIBRARIES } from '../../../chain/world.ts';
import { eventually } from '../../eventually.ts';
import { ArchivistDesk, uploadsOf } from '../archivist-desk.ts';

describe('an upload that another library has sponsored', () => {
  let store: MemoryStore;
  let desk: ArchivistDesk;
  /** Files, by hash in hex, of which somebody was told that perhaps nobody needs them any more. */
  let left: string[];

  beforeEach(async () => {
    store = createMemoryStore();
    await store.start();
    await open(new ArchivistDesk({ isManual: true, store }));
  });
  afterEach(() => close());

  async function open(next: ArchivistDesk): Promise<void> {
    desk = next;
    left = [];
    await desk.reviews.load();
    desk.reviews.start(async (hash) => void left.push(toHex(hash)));
    desk.archivist.start();
  }
  async function close(): Promise<void> {
    desk.archivist.stop();
    desk.reviews.stop();
    for (const { name } of [...desk.fetches]) desk.end(name, 'file.not-available');
    await desk.archivist.drained();
    await desk.reviews.drained();
  }
  /** With the same ledger, disk and archive. */
  async function killAndRestart(isManual = true, held: readonly string[] = []): Promise<void> {
    const { world, clock } = desk;
    await close();
    store.crash({ keep: 'none' });
    await store.start();
    const next = new ArchivistDesk({ world, clock, isManual, store });
    for (const name of held) next.hold(name);
    await open(next);
  }
  const waiting = () => desk.reviews.line.all().map(({ hash }) => toHex(hash));
  const decide = (name: string, decision: 'accepted' | 'declined', sponsor = 'ann') =>
    desk.reviews.decide(hashOf(name), keyOf(sponsor), decision);
  async function fetched(name: string): Promise<void> {
    await eventually(() => desk.fetches.some((one) => one.name === name));
    desk.end(name, 'kept');
    // Without the gate it is attested: then this says so, and waits for nothing.
    await eventually(() => waiting().includes(toHex(hashOf(name))) || desk.attested.includes(name));
    expect(waiting()).to.include(toHex(hashOf(name)));
  }
  const uploadOf = (name: string) => {
    const { view, header } = desk.world.state;
    return pendingUploads(view, hashOf(name), header.time)[0]!;
  };
  /** As if each had an uploader of its own. */
  const byItself = (name: string) => ({ ...uploadOf(name), key: keyOf(name) });
  const looks = async (): Promise<void> => {
    desk.clock.settle();
    await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('is fetched, and waits before this library attests it, however often it looks', async () => {
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    await fetched('a book');
    desk.archivist.consider(hashOf('a book'));
    await looks();
    expect(desk.attested).to.deep.equal([]);
    expect(desk.begun).to.deep.equal(['a book']);
  });

  it('is attested once it is accepted, also when the library is killed at that moment', async () => {
    desk.run(uploadsOf(desk.world, ['a book', 'another'], 'kim'));
    await fetched('a book');
    await fetched('another');
    expect(await decide('a book', 'accepted')).to.equal(true);
    desk.archivist.consider(hashOf('a book'));
    await eventually(() => desk.attested.includes('a book'));
    expect(await decide('another', 'accepted')).to.equal(true);
    await killAndRestart(true, ['a book', 'another']);
    await eventually(() => desk.attested.includes('another'));
    expect(await decide('another', 'declined'), 'it does not wait any more').to.equal(false);
  });

  it('waits on after a kill, and nothing is attested', async () => {
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    await fetched('a book');
    const before = desk.reviews.line.all();
    await killAndRestart(true, ['a book']);
    await looks();
    expect(desk.reviews.line.all()).to.deep.equal(before);
    expect(desk.attested).to.deep.equal([]);
  });

  it('is not attested and not fetched again when it is declined, also after a kill and without a review; its bytes go', async () => {
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    await fetched('a book');
    await decide('a book', 'declined');
    expect(left).to.deep.equal([toHex(hashOf('a book'))]);
    for (const isManual of [true, false]) {
      await killAndRestart(isManual);
      desk.archivist.consider(hashOf('a book'));
      await looks();
      expect(desk.begun).to.deep.equal([]);
      expect(desk.attested).to.deep.equal([]);
    }
  });

  it('is deleted later when the library is killed between the decision and that', async () => {
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    await fetched('a book');
    await decide('a book', 'declined');
    await killAndRestart(true, ['a book']);
    await looks();
    await desk.reviews.drained();
    expect(left).to.deep.equal([toHex(hashOf('a book'))]);
  });

  it('leaves the queue when it becomes available by others, and when the federation takes it down', async () => {
    desk.run(uploadsOf(desk.world, ['a book', 'another'], 'kim'));
    await fetched('a book');
    await fetched('another');
    const others = LIBRARIES.filter((name) => name !== 'ann');
    desk.run(others.map((name) => desk.world.attest('a book', name, 'kim')));
    await eventually(() => waiting().length === 1);
    desk.decide({ kind: 'take-down', hash: hashOf('another') });
    await eventually(() => waiting().length === 0);
    expect(await decide('another', 'accepted')).to.equal(false);
  });

  it('leaves the queue when it is not pending any more, and its bytes go', async () => {
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    await fetched('a book');
    desk.world.run([desk.world.register('late')], limits.uploadPendingMs + 1_000);
    expect(await decide('a book', 'accepted')).to.equal(false);
    await looks();
    desk.clock.time += 60_000;
    await looks();
    await desk.reviews.drained();
    expect(waiting()).to.deep.equal([]);
    expect(left).to.deep.equal([toHex(hashOf('a book'))]);
  });

  it('leaves no bytes behind when it is over while they are fetched', async () => {
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    await eventually(() => desk.fetches.length === 1);
    desk.world.run([desk.world.register('late')], limits.uploadPendingMs + 1_000);
    desk.clock.time += 60_000;
    await looks();
    await desk.reviews.drained();
    left = [];
    desk.end('a book', 'kept');
    await desk.archivist.drained();
    expect(left).to.deep.equal([toHex(hashOf('a book'))]);
  });

  it('has its place before the first byte is here: a kill leaves no bytes of which nothing is known', async () => {
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    await eventually(() => desk.fetches.length === 1);
    expect(waiting(), 'there is nothing to look at yet').to.deep.equal([]);
    expect(await decide('a book', 'accepted')).to.equal(false);
    desk.world.run([desk.world.register('late')], limits.uploadPendingMs + 1_000);
    desk.archivist.stop();
    for (const fetch of desk.fetches.splice(0)) fetch.fail(new Fault('archive.failed', 'killed'));
    await killAndRestart(true, ['a book']);
    await looks();
    await desk.reviews.drained();
    expect(left).to.deep.equal([toHex(hashOf('a book'))]);
  });

  it('has no place beyond those of its library, until one is given back because its bytes were not to be had', async () => {
    desk.archivist.stop();
    const made = Array.from({ length: limits.reviewsPerSponsorMax - 1 }, (_, index) => `made up ${index}`);
    desk.run(uploadsOf(desk.world, [...made, 'a book', 'another'], 'kim'));
    for (const name of made) await desk.reviews.passes(hashOf(name), byItself(name));
    expect(await desk.reviews.takePlace(hashOf('a book'), uploadOf('a book'))).to.equal(true);
    expect(await desk.reviews.takePlace(hashOf('another'), uploadOf('another'))).to.equal(false);
    expect(await desk.reviews.takePlace(hashOf('a book'), uploadOf('a book')), 'it has one').to.equal(true);
    await desk.reviews.giveBack(hashOf('a book'), uploadOf('a book'));
    expect(await desk.reviews.takePlace(hashOf('another'), uploadOf('another'))).to.equal(true);
  });

  it('keeps why it was declined for others at the desk, also after a kill', async () => {
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    await fetched('a book');
    await desk.reviews.decide(hashOf('a book'), keyOf('ann'), 'declined', 'We have this edition.');
    await killAndRestart();
    const [record] = desk.reviews.of(hashOf('a book'));
    expect(record).to.include({ decision: 'declined', reason: 'We have this edition.' });
  });

  it('goes on when the library starts without a review', async () => {
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    await fetched('a book');
    await killAndRestart(false, ['a book']);
    await eventually(() => desk.attested.includes('a book'));
    expect(waiting()).to.deep.equal([]);
  });

  it('finds a place whatever one uploader of that library has filled the queue with, also after a kill', async () => {
    desk.archivist.stop();
    const made = Array.from({ length: limits.reviewsPerUploaderMax + 1 }, (_, index) => `made up ${index}`);
    desk.run(uploadsOf(desk.world, made, 'stranger'));
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    for (const name of made) await desk.reviews.passes(hashOf(name), uploadOf(name));
    expect(waiting()).to.have.length(limits.reviewsPerUploaderMax);
    await killAndRestart();
    desk.archivist.stop();
    const last = made.at(-1)!;
    expect(desk.reviews.isOpen(hashOf(last), uploadOf(last))).to.equal(false);
    expect(desk.reviews.isOpen(hashOf('a book'), uploadOf('a book'))).to.equal(true);
  });

  it('finds a place whatever another library has filled the queue with; what has none is not fetched before one is free', async () => {
    desk.archivist.stop();
    const made = Array.from({ length: limits.reviewsPerSponsorMax + 1 }, (_, index) => `made up ${index}`);
    desk.run(uploadsOf(desk.world, made, 'stranger', 'ann'));
    desk.run(uploadsOf(desk.world, ['a book'], 'kim', 'dan'));
    for (const name of made) await desk.reviews.passes(hashOf(name), byItself(name));
    expect(waiting()).to.have.length(limits.reviewsPerSponsorMax);
    const last = made.at(-1)!;
    expect(desk.reviews.isOpen(hashOf(last), byItself(last))).to.equal(false);
    expect(desk.reviews.isOpen(hashOf('a book'), uploadOf('a book'))).to.equal(true);
    await decide(made[0]!, 'declined');
    expect(desk.reviews.isOpen(hashOf(last), byItself(last))).to.equal(true);
  });
});
