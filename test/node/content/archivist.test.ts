/** In which order a library fetches what it should attest. */
import { expect } from 'chai';
import { account, file, parameters } from '../../../chain/queries.ts';
import { bringingKey } from '../../../chain/state/keys.ts';
import { toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import { hashOf, keyOf, LIBRARIES } from '../../chain/world.ts';
import { eventually } from '../eventually.ts';
import { ArchivistDesk, type Fetch, SIZE, uploadsOf } from './archivist-desk.ts';

/** At least as long as between two parts of a look through many. */
const PART_MS = 20;

describe('what a library fetches to attest it', () => {
  const made = (count: number) => Array.from({ length: count }, (_, i) => `made up ${i}`);
  let desk: ArchivistDesk;
  beforeEach(() => {
    desk = new ArchivistDesk();
    desk.archivist.start();
  });
  afterEach(async () => {
    desk.archivist.stop();
    for (const { name } of [...desk.fetches]) desk.end(name, 'file.not-available');
    await desk.archivist.drained();
  });
  const full = () => eventually(() => desk.fetches.length === limits.fetchesAtOnceMax);
  const begins = (name: string) => eventually(() => desk.begun.includes(name));

  it('is a reader’s book as soon as a place is free, whatever a stranger has brought before, and without a timer', async () => {
    desk.run(uploadsOf(desk.world, made(100), 'stranger', 'ann'));
    await full();
    desk.run(uploadsOf(desk.world, ['a book'], 'kim', 'ann'));
    expect(desk.begun).not.to.include('a book');
    desk.end(desk.fetches[0]!.name, 'file.not-available');
    await full();
    desk.end(desk.fetches[0]!.name, 'file.not-available');
    await begins('a book');
    expect(desk.begun.length, 'the next turn but one at most').to.be.at.most(limits.fetchesAtOnceMax + 2);
    desk.end('a book', 'kept');
    await eventually(() => desk.attested.includes('a book'));
  });

  it('loses its turn when others wait, and comes again at once when none does any more', async () => {
    desk.run(uploadsOf(desk.world, made(limits.fetchesAtOnceMax), 'stranger'));
    await full();
    expect(desk.fetches[0]!.isWaitedFor!(), 'nobody waits').to.equal(false);
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    expect(desk.fetches[0]!.isWaitedFor!()).to.equal(true);
    const [{ name }] = desk.fetches as [Fetch];
    desk.end(name, 'archive.busy');
    await begins('a book');
    expect(desk.fetches.map((one) => one.name)).not.to.include(name);
    desk.end('a book', 'kept');
    await eventually(() => desk.fetches.some((one) => one.name === name));
  });

  it('is no more what has become available meanwhile', async () => {
    desk.run(uploadsOf(desk.world, ['a book', 'another'], 'kim'));
    await eventually(() => desk.fetches.length === 2);
    const all = LIBRARIES.filter((name) => name !== 'ann');
    desk.run(all.map((name) => desk.world.attest('a book', name, 'kim')));
    await eventually(() => desk.fetches.length === 1);
    expect(desk.log.lines, 'it is no fault').to.deep.equal([]);
  });

  it('is what was pending when it ended, also beyond what it looks at in one go', async () => {
    desk.archivist.stop();
    const names = made(limits.pendingLookedAtMax + 5);
    desk.run(uploadsOf(desk.world, names, 'stranger'));
    expect(desk.begun).to.deep.equal([]);
    desk.archivist.start();
    for (let i = 0; i < names.length; i++) {
      await eventually(() => desk.begun.length > i);
      desk.end(desk.begun[i]!, 'kept');
    }
    await eventually(() => desk.attested.length === names.length);
    expect([...desk.attested].sort()).to.deep.equal([...names].sort());
  });

  it('is found at the start without looking up every file that has ever been available', async () => {
    desk.archivist.stop();
    const names = made(4);
    desk.run(uploadsOf(desk.world, names, 'stranger'));
    const others = LIBRARIES.filter((name) => name !== 'ann');
    for (const name of names) desk.run(others.map((other) => desk.world.attest(name, other, 'stranger')));
    desk.world.run([], limits.uploadPendingMs + 1_000);
    for (const name of ['kim', 'ida']) desk.run([desk.world.register(name)]); // each takes out of the queue what is over
    desk.run(uploadsOf(desk.world, ['a book'], 'lou'));
    desk.asked.clear();
    desk.archivist.start();
    await begins('a book');
    desk.end('a book', 'kept');
    await desk.archivist.drained();
    expect(desk.attested).to.deep.equal(['a book']);
    expect(file(desk.world.state.view, hashOf(names[0]!))).not.to.equal(undefined);
    const asked = ['a book', ...names].filter((name) => desk.asked.has(toHex(bringingKey(hashOf(name)))));
    expect(asked).to.deep.equal(['a book']);
  });

  it('is looked for a part at a time when a block is full of uploads, and none is forgotten', async () => {
    const names = made(3 * limits.pendingLookedAtMax);
    const looked = () => new Set(desk.looks).size;
    desk.run(uploadsOf(desk.world, names, 'stranger'));
    expect(looked(), 'in the turn of the commit').to.be.at.most(limits.pendingLookedAtMax);
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    expect(desk.looks.at(-1), 'does not wait behind them').to.equal('a book');
    for (let left = 3; left > 0; left--) {
      const before = looked();
      desk.clock.move(PART_MS);
      expect(looked() - before).to.be.at.most(limits.pendingLookedAtMax);
    }
    expect([...new Set(desk.looks)].sort()).to.deep.equal([...names, 'a book'].sort());
  });

  it('is told to the operator when the archive fails, and not when the library ends', async () => {
    desk.run(uploadsOf(desk.world, ['a book', 'another'], 'kim'));
    await eventually(() => desk.fetches.length === 2);
    const [first, second] = desk.fetches.splice(0) as [Fetch, Fetch];
    first.fail(new Fault('archive.failed', 'the torrent failed'));
    await eventually(() => desk.log.lines.length === 1);
    desk.archivist.stop();
    second.fail(new Fault('archive.failed', 'the fetch was ended'));
    await desk.archivist.drained();
    expect(desk.log.lines).to.deep.equal(['the archive could not take a file in archive.failed']);
  });

  describe('and has attested', () => {
    const names = made(3);
    const attested = () => [...new Set(desk.attested)].sort();
    /** Everybody but one library has said so, this one among them. */
    beforeEach(async () => {
      desk.run(uploadsOf(desk.world, names, 'kim'));
      for (let i = 0; i < names.length; i++) {
        await eventually(() => desk.begun.length > i);
        desk.end(desk.begun[i]!, 'kept');
      }
      await eventually(() => attested().length === names.length);
      for (const library of ['bob', 'cid'])
        desk.run(names.map((name) => desk.world.attest(name, library, 'kim')));
      await desk.archivist.drained();
      desk.attested.splice(0);
    });

    it('is attested once more when the federation asks for fewer attestations, and so available', async () => {
      desk.clock.move(60_000);
      expect(desk.attested, 'as long as it is not enough').to.deep.equal([]);
      const before = parameters(desk.world.state.view);
      desk.decide({ kind: 'set-parameters', parameters: { ...before, attestations: 3 } });
      desk.clock.move(1_000);
      await eventually(() => attested().length === names.length);
      expect(attested()).to.deep.equal([...names].sort());
      desk.run(names.map((name) => desk.world.attest(name, 'bob', 'kim')));
      const isAvailable = (name: string) => file(desk.world.state.view, hashOf(name)) !== undefined;
      expect(names.filter(isAvailable), 'by that word').to.deep.equal(names);
      expect(account(desk.world.state.view, keyOf('kim'))?.tokens).to.equal(SIZE * BigInt(names.length));
    });
  });

  it('is tried again after half a minute when nobody had it', async () => {
    desk.run(uploadsOf(desk.world, ['a book'], 'kim'));
    await begins('a book');
    desk.end('a book', 'file.not-available');
    await desk.archivist.drained();
    desk.clock.move(29_999);
    expect(desk.fetches).to.deep.equal([]);
    desk.clock.move(1);
    await eventually(() => desk.fetches.length === 1);
  });
});
