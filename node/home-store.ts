/** The database of a library that is not running, for commands that read it. */
import { existsSync } from 'node:fs';
import { Fault } from '../core/fault.ts';
import type { Store } from '../core/ports.ts';
import { openLevelStore } from '../store/level.ts';

/** Started. @throws Fault("config.invalid") when there is none, Fault("store.locked") when the library runs. */
export async function openStoreOf(path: string): Promise<Store> {
  if (!existsSync(path)) throw new Fault('config.invalid', `there is no ledger at ${path}`);
  const store = openLevelStore(path);
  await store.start();
  return store;
}
