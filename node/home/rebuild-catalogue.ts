/**
 * Throws the search index of a stopped library away and makes it anew from the chain. Nothing is lost: the
 * catalogue holds only what the ledger says.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { openCatalogue } from '../../catalogue/catalogue.ts';
import { Fault } from '../../core/fault.ts';
import type { Log } from '../../core/ports.ts';
import type { Height } from '../../core/scalars.ts';
import { CatalogueFeed } from '../content/catalogue-feed.ts';
import { BlockStore } from '../ledger/block-store.ts';
import { EventFeed } from '../ledger/event-feed.ts';
import { Ledger } from '../ledger/ledger.ts';
import { systemClock as clock } from '../process/system.ts';
import { createYield } from '../process/yield.ts';
import { readHome } from './home.ts';
import { openStoppedLedger } from './stopped-store.ts';

/** @returns the height up to which everything is indexed. @throws Fault("config.invalid" | "store.locked"). */
export async function rebuildCatalogue(folder: string, log: Log): Promise<Height> {
  const { genesis } = readHome(folder);
  const store = await openStoppedLedger(folder);
  try {
    const blocks = new BlockStore(store, 1);
    if (blocks.head() === undefined) throw new Fault('config.invalid', 'there is no ledger in this home');
    const ledger = await Ledger.open(blocks, genesis);
    const path = join(folder, 'catalogue.sqlite');
    for (const file of [path, `${path}-wal`, `${path}-shm`]) rmSync(file, { force: true });
    const catalogue = openCatalogue(path, { log, clock });
    let failure: unknown;
    const failed = (error: unknown): void => {
      failure = error;
    };
    const events = new EventFeed({ ledger, clock, yieldToLoop: createYield(), failed });
    const feed = new CatalogueFeed({ ledger, events, catalogue, log });
    await feed.start();
    await feed.stop();
    if (failure !== undefined) throw failure;
    return ledger.head().header.height;
  } finally {
    await store.stop();
  }
}
