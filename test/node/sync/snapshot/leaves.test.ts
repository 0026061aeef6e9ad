/** Entries of a state against the leaves of its tree, whatever the tree looks like and whatever is asked. */
import { expect } from 'chai';
import fc from 'fast-check';
import { updateTree } from '../../../../chain/state/tree.ts';
import { type Bytes, toHex, utf8 } from '../../../../core/bytes.ts';
import { Leaves } from '../../../../node/sync/snapshot/leaves.ts';
import type { Entry } from '../../../../node/sync/snapshot/protocol.ts';
import { treeNodeKey } from '../../../../store/keyspaces.ts';
import { createMemoryStore, type MemoryStore } from '../../../../store/memory.ts';

const state = fc.dictionary(
  fc.integer({ min: 0, max: 5_000 }).map((n) => `key ${n}`),
  fc.constantFrom('a', 'b', ''),
  { maxKeys: 60 },
);

describe('the leaves of a stored tree', () => {
  let store: MemoryStore;

  beforeEach(async () => {
    store = createMemoryStore();
    await store.start();
  });

  it('agree with every entry of the state and with no other, over versions, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(state, { minLength: 1, maxLength: 4 }),
        fc.string(),
        async (history, other) => {
          await store.stop();
          store = createMemoryStore();
          await store.start();
          const entries = await grow(history);
          const leaves = new Leaves(store, history.length - 1);
          expect(await leaves.check(entries)).to.equal(undefined);
          expect(await leaves.check([...entries].reverse())).to.equal(undefined);
          expect(await leaves.check([])).to.equal(undefined);
          for (const [key] of entries.slice(0, 5)) {
            expect(
              await leaves.check([...entries.filter((one) => one[0] !== key), [key, utf8('z')]]),
            ).to.include({
              code: 'snapshot.wrong',
              detail: 'another value',
            });
          }
          expect(await leaves.check([...entries, [utf8(`no ${other}`), utf8('a')]])).to.include({
            code: 'snapshot.wrong',
            detail: 'an entry that the tree does not have',
          });
        },
      ),
      { numRuns: 60 },
    );
  });

  it('are read page by page, each once, however many entries lead over it', async () => {
    const large = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`key ${n}`, `${n}`]));
    const entries = await grow([large]);
    const pages = (
      await store.range({ from: treeNodeKey(new Uint8Array(0)), to: Uint8Array.of(6), limit: 10_000 })
    ).length;
    const read: string[] = [];
    const watched = {
      get: (key: Bytes) => store.get(key),
      getMany: (keys: readonly Bytes[]) => {
        read.push(...keys.map(toHex));
        return store.getMany(keys);
      },
    };
    const leaves = new Leaves(watched, 0);
    expect(await leaves.check(entries)).to.equal(undefined);
    expect(new Set(read).size).to.equal(pages);
    expect(read.length).to.equal(pages);
  });

  /** The tree of these states, one a version. @returns the entries of the last. */
  async function grow(history: readonly Readonly<Record<string, string>>[]): Promise<Entry[]> {
    let before: Readonly<Record<string, string>> = {};
    for (const [version, after] of history.entries()) {
      const gone = Object.keys(before).filter((key) => !(key in after));
      const changed = Object.entries(after).filter(([key, value]) => before[key] !== value);
      const { writes } = updateTree({ node: (key) => store.get(treeNodeKey(key)) }, version, [
        ...gone.map((key) => ({ key: utf8(key), value: undefined })),
        ...changed.map(([key, value]) => ({ key: utf8(key), value: utf8(value) })),
      ]);
      await store.write(
        writes.put.map(([key, value]) => ({ type: 'put', key: treeNodeKey(key), value })),
        { sync: false },
      );
      before = after;
    }
    return Object.entries(before).map(([key, value]): Entry => [utf8(key), utf8(value)]);
  }
});
