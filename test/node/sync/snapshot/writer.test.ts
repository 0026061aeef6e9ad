import { expect } from 'chai';
import { joinRecordWrite, readJoinRecord } from '../../../../node/sync/snapshot/join-record.ts';
import { SnapshotWriter } from '../../../../node/sync/snapshot/writer.ts';
import {
  bigEndian,
  eventsKey,
  eventsRange,
  historyKey,
  historyRange,
  metaKey,
  stateKey,
  stateRange,
} from '../../../../store/keyspaces.ts';
import { createMemoryStore } from '../../../../store/memory.ts';
import { genesisOf, keyOf } from '../../../chain/world.ts';

const ENTRIES = 12_000;

describe('the room for a snapshot', () => {
  it('is given up between two batches by a library that is to stop, and made to the end by the next run', async () => {
    const store = createMemoryStore();
    await store.start();
    const at = { phase: 'clearing' as const, above: 3, peer: keyOf('ann') };
    const entries = Array.from({ length: ENTRIES }, (_, i) => stateKey(bigEndian(i)));
    const ann = keyOf('ann');
    const events = [eventsKey(2), eventsKey(3), historyKey(ann, 2, 0), metaKey('history')];
    await store.write(
      [
        joinRecordWrite(at),
        ...[...entries, ...events].map((key) => ({ type: 'put' as const, key, value: key })),
      ],
      { sync: true },
    );
    const left = async (): Promise<number> => (await store.range({ ...stateRange(), limit: ENTRIES })).length;
    const writer = new SnapshotWriter(store, genesisOf());
    let asked = 0;
    expect(await writer.clear(at, () => ++asked > 1)).to.equal(at);
    expect(await left()).to.be.within(1, ENTRIES - 1);
    expect(readJoinRecord(store)).to.deep.equal(at);
    expect(await writer.clear(at, () => false)).to.include({ phase: 'pages', above: 3, leaves: 0 });
    expect(await left()).to.equal(0);
    // Of what it did there would be a gap before the blocks that it will execute.
    expect(await store.range({ ...eventsRange(0), limit: 10 })).to.deep.equal([]);
    expect(await store.range({ ...historyRange(ann), limit: 10 })).to.deep.equal([]);
    expect(readJoinRecord(store)).to.include({ phase: 'pages' });
    await store.stop();
  });
});
