/** A home on the disk that holds the chain of a world (test/chain/world.ts), as a library that has stopped leaves it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { genesisToJson } from '../../chain/block/genesis.ts';
import { toHex } from '../../core/bytes.ts';
import { BlockStore } from '../../node/ledger/block-store.ts';
import { Ledger } from '../../node/ledger/ledger.ts';
import { openLevelStore } from '../../store/level.ts';
import { seedOf, type World } from '../chain/world.ts';

/** The library is "ann". */
export async function storeWorld(folder: string, world: World): Promise<void> {
  writeFileSync(join(folder, 'node.key'), toHex(seedOf('ann')));
  writeFileSync(join(folder, 'genesis.json'), JSON.stringify(genesisToJson(world.genesis)));
  const store = openLevelStore(join(folder, 'chain'));
  await store.start();
  const ledger = await Ledger.open(new BlockStore(store, 10), world.genesis);
  for (const { block, transactions, hash } of world.blocks) {
    expect(ledger.execute(block, transactions).kind).to.equal('accept');
    const commit = ledger.prepareCommit(hash, new Uint8Array(1))!;
    await store.write(commit.writes, { sync: true });
    ledger.advance(commit);
  }
  await store.stop();
}
