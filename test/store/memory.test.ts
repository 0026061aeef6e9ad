import { expect } from 'chai';
import { createMemoryStore, type MemoryStore } from '../../store/memory.ts';
import { expectFault } from '../contracts/fault.ts';
import { bytes, put, storeContract } from '../contracts/store.ts';

const KEYS = [1, 2, 3, 4, 5];

describe('the store in memory', () => {
  describe('as every store', () => {
    storeContract(async () => {
      const store = createMemoryStore();
      return { store, again: () => store };
    });
  });

  describe('in trouble', () => {
    let store: MemoryStore;
    let waiting: (() => void)[];

    beforeEach(async () => {
      waiting = [];
      store = createMemoryStore();
      await store.start();
    });

    it('loses what was not synced in a crash, and nothing else', async () => {
      await store.write([put([1], [1])], { sync: false });
      await store.write([put([2], [2])], { sync: true });
      await store.write([put([3], [3]), put([2], [9])], { sync: false });
      expect(store.unsynced()).to.equal(1);
      expect(await survivors('none')).to.deep.equal([1, 2]);
      expect(store.get(bytes(2))).to.deep.equal(bytes(2));
      expect(store.unsynced()).to.equal(0);
    });

    it('keeps a prefix of the unsynced batches, each whole', async () => {
      await store.write([put([1], [1]), put([2], [2])], { sync: false });
      await store.write([{ type: 'del', key: bytes(1) }, put([3], [3])], { sync: false });
      await store.write([put([4], [4])], { sync: false });
      expect(await survivors(2)).to.deep.equal([2, 3]);
      expect(await survivors('none')).to.deep.equal([2, 3]); // they have reached the disk meanwhile
    });

    it('never answers writes that were under way in a crash, and may keep them', async () => {
      store = createMemoryStore({ schedule: (run) => waiting.push(run) });
      await store.start();
      let answers = 0;
      for (const key of [1, 2]) void store.write([put([key], [key])], { sync: true }).then(() => answers++);
      expect(store.get(bytes(1))).to.equal(undefined);
      expect(await survivors(1)).to.deep.equal([1]);
      for (const run of waiting) run();
      await store.start();
      expect(answers).to.equal(0);
      expect(store.get(bytes(2))).to.equal(undefined);
    });

    it('is closed by a crash until it is started again: store.closed', async () => {
      store.crash({ keep: 'none' });
      await expectFault('store.closed', () => store.get(bytes(1)));
    });

    it('fails the next writes with store.failed, changing nothing', async () => {
      store.failNext(2);
      await expectFault('store.failed', () => store.write([put([1], [1])], { sync: true }));
      await expectFault('store.failed', () => store.write([put([1], [1])], { sync: false }));
      expect(store.get(bytes(1))).to.equal(undefined);
      await store.write([put([1], [1])], { sync: true });
      expect(store.get(bytes(1))).to.deep.equal(bytes(1));
    });

    it('fails writes with store.failed while the disk is full, and reads on', async () => {
      await store.write([put([1], [1])], { sync: true });
      store.fillDisk(true);
      await expectFault('store.failed', () => store.write([put([2], [2])], { sync: true }));
      expect(store.get(bytes(1))).to.deep.equal(bytes(1));
      store.fillDisk(false);
      await store.write([put([2], [2])], { sync: true });
    });

    async function survivors(keep: 'none' | number): Promise<number[]> {
      store.crash({ keep });
      await store.start();
      return KEYS.filter((key) => store.get(bytes(key)) !== undefined);
    }
  });
});
