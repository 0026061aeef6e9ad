/**
 * Blocks and their headers. The hash of the header is the hash of the block: what consensus orders and what a
 * finalisation certificate speaks of. A header alone lets a light client follow the chain of authority sets and
 * check proofs against the state root.
 */
import { type Bytes, compareBytes, equalBytes, isBytes } from '../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../core/codec.ts';
import { merkleRoot, sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import {
  HASH_BYTES,
  type Hash32,
  type Height,
  type PublicKey32,
  parseCount,
  type UnixMs,
} from '../../core/scalars.ts';
import { accept, type Ignore, ignore, type Reject, reject, type Verdict } from '../../core/verdict.ts';
import { RULES_VERSION } from '../kind/rules-version.ts';
import { transactionId } from '../transaction/transaction.ts';

export type Header = {
  /** Of the rules that it follows. */
  readonly version: number;
  /** The newest rules that its maker knows, where they are newer than these: a signal (docs/decisions/upgrades.md). */
  readonly knows?: number;
  readonly chainId: Hash32;
  /** Counts the sets of authorities: the parent's, one more if the parent seals its epoch. */
  readonly epoch: number;
  /** The view of consensus in which it was proposed. */
  readonly view: number;
  /** Genesis is 0. */
  readonly height: Height;
  /** Strictly increasing. */
  readonly time: UnixMs;
  readonly parentHash: Hash32;
  /** Merkle root over the transaction ids, in order (core/hash.ts). */
  readonly transactionsRoot: Hash32;
  /** Root of the state after this very block (chain/state/tree.ts). */
  readonly stateRoot: Hash32;
  /** The authority that made it; 32 zero bytes in genesis. */
  readonly proposer: PublicKey32;
  /** The set that signs this block. */
  readonly authoritiesHash: Hash32;
  /** The set that signs its child. */
  readonly nextAuthoritiesHash: Hash32;
};

export type Block = {
  readonly header: Header;
  /** Encoded transactions, in order of execution. */
  readonly transactions: readonly Bytes[];
};

/** No encoded header is longer: thirteen names, seven hashes, six numbers. */
export const HEADER_BYTES_MAX = 1_024;

export function encodeHeader(header: Header): Bytes {
  return encode(header);
}

/**
 * @returns reject("codec.…") unless it is exactly a header, canonically encoded; ignore("block.unknown-version") for what may
 * be one by later rules.
 */
export function decodeHeader(bytes: Bytes): Verdict<Header> {
  const decoded = decode(bytes, HEADER_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  const header = parseHeader(decoded.value);
  return header === undefined ? noHeader(decoded.value) : accept(header);
}

/** The block hash: SHA-256 of the encoded header. */
export function headerHash(header: Header): Hash32 {
  return sha256(encodeHeader(header));
}

export function encodeBlock(block: Block): Bytes {
  return encode(block);
}

/**
 * Merkle root over the ids of encoded transactions, in order. An id covers every byte, signatures too: whoever could
 * change one under the same root could have an honest proposer's block refused.
 */
export function transactionsRoot(transactions: readonly Bytes[]): Hash32 {
  return merkleRoot(transactions.map(transactionId));
}

/**
 * A block from anywhere: the one way in. The hash of a block covers its header alone, so a body under a true header
 * may be anybody's work: it is the block's own when it has the root that the header names, and else it is nothing.
 * The transactions stay bytes. Costs two hashes a transaction, about what the decoding costs.
 * @returns reject("codec.…") unless it is exactly a block, canonically encoded; reject("block.wrong-body");
 * ignore("block.unknown-version") for what may be one by later rules.
 */
export function decodeBlock(bytes: Bytes): Verdict<Block> {
  const block = decodeOwnBlock(bytes);
  if (block.kind !== 'accept') return block;
  const { header, transactions } = block.value;
  const isWhole = equalBytes(transactionsRoot(transactions), header.transactionsRoot);
  return isWhole ? block : reject('block.wrong-body');
}

/** As `decodeBlock`, for what this very node has taken from there and stored: its root is not computed again. */
export function decodeOwnBlock(bytes: Bytes): Verdict<Block> {
  const decoded = decode(bytes, limits.blockBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  if (!hasExactly(decoded.value, ['header', 'transactions']))
    return reject('codec.wrong-shape', 'not a block');
  const header = parseHeader(decoded.value.header);
  const { transactions } = decoded.value;
  if (header === undefined) return noHeader(decoded.value.header);
  if (!Array.isArray(transactions) || !transactions.every(isTransactionBytes)) {
    return reject('codec.wrong-shape', 'not a block');
  }
  return accept({ header, transactions });
}

/** Names a set of authorities: SHA-256 of the encoded list of its keys, sorted by bytes. */
export function authoritiesHash(keys: readonly PublicKey32[]): Hash32 {
  return sha256(encode([...keys].sort(compareBytes)));
}

/** Does the block change the set of authorities? Then its child belongs to the next epoch. */
export function sealsEpoch(header: Header): boolean {
  return !equalBytes(header.authoritiesHash, header.nextAuthoritiesHash);
}

/** Of the children of this block. */
export function childEpoch(header: Header): number {
  return header.epoch + (sealsEpoch(header) ? 1 : 0);
}

const COUNTS = ['version', 'epoch', 'view', 'height', 'time'] as const;
const HASHES = [
  'chainId',
  'parentHash',
  'transactionsRoot',
  'stateRoot',
  'proposer',
  'authoritiesHash',
  'nextAuthoritiesHash',
] as const;
const NAMES: readonly (keyof Header)[] = [...COUNTS, ...HASHES];

function parseHeader(value: unknown): Header | undefined {
  const signals = typeof value === 'object' && value !== null && Object.hasOwn(value, 'knows');
  if (!hasExactly(value, signals ? [...NAMES, 'knows'] : NAMES)) return undefined;
  if (!COUNTS.every((name) => parseCount(value[name]) !== undefined)) return undefined;
  if (!HASHES.every((name) => isBytes(value[name], HASH_BYTES))) return undefined;
  // Every field but one has just been looked at.
  const header = value as Header;
  if (header.knows === undefined) return header;
  // One header, one spelling: a signal that says nothing is none.
  return (parseCount(header.knows) ?? 0) > header.version ? header : undefined;
}

/** Later rules may have headers of other fields. Then this program is too old, and nobody has lied. */
function noHeader(value: unknown): Ignore | Reject {
  const version =
    typeof value === 'object' && value !== null && 'version' in value ? value.version : undefined;
  const isLater = (parseCount(version) ?? 0) > RULES_VERSION;
  return isLater ? ignore('block.unknown-version') : reject('codec.wrong-shape', 'not a header');
}

function isTransactionBytes(value: unknown): value is Bytes {
  return value instanceof Uint8Array && value.length <= limits.transactionBytesMax;
}
