/** The database of a library that is not running, for commands that read it: what is there, or a sentence that says why not. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../../core/fault.ts';
import type { DeepStore } from '../../core/ports.ts';
import { openLevelStore } from '../../store/level.ts';
import { readJoinRecord } from '../sync/snapshot/join-record.ts';

/**
 * Started. @param todo - for the operator of one that runs.
 * @throws Fault("config.invalid") when there is none, Fault("store.locked") when the library runs.
 */
export async function openStoppedStore(home: string, todo = 'stop it first'): Promise<DeepStore> {
  const path = join(home, 'chain');
  if (!existsSync(path)) throw new Fault('config.invalid', `there is no ledger in ${home}`);
  const store = openLevelStore(path);
  try {
    await store.start();
  } catch (cause) {
    if (!(cause instanceof Fault) || cause.code !== 'store.locked') throw cause;
    throw new Fault('store.locked', `the library in ${home} is running: ${todo}`, { cause });
  }
  return store;
}

/** The same, with a ledger in it. @throws as above, and Fault("config.invalid") when it was stopped in the middle of a join. */
export async function openStoppedLedger(home: string, todo?: string): Promise<DeepStore> {
  const store = await openStoppedStore(home, todo);
  if (readJoinRecord(store) === undefined) return store;
  await store.stop();
  throw new Fault(
    'config.invalid',
    `the library in ${home} was stopped while it joined, and has no whole ledger yet: start it, and wait until /ready answers 200`,
  );
}

/** @throws Fault("store.locked") when the library runs. */
export async function isMidJoin(home: string): Promise<boolean> {
  const store = await openStoppedStore(home);
  const record = readJoinRecord(store);
  await store.stop();
  return record !== undefined;
}
