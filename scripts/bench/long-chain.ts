/**
 * A chain of many blocks, with the certificates of all its authorities, written into the home of a library without
 * running consensus: what years would leave behind. Blocks are built and executed by the ledger itself.
 */
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import type { Executed } from '../../chain/block/execute.ts';
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import { leader } from '../../consensus/quorum.ts';
import { assert } from '../../core/assert.ts';
import { equalBytes } from '../../core/bytes.ts';
import { createSigner } from '../../core/crypto-node.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { BlockStore } from '../../node/ledger/block-store.ts';
import { Ledger } from '../../node/ledger/ledger.ts';
import { openLevelStore } from '../../store/level.ts';
import type { FederationHomes, LibraryHome } from '../homes.ts';
import { finalityOf } from './finality.ts';

/** Blocks that become final together, by one certificate. */
const RUN = 10;
const STATES_KEPT = 1_024;
const DATABASE = 'chain';

/** @param blocks - the transactions of each, from height 1 on. @param into - a home without a database. */
export async function writeChain(
  { genesis, libraries }: FederationHomes,
  blocks: Iterable<readonly CheckedTransaction[]>,
  into: LibraryHome,
): Promise<void> {
  const store = openLevelStore(join(into.home, DATABASE));
  await store.start();
  const ledger = await Ledger.open(new BlockStore(store, STATES_KEPT), genesis);
  const signers = genesis.authorities.map((key) => {
    const library = libraries.find((one) => equalBytes(one.key, key));
    assert(library !== undefined, 'an authority is one of the libraries');
    return createSigner(library.seed);
  });
  let parent: Hash32 = ledger.head().hash;
  let height = 0;
  let last: Executed | undefined;
  const finalise = async (): Promise<void> => {
    if (last === undefined) return;
    const commit = ledger.prepareCommit(last.hash, finalityOf(last.block.header, last.hash, signers));
    assert(commit !== undefined, 'it extends the head');
    await store.write(commit.writes, { sync: false });
    await store.write(ledger.advance(commit), { sync: false });
    last = undefined;
  };
  for (const transactions of blocks) {
    height += 1;
    const proposer = genesis.authorities[leader(0, height, signers.length)]!;
    const at = { view: height, time: genesis.time + height, proposer };
    const { executed, refused } = ledger.build(parent, transactions, at);
    assert(refused.length === 0, 'the blocks are made of what the ledger takes');
    assert(executed.transactions.length === transactions.length, 'they fit');
    parent = executed.hash;
    last = executed;
    if (height % RUN === 0) await finalise();
  }
  await finalise();
  await store.stop();
}

/** The same chain for another library. */
export function copyChain(from: LibraryHome, to: LibraryHome): void {
  cpSync(join(from.home, DATABASE), join(to.home, DATABASE), { recursive: true });
}
