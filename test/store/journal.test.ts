import { expect } from 'chai';
import { AssertionFailed } from '../../core/assert.ts';
import { fromUtf8, utf8 } from '../../core/bytes.ts';
import type { Journal } from '../../core/ports.ts';
import { openJournal } from '../../store/journal.ts';
import { journalPrefix } from '../../store/keyspaces.ts';
import { createMemoryStore, type MemoryStore } from '../../store/memory.ts';
import { bytes, put } from '../contracts/store.ts';

const SYNC = { sync: true };

describe('the journal', () => {
  let store: MemoryStore;
  let journal: Journal;

  beforeEach(async () => {
    store = createMemoryStore();
    await store.start();
    journal = openJournal(store, journalPrefix());
    await journal.load();
  });

  it('begins empty, at zero', async () => {
    expect(await journal.load()).to.deep.equal([]);
    expect(journal.next()).to.equal(0);
  });

  it('gives back its records in order, and counts on', async () => {
    await store.write([...journal.append([utf8('a'), utf8('b')]), put([0xaa], [1])], SYNC);
    await store.write(journal.append([utf8('c')]), SYNC);
    expect(journal.next()).to.equal(3);
    expect(await reopened()).to.deep.equal(['0 a', '1 b', '2 c']);
    expect(journal.next()).to.equal(3);
  });

  it('orders by number, over many pages', async () => {
    const records = Array.from({ length: 2_500 }, (_, n) => utf8(`${n}`));
    await store.write(journal.append(records), SYNC);
    expect(await reopened()).to.deep.equal(records.map((_, n) => `${n} ${n}`));
  });

  it('forgets what was pruned, and touches no other keyspace', async () => {
    await store.write(
      [...journal.append([utf8('a'), utf8('b'), utf8('c')]), put([0x06], [1]), put([0x08], [1])],
      SYNC,
    );
    await store.write(journal.prune(2), SYNC);
    expect(journal.prune(2)).to.deep.equal([]);
    expect(await reopened()).to.deep.equal(['2 c']);
    expect(store.get(bytes(0x06))).to.deep.equal(bytes(1));
    expect(store.get(bytes(0x08))).to.deep.equal(bytes(1));
  });

  it('never uses a number twice, not even after everything was pruned', async () => {
    await store.write(journal.append([utf8('a'), utf8('b')]), SYNC);
    await store.write(journal.prune(2), SYNC);
    expect(await reopened()).to.deep.equal([]);
    expect(journal.next()).to.equal(2);
    await store.write(journal.append([utf8('c')]), SYNC);
    expect(await reopened()).to.deep.equal(['2 c']);
  });

  it('prunes in bounded steps, and hides at once what it has not deleted yet', async () => {
    await store.write(journal.append(Array.from({ length: 25_000 }, () => utf8('x'))), SYNC);
    const first = journal.prune(24_999);
    expect(first.length).to.equal(10_001);
    await store.write(first, SYNC);
    expect(await reopened()).to.deep.equal(['24999 x']);
    await store.write(journal.prune(24_999), SYNC);
    const last = journal.prune(24_999);
    expect(last.length).to.equal(1 + 4_999);
    await store.write(last, SYNC);
    expect(journal.prune(24_999)).to.deep.equal([]);
    expect(await reopened()).to.deep.equal(['24999 x']);
  });

  it('loses the records of a batch that was lost, and reuses no number that was kept', async () => {
    await store.write(journal.append([utf8('a')]), SYNC);
    await store.write(journal.append([utf8('b')]), { sync: false });
    store.crash({ keep: 'none' });
    await store.start();
    expect(await reopened()).to.deep.equal(['0 a']);
    expect(journal.next()).to.equal(1);
  });

  it('is not used before it is loaded', () => {
    const unloaded = openJournal(store, journalPrefix());
    expect(() => unloaded.append([])).to.throw(AssertionFailed);
    expect(() => unloaded.prune(0)).to.throw(AssertionFailed);
    expect(() => unloaded.next()).to.throw(AssertionFailed);
    expect(() => journal.prune(1)).to.throw(AssertionFailed);
  });

  async function reopened(): Promise<string[]> {
    journal = openJournal(store, journalPrefix());
    const records = await journal.load();
    return records.map((record) => `${record.sequence} ${fromUtf8(record.bytes)}`);
  }
});
