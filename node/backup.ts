/**
 * A copy of a library's ledger in a folder of its own, and the way back. The copy is made from one moment of the
 * store, so that it is a state in which the library could have been switched off, however busy it was. What it leaves
 * out, on purpose: the journal of votes (an old one is worse than none), the node key, the signing mark, the archive
 * and the catalogue, which is built anew. docs/decisions/backup.md says why, and what a restored library may do.
 */

import { existsSync, readdirSync } from 'node:fs';
import { cp, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { decodeBlock } from '../chain/block.ts';
import { assert } from '../core/assert.ts';
import { type Bytes, concat, toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import type { DeepStore, Store, StoreWrite } from '../core/ports.ts';
import * as keys from '../store/keyspaces.ts';
import { openLevelStore } from '../store/level.ts';
import { readJoinRecord } from './snapshot/join-record.ts';
import { checkState } from './state-check.ts';

/** What `backup.json` says. */
export type BackupFacts = {
  readonly version: 1;
  readonly chainId: string;
  readonly height: number;
  readonly hash: string;
};

/** Of one read: blocks are long, everything else is short. */
const ROWS = 500;
const BLOCK_ROWS = 16;
const LEFT_OUT: readonly number[] = [keys.KEYSPACES.journal];
const RESTORED = keys.metaKey('restored');
/**
 * What ties a database to the signing mark of its home (node/amnesia.ts): a copy without a journal must not fit the
 * mark, not even after it has followed for a while and has a journal of its own.
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
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true, mode: 0o700 });
  const moment = store.moment();
  try {
    const facts = factsOf(moment);
    const copy = openLevelStore(join(partial, 'chain'));
    await copy.start();
    try {
      await copyAll(moment, copy);
      await copy.write(
        [
          { type: 'put', key: RESTORED, value: keys.bigEndian(facts.height) },
          ...UNTIED.map((key): StoreWrite => ({ type: 'del', key })),
        ],
        { sync: true },
      );
    } finally {
      await copy.stop();
    }
    await writeFile(join(partial, 'genesis.json'), await readFile(join(home, 'genesis.json')));
    await writeFile(join(partial, 'backup.json'), `${JSON.stringify(facts, null, 2)}\n`);
    await rm(to, { recursive: true, force: true });
    await rename(partial, to);
    return facts;
  } finally {
    await moment.release();
  }
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
  const genesis = await readFile(join(from, 'genesis.json'), 'utf8');
  const own = join(home, 'genesis.json');
  if (existsSync(own) && (await readFile(own, 'utf8')) !== genesis) {
    throw new Fault('config.invalid', `${own} is not the genesis of the backup`);
  }
  const partial = `${chain}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(dirname(partial), { recursive: true, mode: 0o700 });
  await cp(join(from, 'chain'), partial, { recursive: true });
  await checkCopy(partial, facts);
  // What was indexed belongs to the ledger that is gone.
  for (const name of ['catalogue.sqlite', 'catalogue.sqlite-wal', 'catalogue.sqlite-shm']) {
    await rm(join(home, name), { force: true });
  }
  await writeFile(own, genesis);
  await rename(partial, chain);
  return facts;
}

async function checkCopy(path: string, facts: BackupFacts): Promise<void> {
  const store = openLevelStore(path);
  await store.start();
  try {
    const state = await checkState(store);
    if (state.kind !== 'accept') {
      const why = state.kind === 'reject' ? state.detail : undefined;
      throw new Fault('config.invalid', `the backup is damaged: ${why ?? state.code}`);
    }
    if (toHex(state.value.hash) !== facts.hash || store.get(RESTORED) === undefined) {
      throw new Fault('config.invalid', 'the backup is damaged: it is not what backup.json says');
    }
  } finally {
    await store.stop();
  }
}

async function readFacts(from: string): Promise<BackupFacts> {
  try {
    const facts: unknown = JSON.parse(await readFile(join(from, 'backup.json'), 'utf8'));
    if ((facts as BackupFacts).version === 1) return facts as BackupFacts;
  } catch (cause) {
    throw new Fault('config.invalid', `there is no whole backup in ${from}`, { cause });
  }
  throw new Fault('config.invalid', `the backup in ${from} was made by another version`);
}

function factsOf(moment: Pick<Store, 'get'>): BackupFacts {
  const chainId = moment.get(keys.metaKey('chain'));
  const hash = moment.get(keys.metaKey('head'));
  const body = hash && moment.get(keys.blockKey(hash));
  const block = body && decodeBlock(body);
  assert(chainId !== undefined && hash !== undefined && block?.kind === 'accept', 'a ledger has a head');
  return { version: 1, chainId: toHex(chainId), height: block.value.header.height, hash: toHex(hash) };
}

async function copyAll(from: Pick<Store, 'range'>, to: Store): Promise<void> {
  for (const keyspace of Object.values(keys.KEYSPACES)) {
    if (LEFT_OUT.includes(keyspace)) continue;
    const limit = keyspace === keys.KEYSPACES.block ? BLOCK_ROWS : ROWS;
    let { from: next, to: end } = keys.prefixRange(Uint8Array.of(keyspace));
    for (;;) {
      const rows = await from.range({ from: next, to: end, limit });
      await to.write(rows.map(put), { sync: false });
      if (rows.length < limit) break;
      next = concat(rows.at(-1)![0], Uint8Array.of(0));
    }
  }
}

function put([key, value]: readonly [Bytes, Bytes]): StoreWrite {
  return { type: 'put', key, value };
}
