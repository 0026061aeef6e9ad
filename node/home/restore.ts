/**
 * The way back of a backup (backup.ts): its ledger becomes that of a home without one, after every entry of it was looked
 * at. What is wrong is named by its file. docs/decisions/backup.md says what a restored library may do.
 */
import { existsSync } from 'node:fs';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { openLevelStore } from '../../store/level.ts';
import { type BackupFacts, RESTORED } from './backup.ts';
import { makeFolder, orNothing } from './folder.ts';
import { keepGenesis, readGenesis, readKeptGenesis, refuseAnotherChain } from './genesis-file.ts';
import { checkState } from './state-check.ts';
import { isMidJoin } from './stopped-store.ts';
import { digestOf } from './store-digest.ts';
import { parseJson, readIfThere } from './text-file.ts';

/**
 * @throws Fault("config.invalid") when the home has a ledger, belongs to another chain, or the backup is damaged;
 * Fault("store.locked") when a library runs there.
 */
export async function restoreBackup(from: string, home: string): Promise<BackupFacts> {
  const chain = join(home, 'chain');
  if (existsSync(chain)) await refuseLedger(home, chain);
  const facts = readFacts(from);
  const genesis = orDamaged(() => {
    const path = join(from, 'genesis.json');
    const found = readGenesis(path);
    refuseAnotherChain(found, path, join(from, 'backup.json'), facts.chainId);
    return found;
  });
  const own = join(home, 'genesis.json');
  const isThere = existsSync(own);
  if (isThere) refuseAnotherChain(readKeptGenesis(own), own, `the backup in ${from}`, facts.chainId);
  const copied = join(from, 'chain');
  if (!existsSync(copied)) damaged(`${copied} is missing`);
  const partial = `${chain}.partial`;
  return orNothing(partial, async () => {
    await cp(copied, partial, { recursive: true });
    await checkCopy(partial, facts, from);
    makeFolder(home);
    // What was indexed belongs to the ledger that is gone.
    for (const name of ['catalogue.sqlite', 'catalogue.sqlite-wal', 'catalogue.sqlite-shm']) {
      await rm(join(home, name), { force: true });
    }
    if (!isThere) keepGenesis(own, genesis);
    await rename(partial, chain);
    return facts;
  });
}

async function refuseLedger(home: string, chain: string): Promise<never> {
  const todo = (await isMidJoin(home))
    ? `was stopped while it joined: start it to go on, or move ${chain} away for the backup`
    : 'has a ledger: a restore never overwrites one';
  throw new Fault('config.invalid', `${home} ${todo}`);
}

/** The digest finds what a disk has done, the state root what a person has. */
async function checkCopy(path: string, facts: BackupFacts, from: string): Promise<void> {
  const unlike = `${join(from, 'chain')} is not what ${join(from, 'backup.json')} says`;
  const store = openLevelStore(path);
  try {
    await store.start();
    if ((await digestOf(store)) !== facts.digest) damaged(unlike);
    const state = await checkState(store);
    if (state.kind !== 'accept') {
      const why = state.kind === 'reject' ? state.detail : undefined;
      damaged(`${join(from, 'chain')}: ${why ?? state.code}`);
    }
    if (toHex(state.value.hash) !== facts.hash || state.value.height !== facts.height) damaged(unlike);
    if (toHex(state.value.chainId) !== facts.chainId || store.get(RESTORED) === undefined) damaged(unlike);
  } catch (error) {
    // LevelDB says it in its own words.
    if (error instanceof Fault && error.code === 'store.failed') damaged(unlike, error);
    throw error;
  } finally {
    await store.stop();
  }
}

function readFacts(from: string): BackupFacts {
  const path = join(from, 'backup.json');
  const text = readIfThere(path);
  if (text === undefined) {
    throw new Fault('config.invalid', `there is no whole backup in ${from}: ${path} is missing`);
  }
  const facts = orDamaged(() => parseJson(text, path)) as BackupFacts | null;
  if (facts?.version === 2) return facts;
  throw new Fault('config.invalid', `the backup in ${from} was made by another version: so says ${path}`);
}

function orDamaged<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Fault)) throw error;
    return damaged(error.message, error.cause);
  }
}

function damaged(why: string, cause?: unknown): never {
  throw new Fault('config.invalid', `the backup is damaged: ${why}`, { cause });
}
