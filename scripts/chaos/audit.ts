/**
 * What is on the disks after everything has ended: does every library hold the same chain, is every purchase that
 * was acknowledged in it, and none twice? Reads the stores themselves; asks no library.
 */
import { join } from 'node:path';
import { RULES_VERSION } from '../../chain/block/version.ts';
import * as queries from '../../chain/queries.ts';
import type { StateView } from '../../chain/state/state.ts';
import { decodeTransaction } from '../../chain/transaction/transaction.ts';
import { assert } from '../../core/assert.ts';
import { toHex } from '../../core/bytes.ts';
import type { Tokens } from '../../core/scalars.ts';
import { BlockStore, headIn } from '../../node/ledger/block-store.ts';
import { openLevelStore } from '../../store/level.ts';
import type { LibraryHome } from '../homes.ts';
import type { Purchase } from './load.ts';

export type Books = {
  readonly library: string;
  /** The lowest height whose block is here: above 1 when it has joined by a snapshot. */
  readonly base: number;
  /** From `base` on: hash and state root, hex. */
  readonly blocks: readonly string[];
  /** How often each purchase stands in these blocks. */
  readonly purchases: ReadonlyMap<Purchase, number>;
  /** Tokens that each reader has spent, by its account. */
  readonly spent: ReadonlyMap<string, Tokens>;
};

/** @param readers - public keys, hex. */
export async function readBooks({ home, name }: LibraryHome, readers: readonly Uint8Array[]): Promise<Books> {
  const store = openLevelStore(join(home, 'chain'));
  await store.start();
  try {
    const rows = new BlockStore(store, 1);
    const view: StateView = { get: (key) => rows.value(key) };
    const { height } = headIn(store)!;
    const purchases = new Map<Purchase, number>();
    const blocks: string[] = [];
    for (let at = rows.base(); at <= height; at++) {
      const { hash } = rows.at(at)!;
      const block = rows.body(hash)!;
      blocks.push(`${toHex(hash)} ${toHex(block.header.stateRoot)}`);
      for (const bytes of block.transactions) count(purchases, bytes);
    }
    const spent = new Map(readers.map((key) => [toHex(key), queries.account(view, key)?.downloaded ?? 0n]));
    return { library: name, base: rows.base(), blocks, purchases, spent };
  } finally {
    await store.stop();
  }
}

/** @param fileBytes - the size of every file, which is its price. @returns what is wrong; nothing when all is well. */
export function audit(
  all: readonly Books[],
  acknowledged: ReadonlySet<Purchase>,
  fileBytes: number,
): readonly string[] {
  const whole = all.find(({ base }) => base === 1);
  if (whole === undefined) return ['no library has the whole chain'];
  const height = whole.blocks.length;
  const wrong: string[] = [];
  for (const books of all) {
    const { library, base, blocks, purchases, spent } = books;
    if (base - 1 + blocks.length !== height) wrong.push(`${library} ends at another height`);
    const fork = blocks.findIndex((block, i) => block !== whole.blocks[base - 1 + i]);
    if (fork >= 0) wrong.push(`${library} has another block at height ${base + fork}`);
    for (const [purchase, times] of purchases) {
      if (times > 1) wrong.push(`${library} has ${purchase} ${times} times`);
    }
    const bought = new Map<string, bigint>();
    for (const purchase of whole.purchases.keys()) {
      const key = purchase.split(':')[0]!;
      bought.set(key, (bought.get(key) ?? 0n) + BigInt(fileBytes));
    }
    for (const [key, tokens] of spent) {
      if (tokens !== (bought.get(key) ?? 0n)) wrong.push(`${library}: ${key} has paid ${tokens}`);
    }
    if (base === 1) {
      const lost = [...acknowledged].filter((purchase) => !purchases.has(purchase));
      if (lost.length > 0) wrong.push(`${library} has lost ${lost.length} purchases: ${lost[0]} …`);
    }
  }
  return wrong;
}

function count(purchases: Map<Purchase, number>, bytes: Uint8Array): void {
  // Also of blocks by rules of tomorrow: they are those of now under another number (other-version.ts).
  const transaction = decodeTransaction(bytes, RULES_VERSION);
  assert(transaction.kind === 'accept', 'a final transaction decodes');
  if (transaction.value.kind !== 'download') return;
  const { key, hash } = transaction.value;
  const purchase = `${toHex(key)}:${toHex(hash)}`;
  purchases.set(purchase, (purchases.get(purchase) ?? 0) + 1);
}
