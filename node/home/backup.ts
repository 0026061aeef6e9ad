/**
 * A copy of a library's ledger in a folder of its own, and the way back. The copy is made from one moment of the
 * store, so that it is a state in which the library could have been switched off, however busy it was. What it leaves
 * out, on purpose: the journal of votes (an old one is worse than none), the node key, the signing mark, the archive
 * and the catalogue, which is built anew. docs/decisions/backup.md says why, and what a restored library may do.
 */

import { existsSync, readdirSync } from 'node:fs';
import { cp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeBlock } from '../../chain/block/block.ts';
import { chainIdOf, parseGenesis } from '../../chain/block/genesis.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import type { DeepStore, Store, StoreWrite } from '../../core/ports.ts';
import * as keys from '../../store/keyspaces.ts';
import { openLevelStore } from '../../store/level.ts';
import { readJoinRecord } from '../sync/snapshot/join-record.ts';
import { makeFolder } from './folder.ts';
import { checkState } from './state-check.ts';
import { digestOf, rowsOf } from './store-digest.ts';

/** What `backup.json` says. */
export type BackupFacts = {
  readonly version: 2;
  readonly chainId: string;
  readonly height: number;
  readonly hash: string;
  /** Of everything in the copy (node/home/store-digest.ts). */
  readonly digest: string;
};

const LEFT_OUT: readonly number[] = [keys.KEYSPACES.journal];
const RESTORED = keys.metaKey('restored');
/**
 * What ties a database to the signing mark of its home (node/engine/amnesia/amnesia.ts): a copy without a journal
 * must not fit the mark, not even after it has followed for a while and has a journal of its own.
 */
const UNTIED = ['incarnation', 'fence'].map((name) => keys.metaKey(name));

/**
 * Writes a copy into the folder `to`, which must be empty or missing; it is there whole or not at all.
 * @throws Fault("config.invalid" | "store.failed").
 */
export async function writeBackup(store: DeepStore, home: string, to: string): Promise<BackupFacts> {
  if (existsSync(to) && readdirSync(to).length > 0) {
    throw new Fault('config.invalid', `${to} is not empty: a backup never overwrites anything`);
  }
  if (readJoinRecord(store) !== undefined) {
    throw new Fault('config.invalid', 'this library is joining: there is nothing to back up yet');
  }
  const partial = `${to}.partial`;
  const moment = store.moment();
  return orNothing(partial, async () => {
    makeFolder(partial);
    const head = headOf(moment);
    const digest = await writeCopy(moment, join(partial, 'chain'), head.height);
    const facts: BackupFacts = { version: 2, ...head, digest };
    const genesis = await readFile(join(home, 'genesis.json'));
    await writeFile(join(partial, 'genesis.json'), genesis, { flush: true });
    await writeFile(join(partial, 'backup.json'), `${JSON.stringify(facts, null, 2)}\n`, { flush: true });
    await rm(to, { recursive: true, force: true });
    await rename(partial, to);
    return facts;
  }).finally(() => moment.release());
}

/** The same of a library that is not running. @throws Fault("store.locked") when it is. */
export async function backupStopped(home: string, to: string): Promise<BackupFacts> {
  if (!existsSync(join(home, 'chain'))) throw new Fault('config.invalid', `there is no ledger in ${home}`);
  const store = openLevelStore(join(home, 'chain'));
  await store.start();
  try {
    return await writeBackup(store, home, to);
  } finally {
    await store.stop();
  }
}

/**
 * Makes the ledger of a backup that of a home without one, after looking at every entry of its state.
 * @throws Fault("config.invalid") when the home has a ledger, belongs to another chain, or the backup is damaged.
 */
export async function restoreBackup(from: string, home: string): Promise<BackupFacts> {
  const chain = join(home, 'chain');
  if (existsSync(chain))
    throw new Fault('config.invalid', `${home} has a ledger: a restore never overwrites one`);
  const facts = await readFacts(from);
  const genesis = await readFile(join(from, 'genesis.json'), 'utf8').catch(damaged);
  checkGenesis(genesis, facts);
  const own = join(home, 'genesis.json');
  if (existsSync(own) && (await readFile(own, 'utf8')) !== genesis) {
    throw new Fault('config.invalid', `${own} is not the genesis of the backup`);
  }
  if (!existsSync(join(from, 'chain'))) damaged();
  const partial = `${chain}.partial`;
  return orNothing(partial, async () => {
    await cp(join(from, 'chain'), partial, { recursive: true });
    await checkCopy(partial, facts);
    makeFolder(home);
    // What was indexed belongs to the ledger that is gone.
    for (const name of ['catalogue.sqlite', 'catalogue.sqlite-wal', 'catalogue.sqlite-shm']) {
      await rm(join(home, name), { force: true });
    }
    await writeFile(own, genesis);
    await rename(partial, chain);
    return facts;
  });
}

/** Runs the work beside its place; what it has made so far goes when it fails. */
async function orNothing<T>(partial: string, work: () => Promise<T>): Promise<T> {
  await rm(partial, { recursive: true, force: true });
  try {
    return await work();
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error;
  }
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

/** The digest finds what a disk has done, the state root what a person has. */
async function checkCopy(path: string, facts: BackupFacts): Promise<void> {
  const store = openLevelStore(path);
  try {
    await store.start();
    if ((await digestOf(store)) !== facts.digest) damaged();
    const state = await checkState(store);
    if (state.kind !== 'accept') {
      const why = state.kind === 'reject' ? state.detail : undefined;
      throw new Fault('config.invalid', `the backup is damaged: ${why ?? state.code}`);
    }
    if (toHex(state.value.hash) !== facts.hash || state.value.height !== facts.height) damaged();
    if (toHex(state.value.chainId) !== facts.chainId || store.get(RESTORED) === undefined) damaged();
  } catch (error) {
    // LevelDB says it in its own words.
    if (error instanceof Fault && error.code === 'store.failed') damaged(error);
    throw error;
  } finally {
    await store.stop();
  }
}

function checkGenesis(text: string, facts: BackupFacts): void {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    damaged(error);
  }
  const genesis = parseGenesis(json);
  if (genesis.kind !== 'accept' || toHex(chainIdOf(genesis.value)) !== facts.chainId) damaged();
}

const DAMAGED = 'the backup is damaged: it is not what backup.json says';

function damaged(cause?: unknown): never {
  throw new Fault('config.invalid', DAMAGED, { cause });
}

async function readFacts(from: string): Promise<BackupFacts> {
  try {
    const facts: unknown = JSON.parse(await readFile(join(from, 'backup.json'), 'utf8'));
    if ((facts as BackupFacts).version === 2) return facts as BackupFacts;
  } catch (cause) {
    throw new Fault('config.invalid', `there is no whole backup in ${from}`, { cause });
  }
  throw new Fault('config.invalid', `the backup in ${from} was made by another version`);
}

function headOf(moment: Pick<Store, 'get'>): Pick<BackupFacts, 'chainId' | 'height' | 'hash'> {
  const chainId = moment.get(keys.metaKey('chain'));
  const hash = moment.get(keys.metaKey('head'));
  const body = hash && moment.get(keys.blockKey(hash));
  const block = body && decodeBlock(body);
  assert(chainId !== undefined && hash !== undefined && block?.kind === 'accept', 'a ledger has a head');
  return { chainId: toHex(chainId), height: block.value.header.height, hash: toHex(hash) };
}

function put([key, value]: readonly [Bytes, Bytes]): StoreWrite {
  return { type: 'put', key, value };
}
