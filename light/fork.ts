/**
 * A fork: two runs, each of them final, of which at most one can be. It shows that more than f authorities of an epoch
 * have signed for both; whoever knows that set can judge, and nobody needs to trust who shows it.
 */
import {
  authoritiesHash,
  decodeHeader,
  encodeHeader,
  type Header,
  headerHash,
  sealsEpoch,
} from '../chain/block/block.ts';
import { verifyFinalization } from '../consensus/certificate.ts';
import type { Committee } from '../consensus/config.ts';
import { decodeMessage, encodeMessage } from '../consensus/messages.ts';
import { type Bytes, equalBytes } from '../core/bytes.ts';
import { decode, encode, hasExactly } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import type { Hash32, Height } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Run } from './run.ts';

/**
 * Where do they exclude each other? A run names the block of each of its headers, and that before the first. An epoch
 * ends once: two blocks that end the same one exclude each other at whatever heights.
 * @returns the lowest height, or undefined when both may stand in one chain.
 */
export function partAt(first: Run, second: Run): Height | undefined {
  const named = namesOf(first);
  for (const [height, hash] of namesOf(second)) {
    const other = named.get(height);
    if (other !== undefined && !equalBytes(other, hash)) return height;
  }
  const [one, two] = [first, second].map(({ headers }) => headers.find(sealsEpoch));
  if (one === undefined || two === undefined || one.epoch !== two.epoch) return undefined;
  return equalBytes(headerHash(one), headerHash(two)) ? undefined : Math.min(one.height, two.height);
}

/**
 * Is it final by itself, whatever stands before it? Linked from header to header, and its last one certified.
 * @param committeeOf - who signed in an epoch, as far as the caller knows.
 * @returns reject("consensus.…" | "block.wrong-header" | "block.wrong-parent" | "codec.wrong-shape").
 */
export function verifyAlone(run: Run, committeeOf: (epoch: number) => Committee | undefined): Verdict {
  const last = run.headers.at(-1);
  if (last === undefined) return reject('block.wrong-header', 'no header');
  const committee = committeeOf(last.epoch);
  if (committee === undefined) return reject('consensus.wrong-epoch');
  for (const [index, header] of run.headers.entries()) {
    if (!equalBytes(header.chainId, committee.chainId)) return reject('block.wrong-header', 'chainId');
    const before = run.headers[index - 1];
    if (before === undefined) continue;
    if (header.height !== before.height + 1) return reject('block.wrong-header', 'height');
    if (!equalBytes(header.parentHash, headerHash(before))) return reject('block.wrong-parent');
  }
  if (!equalBytes(last.authoritiesHash, authoritiesHash(committee.authorities))) {
    return reject('block.wrong-header', 'authoritiesHash');
  }
  if (!equalBytes(headerHash(last), run.finalization.hash)) {
    return reject('block.wrong-parent', 'the certificate is of another block');
  }
  return verifyFinalization(committee, run.finalization);
}

/** Height → the block that stands there by this run: its headers, and the parent of the first. Ascending. */
export function namesOf({ headers }: Run): ReadonlyMap<Height, Hash32> {
  const [first] = headers;
  const names = new Map<Height, Hash32>();
  if (first !== undefined) names.set(first.height - 1, first.parentHash);
  for (const header of headers) names.set(header.height, headerHash(header));
  return names;
}

/** Canonical DAG-CBOR. */
export function encodeRun({ headers, finalization }: Run): Bytes {
  return encode({ headers: headers.map(encodeHeader), finalization: encodeMessage(finalization) });
}

/** Shape only. @returns reject("codec.…"). */
export function decodeRun(bytes: Bytes): Verdict<Run> {
  const decoded = decode(bytes, limits.runBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (!hasExactly(value, ['headers', 'finalization'])) return reject('codec.wrong-shape');
  if (!Array.isArray(value.headers) || value.headers.length > limits.proofHeadersMax) {
    return reject('codec.wrong-shape');
  }
  const headers: Header[] = [];
  for (const item of value.headers as unknown[]) {
    const header: Verdict<Header> =
      item instanceof Uint8Array ? decodeHeader(item) : reject('codec.wrong-shape');
    if (header.kind !== 'accept') return header;
    headers.push(header.value);
  }
  if (!(value.finalization instanceof Uint8Array)) return reject('codec.wrong-shape');
  const message = decodeMessage(value.finalization);
  if (message.kind !== 'accept') return message;
  if (message.value.kind !== 'finalization') return reject('codec.wrong-shape');
  return accept({ headers, finalization: message.value });
}
