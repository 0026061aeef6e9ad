/**
 * How blocks and state lie in the store: bodies by hash, heights with their certificates, what each block did, values
 * of the head state, nodes of the state tree by version, and the head itself. Makes reads and writes; decides nothing.
 */
import { LRUCache } from 'lru-cache';
import { type Block, decodeBlock, type Header, headerHash, sealsEpoch } from '../../chain/block/block.ts';
import type { Executed } from '../../chain/block/execute.ts';
import { decodeEvents, type EventRow, encodeEvents } from '../../chain/kind/event-bytes.ts';
import { assert } from '../../core/assert.ts';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import type { Store, StoreWrite } from '../../core/ports.ts';
import { HASH_BYTES, type Hash32, type Height } from '../../core/scalars.ts';
import * as keys from '../../store/keyspaces.ts';
import { History } from './history.ts';
import { sealWrites } from './seals.ts';

const ROW_BYTES_MAX = limits.frameBytesMax;

/** What makes a block final in the store; genesis has it too. */
export type Committable = Pick<Executed, 'block' | 'hash' | 'bytes' | 'writes' | 'tree'>;
/** How much of the store stays in memory. */
export type Cached = {
  /** Pages of the state tree: the upper levels are read by every block. */
  readonly pages: number;
  /** Entries of the head's state: accounts, files and purchases that are busy now. */
  readonly values: number;
};
const CACHED: Cached = { pages: limits.treePagesCachedMax, values: limits.headValuesCachedMax };
/** All that a block did. */
export type BlockEvents = EventRow & { readonly height: Height };
export type StoredHeight = { readonly hash: Hash32; readonly certificate: Bytes | undefined };
export type StoredHead = StoredHeight & { readonly height: Height; readonly body: Bytes };

export class BlockStore {
  readonly store: Store;
  readonly history: History;
  readonly cached: Cached;
  readonly #nodes: LRUCache<string, Bytes>;
  readonly #staleKept: number;

  /** @param staleKept - how many blocks long old versions of the state stay provable. */
  constructor(store: Store, staleKept: number, cached = CACHED) {
    this.store = store;
    this.history = new History(store);
    this.cached = cached;
    this.#nodes = new LRUCache({ max: cached.pages });
    this.#staleKept = staleKept;
  }

  value(key: Bytes): Bytes | undefined {
    return this.store.get(keys.stateKey(key));
  }

  node(key: Bytes): Bytes | undefined {
    const name = toHex(key);
    const cached = this.#nodes.get(name);
    if (cached !== undefined) return cached;
    const node = this.store.get(keys.treeNodeKey(key));
    if (node !== undefined) this.#nodes.set(name, node);
    return node;
  }

  chainId(): Hash32 | undefined {
    return this.store.get(keys.metaKey('chain'));
  }

  head(): Hash32 | undefined {
    return this.store.get(keys.metaKey('head'));
  }

  /** Genesis, or the last final block that changed the set of authorities; its body may be pruned. */
  epochRoot(): { readonly hash: Hash32; readonly height: Height } {
    const hash = this.store.get(keys.metaKey('epoch-root'));
    assert(hash !== undefined, 'an epoch has a root');
    const height = this.store.get(keys.metaKey('epoch-root-height'));
    const header = height === undefined ? this.header(hash) : undefined;
    assert(height !== undefined || header !== undefined, 'the root of an epoch has a height');
    return { hash, height: height === undefined ? header!.height : keys.fromBigEndian(height) };
  }

  /** The lowest height above genesis whose block is here, with every one from it to the head. */
  base(): Height {
    const base = this.store.get(keys.metaKey('base'));
    return base === undefined ? 1 : keys.fromBigEndian(base);
  }

  bodyBytes(hash: Hash32): Bytes | undefined {
    return this.store.get(keys.blockKey(hash));
  }

  /** @throws AssertionFailed when the disk gives something else than what was written. */
  body(hash: Hash32): Block | undefined {
    const bytes = this.bodyBytes(hash);
    if (bytes === undefined) return undefined;
    const block = decodeBlock(bytes);
    assert(block.kind === 'accept', 'a stored block decodes');
    assert(
      equalBytes(headerHash(block.value.header), hash),
      'a stored block has the hash that it is stored under',
    );
    return block.value;
  }

  header(hash: Hash32): Header | undefined {
    return this.body(hash)?.header;
  }

  at(height: Height): StoredHeight | undefined {
    return heightIn(this.store, height);
  }

  /**
   * What a final block did.
   * @returns undefined when it is not kept any more, or was not executed here: genesis, and the block of a snapshot.
   * @throws AssertionFailed when the disk gives something else than what was written.
   */
  events(height: Height): BlockEvents | undefined {
    const bytes = this.store.get(keys.eventsKey(height));
    return bytes && { height, ...decodeEvents(bytes) };
  }

  /** The lowest height whose events are here, with those of every one from it to the head. */
  async oldestEvents(): Promise<Height | undefined> {
    const [first] = await this.store.range({ ...keys.eventsRange(this.base()), limit: 1 });
    return first && keys.heightOfEvents(first[0]);
  }

  /** Of an executed block, empty or not: it goes where its body goes, into the batch that makes it final. */
  eventsWrites(executed: Executed): StoreWrite[] {
    const { block, events } = executed;
    const { height, time } = block.header;
    const row = encodeEvents({ time, events });
    return [{ type: 'put', key: keys.eventsKey(height), value: row }, ...this.history.writes(executed)];
  }

  /** Of a block that is let go. */
  forgetEvents(height: Height): StoreWrite[] {
    const forgotten = this.history.forget(height, this.events(height)?.events ?? []);
    return [{ type: 'del', key: keys.eventsKey(height) }, ...forgotten];
  }

  /** Where its transactions are; into the batch that makes it final. The pruner takes them away again (prune.ts). */
  transactionWrites({ block, transactions }: Pick<Executed, 'block' | 'transactions'>): StoreWrite[] {
    const value = keys.bigEndian(block.header.height);
    return transactions.map(({ id }) => ({ type: 'put', key: keys.transactionKey(id), value }));
  }

  /** @returns undefined when it is not known, or not any more. */
  heightOfTransaction(id: Hash32): Height | undefined {
    const height = this.store.get(keys.transactionKey(id));
    return height && keys.fromBigEndian(height);
  }

  /** Makes an executed block durable before anybody votes for it. */
  bodyWrites(executed: Executed): StoreWrite[] {
    const { hash, bytes, block } = executed;
    return [
      { type: 'put', key: keys.blockKey(hash), value: bytes },
      { type: 'put', key: keys.pendingBlockKey(block.header.height, hash), value: new Uint8Array(0) },
    ];
  }

  forgetBody(height: Height, hash: Hash32, keepBody: boolean): StoreWrite[] {
    const writes: StoreWrite[] = [{ type: 'del', key: keys.pendingBlockKey(height, hash) }];
    if (!keepBody) writes.push({ type: 'del', key: keys.blockKey(hash) });
    return writes;
  }

  /** One final block: body, height, values, tree nodes, and the old nodes that no kept version needs any more. */
  commitWrites(executed: Committable, certificate: Bytes | undefined): StoreWrite[] {
    const { header } = executed.block;
    const writes: StoreWrite[] = [
      ...this.#missingBody(executed),
      heightWrite(header.height, executed.hash, certificate),
      { type: 'put', key: keys.metaKey('head'), value: executed.hash },
      ...sealWrites(executed, certificate),
    ];
    if (header.height === 0 || sealsEpoch(header)) {
      writes.push(...epochRootWrites(executed.hash, header.height));
    }
    for (const { key, value } of executed.writes) {
      const at = keys.stateKey(key);
      writes.push(value === undefined ? { type: 'del', key: at } : { type: 'put', key: at, value });
    }
    for (const [key, value] of executed.tree.put) {
      writes.push({ type: 'put', key: keys.treeNodeKey(key), value });
      this.#nodes.set(toHex(key), value);
    }
    if (executed.tree.stale.length > 0) {
      writes.push({
        type: 'put',
        key: keys.staleNodesKey(header.height),
        value: encode(executed.tree.stale),
      });
    }
    return [...writes, ...this.#pruneWrites(header.height - this.#staleKept)];
  }

  /** What was voted for is on the disk since then (`bodyWrites`), and the log of the database need not hold it twice. */
  #missingBody({ block, hash, bytes }: Committable): StoreWrite[] {
    if (this.store.get(keys.pendingBlockKey(block.header.height, hash)) !== undefined) return [];
    return [{ type: 'put', key: keys.blockKey(hash), value: bytes }];
  }

  /** Block 0 and the name of the chain, for an empty store. */
  genesisWrites(genesis: Committable, chainId: Hash32): StoreWrite[] {
    return [
      { type: 'put', key: keys.metaKey('chain'), value: chainId },
      ...this.commitWrites(genesis, undefined),
    ];
  }

  #pruneWrites(height: Height): StoreWrite[] {
    if (height < 0) return [];
    const bytes = this.store.get(keys.staleNodesKey(height));
    if (bytes === undefined) return [];
    const stale = decode(bytes, bytes.length);
    assert(stale.kind === 'accept' && Array.isArray(stale.value), 'a stored list of stale nodes decodes');
    const gone = stale.value as Bytes[];
    for (const key of gone) this.#nodes.delete(toHex(key));
    return [
      ...gone.map((key): StoreWrite => ({ type: 'del', key: keys.treeNodeKey(key) })),
      { type: 'del', key: keys.staleNodesKey(height) },
    ];
  }
}

export function heightWrite(height: Height, hash: Hash32, certificate: Bytes | undefined): StoreWrite {
  const value = encode({ hash, certificate: certificate ?? null });
  return { type: 'put', key: keys.heightKey(height), value };
}

export function epochRootWrites(hash: Hash32, height: Height): StoreWrite[] {
  return [
    { type: 'put', key: keys.metaKey('epoch-root'), value: hash },
    { type: 'put', key: keys.metaKey('epoch-root-height'), value: keys.bigEndian(height) },
  ];
}

/** Hashes of durable bodies that are not final, lowest first. */
export async function pendingBodies(store: Pick<Store, 'range'>): Promise<readonly Hash32[]> {
  const rows = await store.range({ ...keys.pendingBlockRange(), limit: limits.viewsKeptMax });
  return rows.map(([key]) => key.slice(-HASH_BYTES));
}

/** The head in a moment of the store, whole. @returns undefined when it holds no ledger. */
export function headIn(store: Pick<Store, 'get'>): StoredHead | undefined {
  const hash = store.get(keys.metaKey('head'));
  if (hash === undefined) return undefined;
  const body = store.get(keys.blockKey(hash));
  const block = body && decodeBlock(body);
  assert(block?.kind === 'accept', 'the head has a body');
  const { height } = block.value.header;
  const row = heightIn(store, height);
  assert(row !== undefined, 'the head has a height');
  return { ...row, height, body: body! };
}

/** The row of a final block in a moment of the store. */
export function heightIn(store: Pick<Store, 'get'>, height: Height): StoredHeight | undefined {
  const bytes = store.get(keys.heightKey(height));
  if (bytes === undefined) return undefined;
  const row = decode(bytes, ROW_BYTES_MAX);
  assert(row.kind === 'accept' && hasExactly(row.value, ['hash', 'certificate']), 'a stored height decodes');
  const { hash, certificate } = row.value;
  assert(hash instanceof Uint8Array && hash.length === HASH_BYTES, 'a stored height has a hash');
  return { hash, certificate: certificate instanceof Uint8Array ? certificate : undefined };
}
