/**
 * A copy of a library's ledger in a folder of its own. It is made from one moment of the store, so that it is a state in
 * which the library could have been switched off, however busy it was. What it leaves out, on purpose: the journal of
 * votes (an old one is worse than none), the node key, the signing mark, the archive and the catalogue, which is built
 * anew. docs/decisions/backup.md says why; the way back is restore.ts.
 */
import { existsSync, readdirSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBlock } from '../../chain/block/block.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import type { DeepStore, Store, StoreWrite } from '../../core/ports.ts';
import * as keys from '../../store/keyspaces.ts';
import { openLevelStore } from '../../store/level.ts';
import { readJoinRecord } from '../sync/snapshot/join-record.ts';
import { makeFolder, orNothing } from './folder.ts';
import { genesisText, readKeptGenesis, refuseAnotherChain } from './genesis-file.ts';
import { openStoppedLedger } from './stopped-store.ts';
import { digestOf, rowsOf } from './store-digest.ts';

/** What `backup.json` says. */
export type BackupFacts = {
  readonly version: 2;
  readonly chainId: string;
  readonly height: number;
  readonly hash: string;
  /** The lowest block above genesis in it, with every one from there to the head: older ones may be pruned, or never have been here. */
  readonly base: number;
  /** Of everything in the copy (node/home/store-digest.ts). */
  readonly digest: string;
};

/** Says of a database that it is the copy of another one. */
export const RESTORED = keys.metaKey('restored');
const LEFT_OUT: readonly number[] = [keys.KEYSPACES.journal];
/**
 * What ties a database to the signing mark of its home (node/engine/amnesia/amnesia.ts): a copy without a journal
 * must not fit the mark, not even after it has followed for a while and has a journal of its own.
 */
const UNTIED = ['incarnation', 'fence'].map((name) => keys.metaKey(name));

/**
 * Writes a copy into the folder `to`, which must be empty or missing; it is there whole or not at all.
 * @throws Fault("config.invalid" | "store.failed"); the former also when the home's genesis is not one that a copy could
 * be restored with.
 */
export async function writeBackup(store: DeepStore, home: string, to: string): Promise<BackupFacts> {
  if (existsSync(to) && readdirSync(to).length > 0) {
    throw new Fault('config.invalid', `${to} is not empty: a backup never overwrites anything`);
  }
  if (readJoinRecord(store) !== undefined) {
    const why = 'there is nothing to back up before /ready answers 200';
    throw new Fault('config.invalid', `the library in ${home} is joining: ${why}`);
  }
  const moment = store.moment();
  try {
    const head = headOf(moment);
    const own = join(home, 'genesis.json');
    const genesis = readKeptGenesis(own);
    refuseAnotherChain(genesis, own, `the ledger in ${home}`, head.chainId);
    const partial = `${to}.partial`;
    return await orNothing(partial, async () => {
      makeFolder(partial);
      const digest = await writeCopy(moment, join(partial, 'chain'), head.height);
      const facts: BackupFacts = { version: 2, ...head, digest };
      await writeFile(join(partial, 'genesis.json'), genesisText(genesis), { flush: true });
      await writeFile(join(partial, 'backup.json'), `${JSON.stringify(facts, null, 2)}\n`, { flush: true });
      await rm(to, { recursive: true, force: true });
      await rename(partial, to);
      return facts;
    });
  } finally {
    await moment.release();
  }
}

const WHEN_READY =
  'it starts, joins or stops, and can be backed up when /ready answers 200, or when it has ended';

/** The same of a library that takes no commands. @throws Fault("store.locked") when it runs nevertheless. */
export async function backupStopped(home: string, to: string): Promise<BackupFacts> {
  const store = await openStoppedLedger(home, WHEN_READY);
  try {
    return await writeBackup(store, home, to);
  } finally {
    await store.stop();
  }
}

/** For whoever has asked for it. */
export function backupInWords({ height, hash, base }: BackupFacts, to: string): string {
  const older =
    base <= 1 ? 'every block before it' : `the blocks from ${base} on, as this library has no older ones`;
  return `Block ${height} (${hash}) is in ${to}, with its state and ${older}.`;
}

/** @returns the digest of what has reached the disk. */
async function writeCopy(moment: Pick<Store, 'range'>, path: string, height: number): Promise<string> {
  const copy = openLevelStore(path);
  await copy.start();
  try {
    for (const keyspace of Object.values(keys.KEYSPACES)) {
      if (LEFT_OUT.includes(keyspace)) continue;
      for await (const rows of rowsOf(moment, keyspace)) await copy.write(rows.map(put), { sync: false });
    }
    await copy.write(
      [
        { type: 'put', key: RESTORED, value: keys.bigEndian(height) },
        ...UNTIED.map((key): StoreWrite => ({ type: 'del', key })),
      ],
      { sync: true },
    );
    return await digestOf(copy);
  } finally {
    await copy.stop();
  }
}

function headOf(moment: Pick<Store, 'get'>): Omit<BackupFacts, 'version' | 'digest'> {
  const chainId = moment.get(keys.metaKey('chain'));
  const hash = moment.get(keys.metaKey('head'));
  const body = hash && moment.get(keys.blockKey(hash));
  const block = body && decodeBlock(body);
  assert(chainId !== undefined && hash !== undefined && block?.kind === 'accept', 'a ledger has a head');
  const base = moment.get(keys.metaKey('base'));
  return {
    chainId: toHex(chainId),
    height: block.value.header.height,
    hash: toHex(hash),
    base: base === undefined ? 1 : keys.fromBigEndian(base),
  };
}

function put([key, value]: readonly [Bytes, Bytes]): StoreWrite {
  return { type: 'put', key, value };
}
