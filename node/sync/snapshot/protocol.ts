/**
 * @pure What a joiner asks and is answered: an offer (the block that a state is held of, and its certificate; above a
 * height, if there is one), the seals that lead from genesis to its epoch, headers that lead to another offer, the pages of the state tree in their order, the entries of the state by
 * key. An empty answer means: not held here, or not any more.
 */
import {
  type Block,
  decodeBlock,
  decodeHeader,
  encodeHeader,
  type Header,
} from '../../../chain/block/block.ts';
import { decodeMessage, type Finalization } from '../../../consensus/messages.ts';
import { type Bytes, isBytes } from '../../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../../core/codec.ts';
import { limits } from '../../../core/limits.ts';
import { HASH_BYTES, type Hash32, type Height, parseCount } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import { decodeSeal, encodeSeal, type Seal } from '../../../light/light-proof.ts';
import type { Path } from './pages.ts';

export type SnapshotRequest =
  /** A state at this height or below it is of no use to who asks; the one that is there is offered all the same. */
  | { readonly kind: 'offer'; readonly above: Height }
  /** Seals of epochs from this one on. */
  | { readonly kind: 'seals'; readonly from: number }
  /** Headers of final blocks from this height on: what leads from one offer to another. */
  | { readonly kind: 'headers'; readonly from: Height }
  /** Pages from this place on. @see pagesFrom */
  | { readonly kind: 'pages'; readonly block: Hash32; readonly path: Path }
  /** Entries from this key on. */
  | { readonly kind: 'entries'; readonly block: Hash32; readonly from: Bytes };

export type Offer = { readonly block: Block; readonly bytes: Bytes; readonly finalization: Finalization };
export type Entry = readonly [key: Bytes, value: Bytes];
export type Entries = { readonly entries: readonly Entry[]; readonly last: boolean };

const REQUEST_BYTES_MAX = 1_024;
const STATE_KEY_BYTES_MAX = 512;
/** Entries of up to limits.proofBytesMax come alone; the rest stays near the size of a chunk. */
const ANSWER_BYTES_MAX = limits.frameBytesMax;

export function encodeSnapshotRequest(request: SnapshotRequest): Bytes {
  return encode(request.kind === 'pages' ? { ...request, path: Uint8Array.from(request.path) } : request);
}

export function decodeSnapshotRequest(bytes: Bytes): Verdict<SnapshotRequest> {
  const decoded = decode(bytes, REQUEST_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (hasExactly(value, ['kind', 'above']) && value.kind === 'offer') {
    const above = parseCount(value.above);
    return above === undefined ? misshapen() : accept({ kind: 'offer', above });
  }
  if (hasExactly(value, ['kind', 'from']) && (value.kind === 'seals' || value.kind === 'headers')) {
    const from = parseCount(value.from);
    return from === undefined ? misshapen() : accept({ kind: value.kind, from });
  }
  if (hasExactly(value, ['kind', 'block', 'path']) && value.kind === 'pages') {
    const { block, path } = value;
    if (!isBytes(block, HASH_BYTES) || !(path instanceof Uint8Array) || path.length > 64) return misshapen();
    return path.every((slot) => slot < 16) ? accept({ kind: 'pages', block, path: [...path] }) : misshapen();
  }
  if (hasExactly(value, ['kind', 'block', 'from']) && value.kind === 'entries') {
    const { block, from } = value;
    if (!isBytes(block, HASH_BYTES) || !isKey(from)) return misshapen();
    return accept({ kind: 'entries', block, from });
  }
  return misshapen();
}

export function encodeOffer(block: Bytes, certificate: Bytes): Bytes {
  return encode({ block, certificate });
}

export function decodeOffer(answer: Bytes): Verdict<Offer> {
  const decoded = decode(answer, ANSWER_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (!hasExactly(value, ['block', 'certificate'])) return misshapen();
  if (!(value.block instanceof Uint8Array) || !(value.certificate instanceof Uint8Array)) return misshapen();
  const block = decodeBlock(value.block);
  if (block.kind !== 'accept') return block;
  const message = decodeMessage(value.certificate);
  if (message.kind !== 'accept') return message;
  if (message.value.kind !== 'finalization') return misshapen();
  return accept({ block: block.value, bytes: value.block, finalization: message.value });
}

export function encodeSeals(seals: readonly Seal[]): Bytes {
  return encode(seals.map(encodeSeal));
}

export function decodeSeals(answer: Bytes): Verdict<readonly Seal[]> {
  const list = decodeByteList(answer, limits.snapshotSealsMax);
  if (list.kind !== 'accept') return list;
  const seals: Seal[] = [];
  for (const bytes of list.value) {
    const seal = decodeSeal(bytes);
    if (seal.kind !== 'accept') return seal;
    seals.push(seal.value);
  }
  return accept(seals);
}

export function encodeHeaders(headers: readonly Header[]): Bytes {
  return encode(headers.map(encodeHeader));
}

export function decodeHeaders(answer: Bytes): Verdict<readonly Header[]> {
  const list = decodeByteList(answer, limits.snapshotHeadersMax);
  if (list.kind !== 'accept') return list;
  const headers: Header[] = [];
  for (const bytes of list.value) {
    const header = decodeHeader(bytes);
    if (header.kind !== 'accept') return header;
    headers.push(header.value);
  }
  return accept(headers);
}

export function encodePages(pages: readonly Bytes[]): Bytes {
  return encode(pages);
}

export function decodePages(answer: Bytes): Verdict<readonly Bytes[]> {
  return decodeByteList(answer, limits.snapshotChunkPagesMax);
}

export function encodeEntries({ entries, last }: Entries): Bytes {
  return encode({ keys: entries.map(([key]) => key), values: entries.map(([, value]) => value), last });
}

export function decodeEntries(answer: Bytes): Verdict<Entries> {
  const decoded = decode(answer, ANSWER_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  if (!hasExactly(decoded.value, ['keys', 'values', 'last'])) return misshapen();
  const { keys, values, last } = decoded.value;
  if (!Array.isArray(keys) || !Array.isArray(values) || typeof last !== 'boolean') return misshapen();
  if (keys.length !== values.length || !keys.every(isKey)) return misshapen();
  if (!values.every((value): value is Bytes => value instanceof Uint8Array)) return misshapen();
  return accept({ entries: keys.map((key, i): Entry => [key, values[i]!]), last });
}

function decodeByteList(answer: Bytes, countMax: number): Verdict<readonly Bytes[]> {
  const decoded = decode(answer, ANSWER_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (!Array.isArray(value) || value.length > countMax) return misshapen();
  return value.every((item) => item instanceof Uint8Array) ? accept(value) : misshapen();
}

function isKey(value: unknown): value is Bytes {
  return value instanceof Uint8Array && value.length <= STATE_KEY_BYTES_MAX;
}

function misshapen(): Verdict<never> {
  return reject('codec.wrong-shape');
}
