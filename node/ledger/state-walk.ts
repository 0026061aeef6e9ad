/**
 * Walks through the entries of the state under a prefix, as the database has them, some at a time. What is read so does
 * not pass through the values at hand (head-values.ts): a million of them would push out what purchases need, and each
 * would live just as long as makes it dear to collect (a quarter of a second of the event loop in one go).
 */
import type { StateView } from '../../chain/state/state.ts';
import { type Bytes, concat, equalBytes } from '../../core/bytes.ts';
import type { Store } from '../../core/ports.ts';
import { stateKey, stateRange } from '../../store/keyspaces.ts';

export type StateEntry = readonly [key: Bytes, value: Bytes];

const KEYSPACE_BYTES = stateKey(new Uint8Array(0)).length;

/** @param prefix - of the keys, any length. @param atOnce - entries that are read, and may be looked at, in one go. */
export async function* walkState(
  store: Pick<Store, 'range'>,
  prefix: Bytes,
  atOnce: number,
): AsyncGenerator<readonly StateEntry[], void> {
  const { from: first, to } = stateRange(prefix);
  for (let from = first; ; ) {
    const rows = await store.range({ from, to, limit: atOnce });
    if (rows.length > 0) yield rows.map(([key, value]) => [key.subarray(KEYSPACE_BYTES), value]);
    if (rows.length < atOnce) return;
    from = concat(rows.at(-1)![0], Uint8Array.of(0));
  }
}

/** A state in which there is nothing else. */
export function viewOfEntry([key, value]: StateEntry): StateView {
  return { get: (asked) => (equalBytes(asked, key) ? value : undefined) };
}
