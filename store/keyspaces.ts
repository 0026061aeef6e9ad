/**
 * The first byte of every key in a node's database, and the functions that build the keys. One registry: a
 * number is never given to something else, not even when its keyspace is gone, or an old database would be
 * read wrongly. Numbers inside of keys are big-endian, so that the order of the keys is the order of the numbers.
 */
import { assert } from '../core/assert.ts';
import { type Bytes, concat, utf8 } from '../core/bytes.ts';
import type { StoreRange } from '../core/ports.ts';
import type { Hash32, Height, PublicKey32 } from '../core/scalars.ts';

export const KEYSPACES = {
  /** Name → whatever that name means: head pointer, chain id, schema version. */
  meta: 0x01,
  /** Block hash → encoded block. */
  block: 0x02,
  /** Height → block hash and finalisation certificate. */
  height: 0x03,
  /** State key → value at the head. */
  state: 0x04,
  /** Node key → node of the state tree. */
  treeNode: 0x05,
  /** Height → the keys of the tree nodes that no version from that height on needs. */
  staleNodes: 0x06,
  /** The journal of consensus (journal.ts). */
  journal: 0x07,
  /** File hash and part → part of the torrent's metainfo. */
  metainfo: 0x08,
  /** How far the catalogue has read the chain. */
  catalogue: 0x09,
  /** Height and block hash → nothing: bodies that are durable but not final. */
  pendingBlock: 0x0a,
  /** File hash and uploader → an upload that was brought here, and how it stands. */
  intake: 0x0b,
  /** File hash and uploader → what we need to fetch the file from its uploader. */
  intakeOutline: 0x0f,
  /** Id of an upload that resumes → its claim, and how much of it has come. */
  unfinished: 0x16,
  /** Epoch, view, authority and kinds → an authority and two statements of it that exclude each other. */
  evidence: 0x0d,
  /** Height → what the block did (chain/kind/event-bytes.ts). */
  events: 0x0e,
  /** Transaction id → height of its block: of blocks that are not long past. */
  transactionAt: 0x15,
  /** Key, height and index in the block → an event of that key (chain/kind/event-bytes.ts). */
  history: 0x14,
  /** Key → a card that this library lends, or is about to. */
  cardLent: 0x12,
  /** Day and network → nothing: a card went there without a librarian. */
  cardGiven: 0x13,
  /** Epoch → the block that ended it, with its certificate and the next authorities (light/light-proof.ts, Seal). */
  seal: 0x0c,
  /** File hash and sponsor → what a librarian is to say, or has said, of an upload that another library has sponsored. */
  review: 0x10,
  /** Expiry, librarian and nonce → nothing: requests at the desk that must not come again. */
  deskNonce: 0x11,
} as const;

const U32_MAX = 0xffff_ffff;
const EMPTY = new Uint8Array(0);

/** @param name - a constant of the caller, such as "head", "chain" or "schema". */
export function metaKey(name: string): Bytes {
  return key(KEYSPACES.meta, utf8(name));
}

/** @param hash - 32 bytes. */
export function blockKey(hash: Hash32): Bytes {
  return key(KEYSPACES.block, hash);
}

/** @param height - 0 … 2^53−1; takes 8 bytes. */
export function heightKey(height: Height): Bytes {
  return key(KEYSPACES.height, bigEndian(height));
}

/** @param height - of the block that did it. */
export function eventsKey(height: Height): Bytes {
  return key(KEYSPACES.events, bigEndian(height));
}

/** What the block of this height did, and all after it, in order. */
export function eventsRange(from: Height): Pick<StoreRange, 'from' | 'to'> {
  return { from: eventsKey(from), to: prefixRange(key(KEYSPACES.events)).to };
}

/** @returns the height in a key of `eventsRange`. */
export function heightOfEvents(eventsKey: Bytes): Height {
  return fromBigEndian(eventsKey.subarray(1));
}

/** @param id - of a transaction, 32 bytes. */
export function transactionKey(id: Hash32): Bytes {
  return key(KEYSPACES.transactionAt, id);
}

/** @param reader - 32 bytes. @param index - of the event in its block, 0 … 2^32−1; takes 4 bytes. */
export function historyKey(reader: PublicKey32, height: Height, index: number): Bytes {
  return key(KEYSPACES.history, reader, bigEndian(height), bigEndian32(index));
}

/** Events of a reader, oldest first. */
export function historyRange(reader: PublicKey32): Pick<StoreRange, 'from' | 'to'> {
  return prefixRange(key(KEYSPACES.history, reader));
}

/** @returns where the event of a key of `historyKey` stands. */
export function placeInHistory(historyKey: Bytes): { readonly height: Height; readonly index: number } {
  const { buffer, byteOffset } = historyKey;
  return {
    height: fromBigEndian(historyKey.subarray(33)),
    index: new DataView(buffer, byteOffset + 41).getUint32(0),
  };
}

/** Heights `from` (inclusive) … `to` (exclusive), in order. */
export function heightRange(from: Height, to: Height): Pick<StoreRange, 'from' | 'to'> {
  return { from: heightKey(from), to: heightKey(to) };
}

/** @param stateKey - a key of the ledger's state, any length. */
export function stateKey(stateKey: Bytes): Bytes {
  return key(KEYSPACES.state, stateKey);
}

/** The state keys that begin with `prefix`; the whole state when it is empty. */
export function stateRange(prefix: Bytes = EMPTY): Pick<StoreRange, 'from' | 'to'> {
  return prefixRange(stateKey(prefix));
}

/** @param nodeKey - a key of the state tree, any length. */
export function treeNodeKey(nodeKey: Bytes): Bytes {
  return key(KEYSPACES.treeNode, nodeKey);
}

/** @param height - the block that made the nodes stale. */
export function staleNodesKey(height: Height): Bytes {
  return key(KEYSPACES.staleNodes, bigEndian(height));
}

/** For `openJournal`. */
export function journalPrefix(): Bytes {
  return key(KEYSPACES.journal);
}

/** @param hash - file hash, 32 bytes. @param part - 0 … 2^32−1: metainfo may be longer than a value should be. */
export function metainfoKey(hash: Hash32, part: number): Bytes {
  return key(KEYSPACES.metainfo, hash, bigEndian32(part));
}

/** Every part of a file's metainfo, in order. */
export function metainfoRange(hash: Hash32): Pick<StoreRange, 'from' | 'to'> {
  return prefixRange(key(KEYSPACES.metainfo, hash));
}

export function catalogueCursorKey(): Bytes {
  return key(KEYSPACES.catalogue);
}

/** A body that is durable but not final. @param hash - 32 bytes; they end the key. */
export function pendingBlockKey(height: Height, hash: Hash32): Bytes {
  return key(KEYSPACES.pendingBlock, bigEndian(height), hash);
}

/** Every body that is not final, lowest height first. */
export function pendingBlockRange(): Pick<StoreRange, 'from' | 'to'> {
  return prefixRange(key(KEYSPACES.pendingBlock));
}

/** @param uploader - 32 bytes; they end the key. */
export function intakeKey(hash: Hash32, uploader: PublicKey32): Bytes {
  return key(KEYSPACES.intake, hash, uploader);
}

/** @param uploader - as above. */
export function intakeOutlineKey(hash: Hash32, uploader: PublicKey32): Bytes {
  return key(KEYSPACES.intakeOutline, hash, uploader);
}

/** Every upload that was brought here. */
export function intakeRange(): Pick<StoreRange, 'from' | 'to'> {
  return prefixRange(key(KEYSPACES.intake));
}

/** @param id - of an upload that resumes, 16 bytes. */
export function unfinishedKey(id: Bytes): Bytes {
  return key(KEYSPACES.unfinished, id);
}

export function unfinishedRange(): Pick<StoreRange, 'from' | 'to'> {
  return prefixRange(key(KEYSPACES.unfinished));
}

/** @param sponsor - 32 bytes; they end the key. */
export function reviewKey(hash: Hash32, sponsor: PublicKey32): Bytes {
  return key(KEYSPACES.review, hash, sponsor);
}

export function reviewRange(): Pick<StoreRange, 'from' | 'to'> {
  return prefixRange(key(KEYSPACES.review));
}

/** @param expires - Unix time in seconds. @param librarian - 32 bytes. @param nonce - 16 bytes; they end the key. */
export function deskNonceKey(expires: number, librarian: PublicKey32, nonce: Bytes): Bytes {
  return key(KEYSPACES.deskNonce, bigEndian(expires), librarian, nonce);
}

/** What has lapsed longest first. */
export function deskNonceRange(): Pick<StoreRange, 'from' | 'to'> {
  return prefixRange(key(KEYSPACES.deskNonce));
}

/** @param storeKey - of `deskNonceRange`. */
export function deskNonceIn(storeKey: Bytes): { expires: number; key: PublicKey32; nonce: Bytes } {
  const expires = fromBigEndian(storeKey.subarray(1, 9));
  return { expires, key: storeKey.slice(9, 41), nonce: storeKey.slice(41) };
}

/** @param reader - 32 bytes; they end the key. */
export function cardLentKey(reader: PublicKey32): Bytes {
  return key(KEYSPACES.cardLent, reader);
}

/** @returns the reader in a key of `cardLentKey`. */
export function readerOfCard(lentKey: Bytes): PublicKey32 {
  return lentKey.slice(1);
}

/** @param after - a reader: those behind that one; all when it is left out. */
export function cardLentRange(after?: PublicKey32): Pick<StoreRange, 'from' | 'to'> {
  const { from, to } = prefixRange(key(KEYSPACES.cardLent));
  return { from: after === undefined ? from : concat(cardLentKey(after), Uint8Array.of(0)), to };
}

/** @param day - since 1970. @param network - a name. */
export function cardGivenKey(day: number, network: string): Bytes {
  return key(KEYSPACES.cardGiven, bigEndian(day), utf8(network));
}

/** Of one day. */
export function cardGivenRange(day: number): Pick<StoreRange, 'from' | 'to'> {
  return prefixRange(key(KEYSPACES.cardGiven, bigEndian(day)));
}

/** Of all days before this one. */
export function cardGivenBefore(day: number): Pick<StoreRange, 'from' | 'to'> {
  return { from: key(KEYSPACES.cardGiven), to: key(KEYSPACES.cardGiven, bigEndian(day)) };
}

/** @param epoch - that the block ended. */
export function sealKey(epoch: number): Bytes {
  return key(KEYSPACES.seal, bigEndian(epoch));
}

/** @param authority - 32 bytes. @param kinds - of the two statements. */
export function evidenceKey(epoch: number, view: number, authority: PublicKey32, kinds: string): Bytes {
  return key(KEYSPACES.evidence, bigEndian(epoch), bigEndian(view), authority, utf8(kinds));
}

/** All evidence, of the oldest epoch first. */
export function evidenceRange(): Pick<StoreRange, 'from' | 'to'> {
  return prefixRange(key(KEYSPACES.evidence));
}

/** Every key that begins with `prefix`. @throws AssertionFailed for a prefix of nothing but 0xff. */
export function prefixRange(prefix: Bytes): Pick<StoreRange, 'from' | 'to'> {
  let last = prefix.length - 1;
  while (last >= 0 && prefix[last] === 0xff) last -= 1;
  assert(last >= 0, 'a prefix has an end');
  const to = prefix.slice(0, last + 1);
  to[last]! += 1;
  return { from: prefix, to };
}

/** 8 bytes, big-endian: ordered as numbers are. @param value - 0 … 2^53−1. */
export function bigEndian(value: number): Bytes {
  assert(Number.isSafeInteger(value) && value >= 0, 'a number in a key is a safe integer');
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}

/** @param bytes - the 8 bytes that `bigEndian` made. */
export function fromBigEndian(bytes: Bytes): number {
  return Number(new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0));
}

function bigEndian32(value: number): Bytes {
  assert(Number.isInteger(value) && value >= 0 && value <= U32_MAX, 'a part of a key is a 32-bit number');
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value);
  return bytes;
}

function key(keyspace: number, ...parts: readonly Bytes[]): Bytes {
  return concat(Uint8Array.of(keyspace), ...parts);
}
