import { existsSync } from 'node:fs';
import { cp, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { genesisToJson } from '../../../chain/block/genesis.ts';
import { toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import type { DeepStore } from '../../../core/ports.ts';
import { backupStopped, writeBackup } from '../../../node/home/backup.ts';
import { restoreBackup } from '../../../node/home/restore.ts';
import { checkState } from '../../../node/home/state-check.ts';
import { digestOf } from '../../../node/home/store-digest.ts';
import { BlockStore } from '../../../node/ledger/block-store.ts';
import { Ledger } from '../../../node/ledger/ledger.ts';
import { AdminSocket, adminSocketPath, backupRunning } from '../../../node/operator/admin-socket.ts';
import { joinRecordWrite } from '../../../node/sync/snapshot/join-record.ts';
import { openJournal } from '../../../store/journal.ts';
import { journalPrefix, metaKey, stateRange } from '../../../store/keyspaces.ts';
import { openLevelStore } from '../../../store/level.ts';
import { keyOf } from '../../chain/world.ts';
import { expectFault } from '../../contracts/fault.ts';
import { type Folder, makeFolder } from '../../store/folder.ts';
import { type FinalisedChain, finalisedChain } from '../finalised-chain.ts';
import { quiet } from '../replicas.ts';

describe('backups', () => {
  let folder: Folder;
  let home: string;
  let to: string;
  let store: DeepStore;
  let chain: FinalisedChain;

  beforeEach(async () => {
    folder = await makeFolder();
    home = join(folder.path, 'home');
    to = join(folder.path, 'backup');
    await mkdir(home);
    store = openLevelStore(join(home, 'chain'));
    await store.start();
    chain = await finalisedChain(store);
    await writeFile(join(home, 'genesis.json'), JSON.stringify(genesisToJson(chain.world.genesis)));
    await writeFile(join(home, 'node.key'), 'secret');
    await chain.grow(50);
  });
  afterEach(async () => {
    await store.stop();
    await folder.remove();
  });

  it('of a running library under load are one moment of it, and can be restored', async () => {
    const operate = async () => ({ result: null });
    const readerCodes = { make: async () => [] };
    const stock = async () => ({ outcome: 'busy' as const });
    const admin = new AdminSocket({ store, log: quiet, readerCodes, stock, operate }, home);
    await admin.start();
    expect((await stat(adminSocketPath(home))).mode & 0o777).to.equal(0o600);
    let writing = true;
    const load = (async () => {
      while (writing) await chain.grow(1);
    })();
    const before = chain.ledger.head().header.height;
    const facts = await backupRunning(home, to);
    writing = false;
    await load;
    await admin.stop();
    expect(facts?.height).to.be.at.least(before);
    expect(chain.ledger.head().header.height).to.be.greaterThan(facts!.height);
    expect(await readdir(to)).to.have.members(['chain', 'genesis.json', 'backup.json']);

    const other = join(folder.path, 'other');
    expect(await restoreBackup(to, other)).to.deep.equal(facts);
    const restored = openLevelStore(join(other, 'chain'));
    await restored.start();
    const ledger = await Ledger.open(new BlockStore(restored, 100), chain.world.genesis);
    expect(toHex(ledger.head().hash)).to.equal(facts!.hash);
    expect(ledger.blocks.history.isWhole).to.equal(true);
    expect(
      await ledger.blocks.history.read(keyOf('reader 0'), { before: undefined, limit: 9 }),
    ).to.have.length(1);
    const missed = chain.world.blocks.slice(facts!.height);
    expect(ledger.execute(missed[0]!.block, missed[0]!.transactions).kind).to.equal('accept');
    expect(restored.get(metaKey('restored'))).to.not.equal(undefined);
    await restored.stop();
  });

  it('leave out the key, the journal, and what ties the database to the signing mark', async () => {
    const journal = openJournal(store, journalPrefix());
    await journal.load();
    await store.write(
      [
        ...journal.append([Uint8Array.of(1)]),
        { type: 'put', key: metaKey('incarnation'), value: new Uint8Array(16) },
      ],
      { sync: true },
    );
    await store.stop();
    await backupStopped(home, to);
    const copy = openLevelStore(join(to, 'chain'));
    await copy.start();
    expect(await openJournal(copy, journalPrefix()).load()).to.deep.equal([]);
    // Without it a signing mark fits no more: the node knows that it has forgotten (node/engine/amnesia/amnesia.ts).
    expect(copy.get(metaKey('incarnation'))).to.equal(undefined);
    await copy.stop();
    expect(existsSync(join(to, 'node.key'))).to.equal(false);
  });

  it('store.locked: are not made behind the back of a running library', async () => {
    expect(await backupRunning(home, to)).to.equal(undefined);
    await expectFault('store.locked', () => backupStopped(home, to));
  });

  it('snapshot.wrong: are refused when they are damaged, and leave nothing behind', async () => {
    await store.stop();
    await backupStopped(home, to);
    const copy = openLevelStore(join(to, 'chain'));
    await copy.start();
    const [row] = await copy.range({ ...stateRange(), limit: 1 });
    await copy.write([{ type: 'put', key: row![0], value: Uint8Array.of(0) }], { sync: true });
    expect(await checkState(copy)).to.include({ kind: 'reject', code: 'snapshot.wrong' });
    await copy.write([{ type: 'del', key: row![0] }], { sync: true });
    expect(await checkState(copy)).to.include({ code: 'snapshot.wrong', detail: 'entries are missing' });
    const digest = await digestOf(copy);
    await copy.stop();
    const other = join(folder.path, 'other');
    const refusal = () => expectFault('config.invalid', () => restoreBackup(to, other));
    expect((await refusal()).message).to.match(/damaged: .*\/chain is not what .*\/backup\.json says$/);
    // Nor is somebody believed who has made the rest of it fit.
    const facts = JSON.parse(await readFile(join(to, 'backup.json'), 'utf8'));
    await writeFile(join(to, 'backup.json'), JSON.stringify({ ...facts, digest }));
    expect((await refusal()).message).to.match(/damaged: .*\/chain: entries are missing$/);
    expect(existsSync(join(other, 'chain'))).to.equal(false);
  });

  it('are refused whatever happened to a file of it: a bit flipped, cut off, emptied, gone', async () => {
    await store.stop();
    await backupStopped(home, to);
    const database = join(to, 'chain');
    const other = join(folder.path, 'other');
    const whole = await copied(database, (copy) => rowsOf(copy));

    const refusedOrWhole = async (what: string): Promise<void> => {
      const error: unknown = await restoreBackup(to, other).catch((thrown: unknown) => thrown);
      if (error instanceof Fault) {
        expect(error.code, what).to.equal('config.invalid');
        expect(error.message, what).to.match(/damaged|no whole backup|another version/);
        expect(existsSync(other) ? await readdir(other) : [], what).to.deep.equal([]);
        return;
      }
      // Some bytes of a file say nothing of what is in the database: then all of it is there.
      expect((await rowsOf(join(other, 'chain'))) === whole, what).to.equal(true);
      await rm(other, { recursive: true });
    };
    for (const form of ['a log', 'tables']) {
      if (form === 'tables') await compacted(database);
      const files = (await readdir(database)).filter((name) => name !== 'LOCK' && !name.startsWith('LOG'));
      expect(files.some((name) => name.endsWith(form === 'tables' ? '.ldb' : '.log'))).to.equal(true);
      for (const name of [...files, '../backup.json', '../genesis.json']) {
        const path = join(database, name);
        const bytes = await readFile(path);
        const places = [0.1, 0.3, 0.5, 0.7, 0.9].map((part) => Math.floor(part * bytes.length));
        for (const at of places) {
          const flipped = Buffer.from(bytes);
          flipped[at]! ^= 4;
          await writeFile(path, flipped);
          await refusedOrWhole(`${form}, ${name}: byte ${at} of ${bytes.length}`);
          await writeFile(path, bytes.subarray(0, at));
          await refusedOrWhole(`${form}, ${name}: cut at ${at} of ${bytes.length}`);
        }
        await writeFile(path, '');
        await refusedOrWhole(`${form}, ${name}: empty`);
        await rm(path);
        await refusedOrWhole(`${form}, ${name}: gone`);
        await writeFile(path, bytes);
      }
    }
    await rm(database, { recursive: true });
    await expectFault('config.invalid', () => restoreBackup(to, other));
  });

  it('leave nothing half written when they fail', async () => {
    await rm(join(home, 'genesis.json'));
    let failed = false;
    await writeBackup(store, home, to).catch(() => {
      failed = true;
    });
    expect(failed).to.equal(true);
    expect(await readdir(folder.path)).to.deep.equal(['home']);
  });

  it('overwrite nothing, neither a folder nor a ledger nor another federation', async () => {
    await store.stop();
    await mkdir(to);
    await writeFile(join(to, 'precious'), 'data');
    await expectFault('config.invalid', () => backupStopped(home, to));
    expect(await readFile(join(to, 'precious'), 'utf8')).to.equal('data');
    const good = join(folder.path, 'good');
    await backupStopped(home, good);
    await expectFault('config.invalid', () => restoreBackup(good, home));
    const other = join(folder.path, 'other');
    await mkdir(other);
    await writeFile(join(other, 'genesis.json'), '{}');
    await expectFault('config.invalid', () => restoreBackup(good, other));
    await expectFault('config.invalid', () => restoreBackup(other, join(folder.path, 'third')));
  });

  it('are not made of a library that is still joining', async () => {
    await store.write([joinRecordWrite({ phase: 'wanted', above: 0 })], { sync: true });
    await store.stop();
    await expectFault('config.invalid', () => backupStopped(home, to));
  });
});

/** Everything in a database, in order. */
async function rowsOf(path: string): Promise<string> {
  const store = openLevelStore(path);
  await store.start();
  const rows = await store.range({ from: Uint8Array.of(0), to: Uint8Array.of(255), limit: 1e6 });
  await store.stop();
  return rows.flatMap((row) => row.map(toHex)).join();
}

/** Opening a database changes its files: this looks at a copy. */
async function copied<T>(path: string, look: (copy: string) => Promise<T>): Promise<T> {
  const copy = `${path}.copy`;
  await cp(path, copy, { recursive: true });
  const seen = await look(copy);
  await rm(copy, { recursive: true });
  return seen;
}

/** From its log into sorted tables. */
async function compacted(path: string): Promise<void> {
  const store = openLevelStore(path);
  await store.start();
  await store.compact({ from: Uint8Array.of(0), to: Uint8Array.of(255) });
  await store.stop();
}
