/** How the judge reads a disk by itself: the records of the journal, and what is final there. */
import { createHash } from 'node:crypto';
import { decodeBlock } from '../../chain/block/block.ts';
import { decodeMessage } from '../../consensus/messages.ts';
import { type Bytes, compareBytes, equalBytes } from '../../core/bytes.ts';
import { decodeOwn } from '../../core/codec.ts';
import type { Store } from '../../core/ports.ts';
import {
  blockKey,
  heightKey,
  journalPrefix,
  KEYSPACES,
  metaKey,
  pendingBlockKey,
} from '../../store/keyspaces.ts';

/** The byte after the prefix of the journal (store/journal.ts): 0 = floor, 1 = a record. */
const RECORD = 1;
const PREFIX = journalPrefix();
const HEAD = metaKey('head');

export function isJournalRecord(key: Bytes): boolean {
  return key.length === PREFIX.length + 9 && key[0] === PREFIX[0] && key[PREFIX.length] === RECORD;
}

/** Every record on the disk, oldest first. */
export async function journalRecords(store: Store): Promise<readonly Bytes[]> {
  const from = Uint8Array.of(...PREFIX, RECORD);
  const to = Uint8Array.of(...PREFIX, RECORD + 1);
  const rows = await store.range({ from, to, limit: 1_000_000 });
  return rows.map(([, bytes]) => bytes);
}

/** Votes up to here bind nobody any more: the epoch and the view that the head was finalised in. */
export function finalisedView(store: Store): { readonly epoch: number; readonly view: number } {
  const nothing = { epoch: 0, view: 0 };
  const hash = store.get(metaKey('head'));
  const body = hash && store.get(blockKey(hash));
  const block = body && decodeBlock(body);
  if (block?.kind !== 'accept') return nothing;
  const row = store.get(heightKey(block.value.header.height));
  const { certificate } = row ? decodeOwn<{ certificate: Bytes | null }>(row) : { certificate: null };
  const message = certificate === null ? undefined : decodeMessage(certificate);
  if (message?.kind !== 'accept' || message.value.kind !== 'finalization') return nothing;
  const { epoch, view } = message.value;
  // A sealing block ends its epoch: nothing of it binds us.
  return sealed(store, hash!) ? { epoch, view: Number.MAX_SAFE_INTEGER } : { epoch, view };
}

/** Of everything that the ledger's state holds, and of its head. @param rows - a whole disk. */
export function stateDigest(rows: readonly (readonly [Bytes, Bytes])[]): string {
  const digest = createHash('sha256');
  for (const [key, value] of rows) {
    if (key[0] === KEYSPACES.state || equalBytes(key, HEAD)) digest.update(key).update(value);
  }
  return digest.digest('hex');
}

/** Bodies that are marked as not final although their height is decided. @param rows - a whole disk. */
export function staleBodies(rows: readonly (readonly [Bytes, Bytes])[], height: number): number {
  const [first] = pendingBlockKey(0, new Uint8Array(0));
  const decided = pendingBlockKey(height + 1, new Uint8Array(0));
  return rows.filter(([key]) => key[0] === first && compareBytes(key, decided) < 0).length;
}

function sealed(store: Store, hash: Bytes): boolean {
  const root = store.get(metaKey('epoch-root'));
  return root?.every((byte, index) => byte === hash[index]) ?? false;
}
