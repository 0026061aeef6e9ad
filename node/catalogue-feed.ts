/**
 * Feeds the catalogue from final blocks, and catches it up from the chain after a crash or when it was thrown
 * away; or from the state, when blocks are not kept that long. A block tells which files it touched; what they are
 * now, the state says.
 */

import type { Catalogue, CatalogueChanges, CatalogueFile } from '../catalogue/catalogue.ts';
import { SPACES } from '../chain/keys.ts';
import { file, proposal } from '../chain/queries.ts';
import type { StateView } from '../chain/state.ts';
import { decodeTransaction, type Transaction } from '../chain/transaction.ts';
import { assert } from '../core/assert.ts';
import { concat } from '../core/bytes.ts';
import type { Log } from '../core/ports.ts';
import { HASH_BYTES, type Hash32, type Height } from '../core/scalars.ts';
import { stateRange } from '../store/keyspaces.ts';
import type { Ledger } from './ledger.ts';

/** Blocks without files move the catalogue's height only so often: a restart reads them once more. */
const QUIET_BLOCKS_MAX = 1_000;
const ROWS = 1_000;

export class CatalogueFeed {
  readonly #ledger: Ledger;
  readonly #catalogue: Catalogue;
  readonly #log: Log;

  constructor(ledger: Ledger, catalogue: Catalogue, log: Log) {
    this.#ledger = ledger;
    this.#catalogue = catalogue;
    this.#log = log;
  }

  /** Opens the catalogue, brings it up to the head, and keeps it there. */
  async start(): Promise<void> {
    await this.#catalogue.start();
    const head = this.#height();
    if (this.#catalogue.height() > head) this.#catalogue.reset(); // of another chain, or of a longer one
    if (Math.max(1, this.#catalogue.height() + 1) < this.#ledger.blocks.base()) await this.#readState();
    const from = this.#catalogue.height() + 1;
    if (from < head) this.#log.info('the catalogue catches up', { from, to: head });
    for (let height = Math.max(1, from); height <= head; height++) this.#take(height, this.#stored(height));
    this.#ledger.onCommit((executed) => {
      const transactions = executed.transactions.map(({ transaction }) => transaction);
      this.#take(executed.block.header.height, transactions);
    });
  }

  async stop(): Promise<void> {
    this.#catalogue.apply(this.#height(), { added: [], removed: [] });
    await this.#catalogue.stop();
  }

  #height(): Height {
    return this.#ledger.head().header.height;
  }

  /** The blocks that would tell are not kept here: the state has every file, too. Nothing is committed meanwhile. */
  async #readState(): Promise<void> {
    const { view } = this.#ledger.head();
    this.#log.info('the catalogue is filled from the state', { height: this.#height() });
    this.#catalogue.reset();
    const { from: first, to } = stateRange(Uint8Array.of(SPACES.file));
    for (let from = first; ; ) {
      const rows = await this.#ledger.blocks.store.range({ from, to, limit: ROWS });
      const files = rows.flatMap(([key]) => file(view, key.slice(-HASH_BYTES)) ?? []);
      this.#catalogue.load(files.filter(({ takenDown }) => !takenDown));
      if (rows.length < ROWS) break;
      from = concat(rows.at(-1)![0], Uint8Array.of(0));
    }
    this.#catalogue.apply(this.#height(), { added: [], removed: [] });
  }

  #take(height: Height, transactions: readonly Transaction[]): void {
    const changes = changesOf(transactions, this.#ledger.head().view);
    const quiet = changes.added.length + changes.removed.length === 0;
    if (quiet && height - this.#catalogue.height() < QUIET_BLOCKS_MAX) return;
    this.#catalogue.apply(height, changes);
  }

  #stored(height: Height): readonly Transaction[] {
    const row = this.#ledger.blocks.at(height);
    const block = row && this.#ledger.blocks.body(row.hash);
    assert(block !== undefined, 'every final block is stored');
    return block.transactions.map((bytes) => {
      const transaction = decodeTransaction(bytes);
      assert(transaction.kind === 'accept', 'a stored transaction decodes');
      return transaction.value;
    });
  }
}

function changesOf(transactions: readonly Transaction[], view: StateView): CatalogueChanges {
  const added: CatalogueFile[] = [];
  const removed: Hash32[] = [];
  for (const transaction of transactions) {
    const hash = touched(transaction, view);
    const record = hash && file(view, hash);
    if (record === undefined) continue;
    const { name, size, height, takenDown } = record;
    if (takenDown) removed.push(record.hash);
    else added.push({ hash: record.hash, name, size, height });
  }
  return { added, removed };
}

/** The file that a transaction may have made available, taken down or brought back. */
function touched(transaction: Transaction, view: StateView): Hash32 | undefined {
  if (transaction.kind === 'upload' || transaction.kind === 'attest') return transaction.hash;
  const action =
    transaction.kind === 'propose'
      ? transaction.action
      : transaction.kind === 'approve'
        ? proposal(view, transaction.proposal)?.action
        : undefined;
  return action !== undefined && 'hash' in action ? action.hash : undefined;
}
