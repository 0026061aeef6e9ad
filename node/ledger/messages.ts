/**
 * @pure What members say of the chain: our head, and ranges of final blocks with the certificates that make them so.
 */
import { type Bytes, isBytes } from '../../core/bytes.ts';
import { decode, encode, hasExactly } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import { HASH_BYTES, type Hash32, type Height, parseCount } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';

const SMALL_BYTES_MAX = 256;

export type Head = { readonly height: Height; readonly hash: Hash32 };

export function encodeHead(head: Head): Bytes {
  return encode({ height: head.height, hash: head.hash });
}

export function decodeHead(bytes: Bytes): Verdict<Head> {
  const decoded = decode(bytes, SMALL_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  if (!hasExactly(decoded.value, ['height', 'hash'])) return reject('codec.wrong-shape');
  const height = parseCount(decoded.value.height);
  const { hash } = decoded.value;
  if (height === undefined || !isBytes(hash, HASH_BYTES)) return reject('codec.wrong-shape');
  return accept({ height, hash });
}

export type RangeRequest = { readonly from: Height; readonly count: number };

export function encodeRangeRequest(request: RangeRequest): Bytes {
  return encode({ from: request.from, count: request.count });
}

export function decodeRangeRequest(bytes: Bytes): Verdict<RangeRequest> {
  const decoded = decode(bytes, SMALL_BYTES_MAX);
  if (decoded.kind !== 'accept') return decoded;
  if (!hasExactly(decoded.value, ['from', 'count'])) return reject('codec.wrong-shape');
  const from = parseCount(decoded.value.from);
  const count = parseCount(decoded.value.count);
  if (from === undefined || count === undefined || from < 1 || count < 1) return reject('codec.wrong-shape');
  return accept({ from, count: Math.min(count, limits.rangeBlocksMax) });
}

/** A final block; the certificate stands beside the last block that it covers, its ancestors have none. */
export type RangeEntry = { readonly block: Bytes; readonly certificate: Bytes | undefined };

export function encodeRange(entries: readonly RangeEntry[]): Bytes {
  return encode(entries.map(({ block, certificate }) => ({ block, certificate: certificate ?? null })));
}

/** The answer of a library that has pruned the first of these blocks. @param base - the lowest that it keeps. */
export function encodePruned(base: Height): Bytes {
  return encode({ pruned: base });
}

/**
 * An empty answer is that of a library that has nothing to give, as it joins itself: no blocks, as of one that has no more.
 * @returns reject("range.pruned") when the library does not keep blocks that are so old: another one may.
 */
export function decodeRange(bytes: Bytes): Verdict<readonly RangeEntry[]> {
  if (bytes.length === 0) return accept([]);
  const decoded = decode(bytes, limits.frameBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (hasExactly(value, ['pruned']) && parseCount(value.pruned) !== undefined) return reject('range.pruned');
  if (!Array.isArray(value) || value.length > limits.rangeBlocksMax) return reject('codec.wrong-shape');
  const entries: RangeEntry[] = [];
  for (const row of value as unknown[]) {
    if (!hasExactly(row, ['block', 'certificate'])) return reject('codec.wrong-shape');
    const { block, certificate } = row;
    if (!(block instanceof Uint8Array)) return reject('codec.wrong-shape');
    if (certificate !== null && !(certificate instanceof Uint8Array)) return reject('codec.wrong-shape');
    entries.push({ block, certificate: certificate ?? undefined });
  }
  return accept(entries);
}
