import { expect } from 'chai';
import type { Store } from '../../../../core/ports.ts';
import { Memory } from '../../../../node/engine/amnesia/amnesia.ts';
import {
  createMemoryWatermark,
  type MemoryWatermark,
} from '../../../../node/engine/amnesia/watermark-memory.ts';
import { systemRandom } from '../../../../node/process/system.ts';
import { createMemoryStore } from '../../../../store/memory.ts';
import { quiet } from '../../replicas.ts';

describe('a database that is older than the signing mark', () => {
  it('is never taken for whole again because its journal has grown while the node only followed', async () => {
    const store = createMemoryStore();
    await store.start();
    const watermark = createMemoryWatermark();
    const first = await opened(store, watermark, 0);
    await first.signed(100);
    expect((await opened(store, watermark, 100)).lost).to.equal(undefined);
    expect((await opened(store, watermark, 40)).lost).to.contain('older');
    // An observer's journal takes certificates: it gets longer without a vote.
    expect((await opened(store, watermark, 150)).lost).to.not.equal(undefined);
    expect((await opened(store, watermark, 5_000)).lost).to.not.equal(undefined);
  });
});

describe('a memory that was mended for one epoch only', () => {
  it('is lost again when the next one begins, also behind a restart, until it is mended there', async () => {
    const store = createMemoryStore();
    await store.start();
    const watermark = createMemoryWatermark();
    const fence = { epoch: 3, view: 8, doubtView: 7, unsureView: 8, isForEpochOnly: true };
    const first = await opened(store, watermark, 0);
    first.enter(3);
    await first.mend(fence, 0);
    first.enter(3);
    expect([first.lost, first.maySign]).to.deep.equal([undefined, true]);
    first.enter(4);
    expect(first.maySign).to.equal(false);
    expect(first.isSure(4, 100)).to.equal(false);
    const again = await opened(store, watermark, 0);
    expect(again.lost).to.equal(undefined);
    again.enter(4);
    expect(again.lost).to.contain('this epoch may have begun before');
    await again.mend({ ...fence, epoch: 4, isForEpochOnly: false }, 0);
    again.enter(5);
    expect([again.lost, again.maySign]).to.deep.equal([undefined, true]);
  });
});

async function opened(store: Store, watermark: MemoryWatermark, next: number): Promise<Memory> {
  const lostAgain = (): void => {};
  const random = systemRandom;
  const memory = new Memory({ store, watermark, random, log: quiet, signAnyway: false, lostAgain });
  await memory.open([], next);
  return memory;
}
