/** What every store does, whatever it is made of: run on the one on disk and on its twin in memory. */
import { expect } from 'chai';
import fc from 'fast-check';
import { compareBytes, toHex } from '../../core/bytes.ts';
import type { DeepStore, StoreWrite } from '../../core/ports.ts';
import { expectFault } from './fault.ts';

const SYNC = { sync: true };
const NO_SYNC = { sync: false };

/** @param make - an empty store, not started; the suite stops it. `again` opens the same store once more. */
export function storeContract(make: () => Promise<{ store: DeepStore; again: () => DeepStore }>): void {
  let store: DeepStore;
  let again: () => DeepStore;

  beforeEach(async () => {
    ({ store, again } = await make());
    await store.start();
  });

  afterEach(() => store.stop());

  it('gives back what was written, as plain bytes', async () => {
    await store.write([put([1], [9, 8])], SYNC);
    const value = store.get(bytes(1));
    expect(value).to.deep.equal(bytes(9, 8));
    expect(value?.constructor).to.equal(Uint8Array);
    expect(store.get(bytes(2))).to.equal(undefined);
  });

  it('gives many values in the order of their keys', async () => {
    await store.write([put([1], [1]), put([2], []), put([3], [3])], NO_SYNC);
    const values = await store.getMany([bytes(3), bytes(7), bytes(2), bytes(1), bytes(3)]);
    expect(values).to.deep.equal([bytes(3), undefined, bytes(), bytes(1), bytes(3)]);
    expect(values[0]?.constructor).to.equal(Uint8Array);
    expect(await store.getMany([])).to.deep.equal([]);
  });

  it('keeps empty values, forgets deleted keys, and lets the last of a batch win', async () => {
    await store.write([put([1], []), put([2], [2]), put([3], [3]), put([3], [4])], NO_SYNC);
    await store.write([del([2]), del([7])], NO_SYNC);
    expect(store.get(bytes(1))).to.deep.equal(bytes());
    expect(store.get(bytes(2))).to.equal(undefined);
    expect(store.get(bytes(3))).to.deep.equal(bytes(4));
  });

  it('can be read as it was at a moment, whatever is written since', async () => {
    await store.write([put([1], [1]), put([2], [2])], SYNC);
    const moment = store.moment();
    await store.write([put([1], [9]), del([2]), put([3], [3])], NO_SYNC);
    await store.compact({ from: bytes(0), to: bytes(255) });
    expect(moment.get(bytes(1))).to.deep.equal(bytes(1));
    expect(moment.get(bytes(3))).to.equal(undefined);
    expect(await moment.range({ from: bytes(0), to: bytes(255), limit: 10 })).to.deep.equal([
      [bytes(1), bytes(1)],
      [bytes(2), bytes(2)],
    ]);
    expect(store.get(bytes(1))).to.deep.equal(bytes(9));
    expect(store.get(bytes(2))).to.equal(undefined);
    await moment.release();
  });

  it('shares no memory with its callers', async () => {
    const key = bytes(1);
    const value = bytes(1);
    const written = store.write([{ type: 'put', key, value }], SYNC);
    await written;
    value[0] = 2;
    store.get(key)![0] = 3;
    expect(store.get(bytes(1))).to.deep.equal(bytes(1));
  });

  it('takes writes in the order in which they were asked for', async () => {
    const asked = Array.from({ length: 200 }, (_, n) => store.write([put([1], [n])], { sync: n % 7 === 0 }));
    await Promise.all(asked);
    expect(store.get(bytes(1))).to.deep.equal(bytes(199));
  });

  it('gives a range in the order of bytes, from inclusive, to exclusive, bounded', async () => {
    const keys = [[1], [1, 0], [1, 255], [2], [255, 1], [128]];
    await store.write(
      keys.map((key) => put(key, key)),
      SYNC,
    );
    const whole = { from: bytes(), to: bytes(255, 255), limit: 100 };
    expect(await keysOf({ ...whole })).to.deep.equal(['01', '0100', '01ff', '02', '80', 'ff01']);
    expect(await keysOf({ ...whole, limit: 2 })).to.deep.equal(['01', '0100']);
    expect(await keysOf({ ...whole, limit: 2, reverse: true })).to.deep.equal(['ff01', '80']);
    expect(await keysOf({ from: bytes(1, 0), to: bytes(2), limit: 9 })).to.deep.equal(['0100', '01ff']);
    expect(await keysOf({ from: bytes(1, 0), to: bytes(2), limit: 1, reverse: true })).to.deep.equal([
      '01ff',
    ]);
    expect(await keysOf({ from: bytes(3), to: bytes(2), limit: 9 })).to.deep.equal([]);
    expect(await keysOf({ ...whole, limit: 0 })).to.deep.equal([]);
  });

  it('agrees with a plain map about any writes', async () => {
    const writes = fc.array(
      fc.record({
        key: fc.uint8Array({ minLength: 1, maxLength: 3 }),
        value: fc.option(fc.uint8Array({ maxLength: 4 }), { nil: undefined }),
      }),
      { maxLength: 30 },
    );
    await fc.assert(
      fc.asyncProperty(writes, async (entries) => {
        await clear();
        const model = new Map<string, Uint8Array>();
        for (const { key, value } of entries) {
          if (value === undefined) model.delete(toHex(key));
          else model.set(toHex(key), value);
        }
        await store.write(
          entries.map(({ key, value }) =>
            value === undefined ? { type: 'del', key } : { type: 'put', key, value },
          ),
          NO_SYNC,
        );
        const found = await store.range({ from: bytes(), to: bytes(255, 255, 255, 255), limit: 1_000 });
        expect(new Map(found.map(([key, value]) => [toHex(key), value]))).to.deep.equal(model);
        expect(found.map(([key]) => key)).to.deep.equal(found.map(([key]) => key).sort(compareBytes));
      }),
      { numRuns: 30 },
    );
  });

  it('keeps everything over a stop and a start', async () => {
    await store.write([put([1], [1])], SYNC);
    void store.write([put([2], [2])], NO_SYNC);
    await store.stop();
    await store.stop();
    store = again();
    await store.start();
    expect(store.get(bytes(1))).to.deep.equal(bytes(1));
    expect(store.get(bytes(2))).to.deep.equal(bytes(2));
  });

  it('answers store.closed before it is started and after it was stopped', async () => {
    await store.stop();
    const range = { from: bytes(), to: bytes(255), limit: 1 };
    await expectFault('store.closed', () => store.get(bytes(1)));
    await expectFault('store.closed', () => store.range(range));
    await expectFault('store.closed', () => store.getMany([bytes(1)]));
    await expectFault('store.closed', () => store.write([put([1], [1])], SYNC));
    await expectFault('store.closed', () => again().get(bytes(1)));
  });

  async function keysOf(range: Parameters<DeepStore['range']>[0]): Promise<string[]> {
    return (await store.range(range)).map(([key]) => toHex(key));
  }

  async function clear(): Promise<void> {
    const all = await store.range({ from: bytes(), to: bytes(255, 255, 255, 255), limit: 1_000 });
    await store.write(
      all.map(([key]) => ({ type: 'del', key })),
      NO_SYNC,
    );
  }
}

export function put(key: readonly number[], value: readonly number[]): StoreWrite {
  return { type: 'put', key: bytes(...key), value: bytes(...value) };
}

function del(key: readonly number[]): StoreWrite {
  return { type: 'del', key: bytes(...key) };
}

export function bytes(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values);
}
