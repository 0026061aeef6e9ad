/** Walking through the state as the database has it. */
import { expect } from 'chai';
import { concat, toHex, utf8 } from '../../../core/bytes.ts';
import type { Store } from '../../../core/ports.ts';
import { type StateEntry, viewOfEntry, walkState } from '../../../node/ledger/state-walk.ts';
import { stateKey, treeNodeKey } from '../../../store/keyspaces.ts';
import { createMemoryStore } from '../../../store/memory.ts';

const PREFIX = Uint8Array.of(7);

describe('a walk through the state', () => {
  const keyOf = (i: number) => concat(PREFIX, Uint8Array.of(i, 255));
  async function storeOf(count: number): Promise<Store> {
    const store = createMemoryStore();
    await store.start();
    const keys = [...Array.from({ length: count }, (_, i) => keyOf(i)), Uint8Array.of(6), Uint8Array.of(8)];
    const writes = keys.map((key) => ({ type: 'put' as const, key: stateKey(key), value: utf8(toHex(key)) }));
    await store.write([...writes, { type: 'put', key: treeNodeKey(keyOf(0)), value: PREFIX }], {
      sync: false,
    });
    return store;
  }

  for (const count of [0, 1, 3, 4, 9]) {
    it(`comes by each of ${count} entries once, in order, and by nothing else`, async () => {
      const parts: (readonly StateEntry[])[] = [];
      for await (const part of walkState(await storeOf(count), PREFIX, 3)) parts.push(part);
      expect(parts.every(({ length }) => length > 0 && length <= 3)).to.equal(true);
      expect(parts.flat().map(([key]) => toHex(key))).to.deep.equal(
        Array.from({ length: count }, (_, i) => toHex(keyOf(i))),
      );
      for (const [key, value] of parts.flat()) expect(value).to.deep.equal(utf8(toHex(key)));
    });
  }

  it('shows an entry as a state in which there is nothing else', () => {
    const view = viewOfEntry([keyOf(1), PREFIX]);
    expect(view.get(keyOf(1))).to.equal(PREFIX);
    expect(view.get(keyOf(2))).to.equal(undefined);
  });
});
