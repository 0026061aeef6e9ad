/** A library that comes back from a backup of itself, made while it was at work, among others that went on. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { genesisToJson } from '../../../../chain/block/genesis.ts';
import { toHex } from '../../../../core/bytes.ts';
import { createMemoryWatermark } from '../../../../node/engine/amnesia/watermark-memory.ts';
import { writeBackup } from '../../../../node/home/backup.ts';
import { restoreBackup } from '../../../../node/home/restore.ts';
import { openLevelStore } from '../../../../store/level.ts';
import { createMemoryStore, type MemoryStore } from '../../../../store/memory.ts';
import { type Folder, makeFolder } from '../../../store/folder.ts';
import { eventually } from '../../eventually.ts';
import { registration, startFederation, type TestFederation, type TestReplica } from '../../replicas.ts';

const LIBRARIES = ['ann', 'bob', 'cid', 'dan'];

describe('an authority that is restored from a backup', () => {
  let folder: Folder;
  let federation: TestFederation;
  beforeEach(async () => {
    folder = await makeFolder();
    federation = await startFederation(LIBRARIES, { authorities: 4 });
    await eventually(() => federation.replicas.every(({ engine }) => engine.role === 'authority'));
  });
  afterEach(async () => {
    for (const { accused } of federation.replicas) expect(accused).to.deep.equal([]);
    await federation.stop();
    await folder.remove();
  });

  const register = async (by: TestReplica, reader: string): Promise<void> => {
    const verdict = await by.submission.submit(registration(federation.genesis, reader, by.name));
    expect(verdict.kind).to.equal('accept');
  };

  for (const mark of ['kept its signing mark', 'has lost that, too'] as const) {
    it(`and ${mark} follows first, and signs again when the others have told it how far it was`, async () => {
      const [ann] = federation.replicas as [TestReplica];
      const store = await backupOfDan();
      for (const reader of ['after one', 'after two', 'after three']) await register(ann, reader);
      const dead = await federation.kill('dan');
      const watermark = mark.startsWith('kept') ? dead.watermark : createMemoryWatermark();
      if (!mark.startsWith('kept')) watermark.mark = undefined;
      const cid = await federation.kill('cid');
      const dan = await federation.join('dan', { store, watermark });
      expect(dan.engine.role).to.equal('amnesic');
      // Two of the others are not enough to be sure, and without it there is no quorum: the chain waits.
      await eventually(() => dan.ledger.head().header.height === ann.ledger.head().header.height);
      expect(dan.engine.role).to.equal('amnesic');
      await federation.join('cid', cid);
      await eventually(() => dan.engine.role === 'authority');
      await register(dan, 'again');
      await eventually(
        () => new Set(federation.replicas.map(({ ledger }) => toHex(ledger.head().hash))).size === 1,
      );
    });
  }

  /** Made under load, restored into a home of its own, and read from there. */
  async function backupOfDan(): Promise<MemoryStore> {
    const [home, to, other] = ['home', 'backup', 'other'].map((name) => join(folder.path, name)) as [
      string,
      string,
      string,
    ];
    await mkdir(home);
    await writeFile(join(home, 'genesis.json'), JSON.stringify(genesisToJson(federation.genesis)));
    const dan = federation.replicas[3]!;
    const load = Promise.all(['one', 'two', 'three', 'four'].map((reader) => register(dan, reader)));
    await register(dan, 'zero');
    await writeBackup(dan.store, home, to);
    await load;
    await restoreBackup(to, other);
    const level = openLevelStore(join(other, 'chain'));
    await level.start();
    const rows = await level.range({ from: Uint8Array.of(0), to: Uint8Array.of(255), limit: 1e6 });
    await level.stop();
    const store = createMemoryStore();
    await store.start();
    await store.write(
      rows.map(([key, value]) => ({ type: 'put' as const, key, value })),
      { sync: true },
    );
    return store;
  }
});
