/**
 * What makes calls dear, for the home of a library beside its large state (large-state.ts): a reader who owns a file of
 * 64 GiB, whose torrent is the largest that there is; others of that size to be bought; a full block; all the evidence
 * that is kept. Whoever asks a library for a torrent, a proof or a list asks for these.
 */
import { createHash } from 'node:crypto';
import { openAccount, putAccount } from '../../chain/accounts/account.ts';
import { putBringing, putFileEntry } from '../../chain/files/files.ts';
import { putPurchase } from '../../chain/files/purchase.ts';
import type { ChainEvent } from '../../chain/kind/event.ts';
import { encodeEvents } from '../../chain/kind/event-bytes.ts';
import type { Draft } from '../../chain/state/state.ts';
import { encodeTransaction, transactionId } from '../../chain/transaction/transaction.ts';
import type { Wallet } from '../../client/wallet.ts';
import { encodeEvidence } from '../../consensus/evidence.ts';
import type { Proposal } from '../../consensus/messages.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import type { StoreWrite } from '../../core/ports.ts';
import type { Height, PublicKey32, UnixMs } from '../../core/scalars.ts';
import { eventsKey, evidenceKey, metainfoKey } from '../../store/keyspaces.ts';
import { encodeMetainfo, infoHashes, type Metainfo } from '../../torrent/metainfo.ts';
import { absentRoot, BLOCK_BYTES, foldTree, pieceLengthOf } from '../../torrent/piece-tree.ts';
import { numbered } from './large-state.ts';

const UPLOADS_PER_BLOCK = 4;
const SHA1_BYTES = 20;
const HASH_BYTES = 32;
/** Of an encoded transaction in a block, beside its own bytes; and of the header. */
const FRAME_BYTES = 3;
const HEADER_BYTES = 1_024;

export type DearThings = {
  /** 64 GiB each, under names as long as they may be. The first one belongs to the owner. */
  readonly books: readonly Metainfo[];
  /** Of the last block: as many as fit, each as large as an upload may be. */
  readonly transactions: readonly Bytes[];
  /** Hex: of the last one of them. */
  readonly lastId: string;
  readonly more: (draft: Draft) => void;
  /** Of the store. */
  readonly rows: readonly StoreWrite[];
};

/** @param federation - its name. @param owner - who is registered, and can pay for all books. @param books - how many. */
export function dearThings(
  federation: string,
  owner: Wallet,
  authority: PublicKey32,
  books: number,
): DearThings {
  const made = Array.from({ length: books }, (_, i) => book(i));
  const transactions = fullBlock();
  const more = (draft: Draft): void => {
    const tokens = BigInt(limits.uploadBytesMax) * BigInt(2 * books);
    openAccount(draft, owner.key, numbered('salt of the owner', 0));
    putAccount(draft, owner.key, {
      tokens,
      locked: 5n,
      uploaded: 2n * tokens,
      downloaded: tokens,
      pending: 0n,
    });
    for (const metainfo of made) putBook(draft, metainfo, federation);
    putPurchase(draft, made[0]!.hash, owner.key, 1);
  };
  const metainfos = made.map((metainfo): StoreWrite => {
    return { type: 'put', key: metainfoKey(metainfo.hash, 0), value: encodeMetainfo(metainfo) };
  });
  const lastId = toHex(transactionId(transactions.at(-1)!));
  return { books: made, transactions, lastId, more, rows: [...metainfos, ...evidenceRows(authority)] };
}

/** What the last blocks did, as many as one call looks at: uploads in each, that became available at once. */
export function eventRows(height: Height, time: UnixMs): StoreWrite[] {
  return Array.from({ length: limits.eventsBlocksMax }, (_, back) => {
    const at = height - back;
    const events = Array.from({ length: UPLOADS_PER_BLOCK }, (_, i) => uploaded(at, i)).flat();
    return { type: 'put', key: eventsKey(at), value: encodeEvents({ time, events }) };
  });
}

function uploaded(height: Height, i: number): ChainEvent[] {
  const [hash, key, node] = [numbered(`book of ${height}`, i), numbered('reader', i), numbered('node', i)];
  const name = `Book ${i} of ${height} `.padEnd(limits.fileNameBytesMax, 'and so on ').trimEnd();
  const upload = { hash, name, size: 5n };
  return [
    { kind: 'uploaded', ...upload, key, sponsor: node },
    { kind: 'attested', hash, uploader: key, node },
    { kind: 'available', ...upload, uploader: key },
  ];
}

/** As made of bytes that nobody has: pieces that hash to something, and the root that follows. */
function book(i: number): Metainfo {
  const size = limits.uploadBytesMax;
  const pieceLength = pieceLengthOf(size);
  const count = Math.ceil(size / pieceLength);
  const pieces = stream(`pieces of book ${i}`, count * SHA1_BYTES);
  const layer = stream(`layer of book ${i}`, count * HASH_BYTES);
  const hash = foldTree(layer, absentRoot(pieceLength / BLOCK_BYTES));
  const name = `Book ${i} of sand `.padEnd(limits.fileNameBytesMax, 'and so on ').trimEnd();
  return { name, size, hash, pieceLength, pieces, layer };
}

function putBook(draft: Draft, metainfo: Metainfo, federation: string): void {
  const { hash, name, size } = metainfo;
  const { announced } = infoHashes(metainfo, federation);
  const uploader = numbered('reader', 0);
  const available = { size: BigInt(size), name, infoHashes: announced, nameSigned: true, height: 1 };
  putFileEntry(draft, hash, { takenDown: false, available });
  const attestations = [{ node: uploader, sponsor: uploader, expires: 1_750_000_000 }];
  putBringing(draft, hash, { salt: hash, uploader, pending: [], attestations });
}

function fullBlock(): Bytes[] {
  const transactions: Bytes[] = [];
  let bytes = HEADER_BYTES;
  while (transactions.length < limits.blockTransactionsMax) {
    const next = anUpload(transactions.length);
    bytes += next.length + FRAME_BYTES;
    if (bytes > limits.blockBytesMax) break;
    transactions.push(next);
  }
  return transactions;
}

function anUpload(i: number): Bytes {
  const signature = stream(`signature ${i}`, 64);
  return encodeTransaction({
    kind: 'upload',
    hash: numbered('uploaded', i),
    size: BigInt(limits.uploadBytesMax),
    name: 'x'.repeat(limits.fileNameBytesMax),
    infoHashes: [1, 2, 3, 4].map((form) => numbered(`uploaded ${form}`, i).subarray(0, SHA1_BYTES)),
    key: numbered('uploader', i),
    expires: 1_750_000_000,
    signature,
    sponsor: numbered('sponsor', i),
    sponsorExpires: 1_750_000_000,
    sponsorSignature: signature,
  });
}

/** Two proposals of one view each, which is the longest kind. What is in a library's own store it does not judge again. */
function evidenceRows(authority: PublicKey32): StoreWrite[] {
  const proposal = (view: number, block: string): Proposal => ({
    kind: 'proposal',
    ...{ epoch: 0, view, parentView: view - 1, signer: 0 },
    block: { hash: numbered(block, view), parentHash: numbered('parent', view), height: view },
    signature: stream(`${block} ${view}`, 64),
  });
  return Array.from({ length: limits.evidenceMax }, (_, i): StoreWrite => {
    const [view, kind] = [100_000 + i, 'proposal'];
    const evidence = encodeEvidence({ first: proposal(view, 'one'), second: proposal(view, 'another') });
    const key = evidenceKey(0, view, authority, `${kind}+${kind}`);
    return { type: 'put', key, value: encode([authority, evidence]) };
  });
}

/** The same bytes for the same name. */
function stream(name: string, length: number): Bytes {
  return new Uint8Array(createHash('shake256', { outputLength: length }).update(name).digest());
}
