import { expect } from 'chai';
import type { Store } from '../../core/ports.ts';
import { Memory } from '../../node/amnesia/amnesia.ts';
import { createMemoryWatermark, type MemoryWatermark } from '../../node/amnesia/watermark-memory.ts';
import { systemRandom } from '../../node/random.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { quiet } from './replicas.ts';

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

async function opened(store: Store, watermark: MemoryWatermark, next: number): Promise<Memory> {
  const memory = new Memory({ store, watermark, random: systemRandom, log: quiet, signAnyway: false });
  await memory.open([], next);
  return memory;
}
