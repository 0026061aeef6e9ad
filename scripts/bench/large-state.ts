/**
 * A ledger with very many accounts and files, written straight into the store of a home: what a library would have
 * after years, without the years. Its last block is final by the authorities of the federation and is far from
 * genesis; the blocks between are pruned.
 */

import { NOTHING, openAccount, putAccount } from '../../chain/accounts/account.ts';
import { encodeBlock, type Header, headerHash, transactionsRoot } from '../../chain/block/block.ts';
import { type Genesis, genesisState } from '../../chain/block/genesis.ts';
import { putBringing, putFileEntry } from '../../chain/files/files.ts';
import { Draft, type StateWrite } from '../../chain/state/state.ts';
import { pageKey, updateTree } from '../../chain/state/tree.ts';
import { type Bytes, compareBytes, concat, equalBytes, utf8 } from '../../core/bytes.ts';
import { createSigner } from '../../core/crypto-node.ts';
import { sha256 } from '../../core/hash.ts';
import type { DeepStore, StoreWrite } from '../../core/ports.ts';
import type { Hash32, Seed32 } from '../../core/scalars.ts';
import { epochRootWrites, heightWrite } from '../../node/ledger/block-store.ts';
import * as keys from '../../store/keyspaces.ts';
import { finalityOf } from './finality.ts';

/** Changes of one step of the making. */
const STEP = 50_000;

export type LargeState = {
  readonly accounts: number;
  readonly files: number;
  readonly height: number;
  /** What else stands in the state. */
  readonly more?: (draft: Draft) => void;
  /** Of the last block, encoded; nobody executes them. */
  readonly transactions?: readonly Bytes[];
};

/** @param store - started and empty. @param seeds - of the authorities, in their order. @returns the hash of the last block. */
export async function writeLargeState(
  store: DeepStore,
  genesis: Genesis,
  seeds: readonly Seed32[],
  { accounts, files, height, more, transactions = [] }: LargeState,
): Promise<Hash32> {
  const start = genesisState(genesis);
  await store.write(stateWrites(start), { sync: false });
  const entries = entriesOf(accounts, files, more);
  let root: Bytes = pageKey(0, 0, start.hash);
  let stateRoot: Hash32 = start.block.header.stateRoot;
  for (let from = 0, version = 1; from < entries.length; from += STEP, version++) {
    const at = from + STEP >= entries.length ? height : version;
    const writes = entries.slice(from, from + STEP);
    const before = pageKey(at - 1, 0, start.hash);
    const reader = {
      node: (key: Bytes) => store.get(keys.treeNodeKey(equalBytes(key, before) ? root : key)),
    };
    const updated = updateTree(reader, at, writes);
    const stale = updated.writes.stale.map((key) => (equalBytes(key, before) ? root : key));
    await store.write(stateWrites({ writes, tree: { put: updated.writes.put, stale } }), { sync: false });
    root = pageKey(at, 0, start.hash);
    stateRoot = updated.root;
  }
  const header: Header = {
    ...start.block.header,
    height,
    view: height,
    time: genesis.time + height,
    parentHash: sha256(utf8('pruned')),
    proposer: genesis.authorities[0]!,
    stateRoot,
    transactionsRoot: transactionsRoot(transactions),
  };
  const block = { header, transactions };
  const hash = headerHash(header);
  await store.write(
    [
      { type: 'put', key: keys.metaKey('chain'), value: header.chainId },
      { type: 'put', key: keys.metaKey('head'), value: hash },
      { type: 'put', key: keys.metaKey('base'), value: keys.bigEndian(height) },
      ...epochRootWrites(start.hash, 0),
      { type: 'put', key: keys.blockKey(start.hash), value: encodeBlock(start.block) },
      heightWrite(0, start.hash, undefined),
      { type: 'put', key: keys.blockKey(hash), value: encodeBlock(block) },
      heightWrite(height, hash, finalityOf(header, hash, seeds.map(createSigner))),
    ],
    { sync: true },
  );
  return hash;
}

/** In the order of the tree, so that each step of the making touches a part of it. */
function entriesOf(accounts: number, files: number, more: LargeState['more']): StateWrite[] {
  const draft = new Draft({ get: () => undefined });
  const uploader = numbered('reader', 0);
  for (let i = 0; i < accounts; i++) {
    const tokens = BigInt(i) * 1_000_003n;
    openAccount(draft, numbered('reader', i), numbered('salt', i));
    const figures = { ...NOTHING, tokens, uploaded: tokens, downloaded: BigInt(i) };
    putAccount(draft, numbered('reader', i), figures);
  }
  for (let i = 0; i < files; i++) {
    const infoHashes = [1, 2, 3, 4].map((form) => numbered(`torrent ${form}`, i).subarray(0, 20));
    const available = {
      size: BigInt(i) + 1n,
      name: `Volume ${i} of the collected works.pdf`,
      infoHashes,
      nameSigned: true,
      height: 1,
    };
    const hash = numbered('file', i);
    putFileEntry(draft, hash, { takenDown: false, available });
    const attestations = [{ node: uploader, sponsor: uploader, expires: 1_750_000_000 }];
    putBringing(draft, hash, { salt: hash, uploader, pending: [], attestations });
  }
  more?.(draft);
  return draft
    .writes()
    .map((write) => ({ write, at: sha256(write.key) }))
    .sort((a, b) => compareBytes(a.at, b.at))
    .map(({ write }) => write);
}

export function numbered(what: string, i: number): Hash32 {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, i);
  return sha256(concat(utf8(what), number));
}

function stateWrites({
  writes,
  tree,
}: Pick<ReturnType<typeof genesisState>, 'writes' | 'tree'>): StoreWrite[] {
  return [
    ...writes.map(({ key, value }): StoreWrite => ({ type: 'put', key: keys.stateKey(key), value: value! })),
    ...tree.put.map(([key, value]): StoreWrite => ({ type: 'put', key: keys.treeNodeKey(key), value })),
    ...tree.stale.map((key): StoreWrite => ({ type: 'del', key: keys.treeNodeKey(key) })),
  ];
}
