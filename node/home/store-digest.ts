/**
 * One hash over everything in a store, in the order of its keys: does a copy hold what was copied? Says nothing about
 * who made it; whether the state is the federation's is node/home/state-check.ts.
 */
import { createHash } from 'node:crypto';
import { type Bytes, concat, toHex } from '../../core/bytes.ts';
import type { Store } from '../../core/ports.ts';
import { bigEndian, KEYSPACES, prefixRange } from '../../store/keyspaces.ts';

/** Of one read: blocks are long, everything else is short. */
const ROWS = 500;
const BLOCK_ROWS = 16;

/** SHA-256 over every key and value with its length before it, as 64 hex characters. */
export async function digestOf(store: Pick<Store, 'range'>): Promise<string> {
  const hash = createHash('sha256');
  for (const keyspace of Object.values(KEYSPACES).toSorted((a, b) => a - b)) {
    for await (const rows of rowsOf(store, keyspace)) {
      for (const part of rows.flat()) hash.update(bigEndian(part.length)).update(part);
    }
  }
  return toHex(hash.digest());
}

/** The rows of a keyspace in order, some at a time. */
export async function* rowsOf(
  store: Pick<Store, 'range'>,
  keyspace: number,
): AsyncGenerator<readonly (readonly [Bytes, Bytes])[]> {
  const limit = keyspace === KEYSPACES.block ? BLOCK_ROWS : ROWS;
  let { from, to } = prefixRange(Uint8Array.of(keyspace));
  for (;;) {
    const rows = await store.range({ from, to, limit });
    yield rows;
    if (rows.length < limit) return;
    from = concat(rows.at(-1)![0], Uint8Array.of(0));
  }
}
