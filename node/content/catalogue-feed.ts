/**
 * Feeds the catalogue from final blocks, and catches it up from the chain after a crash or when it was thrown
 * away; or from the state, when blocks are not kept that long. A block tells which files it touched; what they are
 * now, the state says.
 */

import type { Catalogue } from '../../catalogue/catalogue.ts';
import type { CatalogueChanges, CatalogueFile } from '../../catalogue/changes.ts';
import type { Action } from '../../chain/governance/action.ts';
import { proposal } from '../../chain/governance/proposal.ts';
import { file } from '../../chain/queries.ts';
import { SPACES } from '../../chain/state/keys.ts';
import type { StateView } from '../../chain/state/state.ts';
import { decodeTransaction, type Transaction } from '../../chain/transaction/transaction.ts';
import { assert } from '../../core/assert.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/ports.ts';
import { HASH_BYTES, type Hash32, type Height } from '../../core/scalars.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { viewOfEntry, walkState } from '../ledger/state-walk.ts';

/** Blocks without files move the catalogue's height only so often: a restart reads them once more. */
const QUIET_BLOCKS_MAX = 1_000;
/** Of the state, at a time. */
const ENTRIES = 1_000;

type Ports = {
  readonly ledger: Ledger;
  readonly catalogue: Catalogue;
  readonly log: Log;
  /** The catalogue cannot be written: a full disk, a broken file. */
  failed(error: unknown): void;
};

export class CatalogueFeed {
  readonly #ports: Ports;
  /** What is being indexed, or waits for it; that the thread keeps up is what bounds it, and `feedWaitingMax`. */
  #work: Promise<void> = Promise.resolve();
  #waiting = 0;
  /** Of what is indexed, or waits for it. */
  #height: Height = -1;
  /** The thread did not keep up: what has not been indexed is read from the state, once it is free. */
  #missed = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** Opens the catalogue, brings it up to the head, and keeps it there. */
  async start(): Promise<void> {
    const { catalogue, ledger, log } = this.#ports;
    await catalogue.start();
    const head = this.#headHeight();
    if ((await catalogue.height()) > head) await catalogue.reset(); // of another chain, or of a longer one
    if (Math.max(1, (await catalogue.height()) + 1) < ledger.blocks.base()) await this.#readState();
    const from = (await catalogue.height()) + 1;
    this.#height = from - 1;
    if (from < head) log.info('the catalogue catches up', { from, to: head });
    for (let height = Math.max(1, from); height <= head; height++) {
      this.#take(height, this.#stored(height));
      await this.#work;
    }
    ledger.onCommit((executed) => {
      const transactions = executed.transactions.map(({ transaction }) => transaction);
      this.#take(executed.block.header.height, transactions);
    });
  }

  async stop(): Promise<void> {
    const { catalogue } = this.#ports;
    await this.#work;
    if (!this.#missed) await catalogue.apply(this.#headHeight(), { added: [], removed: [] });
    await catalogue.stop();
  }

  #headHeight(): Height {
    return this.#ports.ledger.head().header.height;
  }

  /**
   * The blocks that would tell are not kept here: the state has every file, too. What is committed meanwhile comes
   * after it, once more.
   */
  async #readState(): Promise<void> {
    const { catalogue, ledger, log } = this.#ports;
    const height = this.#headHeight();
    log.info('the catalogue is filled from the state', { height });
    await catalogue.reset();
    for await (const entries of walkState(ledger.blocks.store, Uint8Array.of(SPACES.file), ENTRIES)) {
      const files = entries.flatMap((entry) => file(viewOfEntry(entry), entry[0].slice(-HASH_BYTES)) ?? []);
      await catalogue.load(files.filter(({ takenDown }) => !takenDown));
    }
    await catalogue.apply(height, { added: [], removed: [] });
  }

  #take(height: Height, transactions: readonly Transaction[]): void {
    const changes = changesOf(transactions, this.#ports.ledger.head().view);
    const count = changes.added.length + changes.removed.length;
    if (count === 0 && height - this.#height < QUIET_BLOCKS_MAX) return;
    this.#height = height;
    if (this.#waiting + count > limits.feedWaitingMax) {
      this.#missed = true;
      return;
    }
    this.#waiting += count;
    this.#next(async () => {
      await this.#ports.catalogue.apply(height, changes);
      this.#waiting -= count;
      if (!this.#missed || this.#waiting > 0) return;
      this.#missed = false;
      await this.#readState();
    });
  }

  #next(work: () => Promise<void>): void {
    this.#work = this.#work.then(work).catch((error) => this.#ports.failed(error));
  }

  #stored(height: Height): readonly Transaction[] {
    const { blocks } = this.#ports.ledger;
    const row = blocks.at(height);
    const block = row && blocks.body(row.hash);
    assert(block !== undefined, 'every final block is stored');
    return block.transactions.map((bytes) => {
      const transaction = decodeTransaction(bytes, block.header.version);
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
    if (record === undefined) {
      // What is pending was never in; what was reset goes.
      if (hash !== undefined && actionOf(transaction, view)?.kind === 'reset-file') removed.push(hash);
      continue;
    }
    const { name, size, height, takenDown } = record;
    if (takenDown) removed.push(record.hash);
    else added.push({ hash: record.hash, name, size, height });
  }
  return { added, removed };
}

/** The file that a transaction may have made available, taken down, brought back or reset. */
function touched(transaction: Transaction, view: StateView): Hash32 | undefined {
  if (transaction.kind === 'upload' || transaction.kind === 'attest') return transaction.hash;
  const action = actionOf(transaction, view);
  return action !== undefined && 'hash' in action ? action.hash : undefined;
}

function actionOf(transaction: Transaction, view: StateView): Action | undefined {
  if (transaction.kind === 'propose') return transaction.action;
  return transaction.kind === 'approve' ? proposal(view, transaction.proposal)?.action : undefined;
}
