/** A process to be killed: prunes the ledger of a folder and says after each of its writes that it is done. */

import { writeSync } from 'node:fs';
import { BlockStore } from '../../../node/ledger/block-store.ts';
import { Ledger } from '../../../node/ledger/ledger.ts';
import { Pruner } from '../../../node/ledger/prune.ts';
import { createYield } from '../../../node/process/yield.ts';
import { openLevelStore } from '../../../store/level.ts';
import { genesisOf } from '../../chain/world.ts';
import { eventually } from '../eventually.ts';
import { quiet } from '../replicas.ts';

const [, , path, kept] = process.argv;
const store = openLevelStore(path!);
await store.start();
const ledger = await Ledger.open(new BlockStore(store, 10), genesisOf({ blockIntervalMs: 0 }));
const { write } = store;
store.write = async (...batch) => {
  await write.apply(store, batch);
  writeSync(1, '.\n');
};
const failed = (error: unknown): void => {
  throw error;
};
const options = { blocksKept: Number(kept), blocksPerBatch: 16, blocksPerCompaction: 32 };
const pruner = new Pruner({ store, ledger, log: quiet, yieldToLoop: createYield(), failed }, options);
await pruner.start();
const { height } = ledger.head().header;
await eventually(() => height - Number(kept) - ledger.blocks.base() + 1 < options.blocksPerBatch);
await pruner.stop();
await store.stop();
writeSync(1, 'done\n');
