/**
 * A light proof: what leads an outsider from a header that it trusts to a later one, and what is proved against
 * that one. Its parts are the very bytes that the chain hashes and signs. Strictly decoded and bounded; whether it
 * holds is light/verify.ts. Source: docs/proofs.md.
 */

import { decodeHeader, encodeHeader, type Header } from '../chain/block/block.ts';
import { SOUGHT_PROOFS_MAX } from '../chain/files/sought.ts';
import { parseAuthorities } from '../chain/governance/action.ts';
import { decodeProof, encodeProof, type Proof } from '../chain/state/proof.ts';
import { decodeMessage, encodeMessage, type Finalization } from '../consensus/messages.ts';
import type { Bytes } from '../core/bytes.ts';
import { decode, type Encodable, encode, hasExactly } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import type { PublicKey32 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { type Inclusion, parseInclusion } from './inclusion.ts';

/** The end of an epoch: the block that changed the set, its certificate by the old set, and the new one. */
export type Seal = {
  readonly header: Header;
  readonly finalization: Finalization;
  readonly authorities: readonly PublicKey32[];
};

/** What is proved of the header. */
export type Subject =
  | { readonly kind: 'state'; readonly proofs: readonly Proof[] }
  | { readonly kind: 'inclusion'; readonly path: Inclusion };

export type LightProof = {
  /** The canonical encoding, for whoever knows nothing but its hash, the chain id. */
  readonly genesis: Bytes | undefined;
  /** Every one after the trusted header, in order. */
  readonly seals: readonly Seal[];
  /** The header that the proof is about, then its descendants up to the one that the certificate names. */
  readonly headers: readonly Header[];
  /** Undefined: the header is the one that the seals, or the trust, lead to already. */
  readonly finalization: Finalization | undefined;
  /** Undefined: the proof leads only a part of the way. */
  readonly subject: Subject | undefined;
};

const VERSION = 1;
const FIELDS = ['version', 'genesis', 'seals', 'headers', 'finalization', 'subject'] as const;

/** Canonical DAG-CBOR. */
export function encodeLightProof(proof: LightProof): Bytes {
  const { genesis, seals, headers, finalization, subject } = proof;
  return encode({
    version: VERSION,
    genesis: genesis ?? null,
    seals: seals.map(sealToWire),
    headers: headers.map(encodeHeader),
    finalization: finalization === undefined ? null : encodeMessage(finalization),
    subject: subject === undefined ? null : subjectToWire(subject),
  });
}

/** @returns reject("codec.…"). Whether it proves anything is light/verify.ts. */
export function decodeLightProof(bytes: Bytes): Verdict<LightProof> {
  const decoded = decode(bytes, limits.lightProofBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const { value } = decoded;
  if (!hasExactly(value, FIELDS) || value.version !== VERSION) return misshapen();
  const { genesis } = value;
  if (genesis !== null && !isBytesUpTo(genesis, limits.proofGenesisBytesMax)) return misshapen();
  const seals = each(value.seals, limits.proofSealsMax, parseSeal);
  if (seals.kind !== 'accept') return seals;
  const headers = each(value.headers, limits.proofHeadersMax, parseHeader);
  if (headers.kind !== 'accept') return headers;
  const finalization = value.finalization === null ? undefined : parseFinalization(value.finalization);
  if (finalization !== undefined && finalization.kind !== 'accept') return finalization;
  const subject = value.subject === null ? undefined : parseSubject(value.subject);
  if (subject !== undefined && subject.kind !== 'accept') return subject;
  return accept({
    genesis: genesis ?? undefined,
    seals: seals.value,
    headers: headers.value,
    finalization: finalization?.value,
    subject: subject?.value,
  });
}

/** As a node keeps it, one an epoch. */
export function encodeSeal(seal: Seal): Bytes {
  return encode(sealToWire(seal));
}

/** @returns reject("codec.…"). */
export function decodeSeal(bytes: Bytes): Verdict<Seal> {
  const decoded = decode(bytes, limits.trustedBytesMax);
  return decoded.kind === 'accept' ? parseSeal(decoded.value) : decoded;
}

function sealToWire({ header, finalization, authorities }: Seal): Encodable {
  return { header: encodeHeader(header), finalization: encodeMessage(finalization), authorities };
}

function subjectToWire(subject: Subject): Encodable {
  const { kind } = subject;
  if (kind === 'state') return { kind, proofs: subject.proofs.map(encodeProof) };
  return { kind, path: subject.path.map(({ left, hash }) => [left, hash]) };
}

function parseSeal(value: unknown): Verdict<Seal> {
  if (!hasExactly(value, ['header', 'finalization', 'authorities'])) return misshapen();
  const authorities = parseAuthorities(value.authorities);
  if (authorities === undefined) return misshapen();
  const header = parseHeader(value.header);
  if (header.kind !== 'accept') return header;
  const finalization = parseFinalization(value.finalization);
  if (finalization.kind !== 'accept') return finalization;
  return accept({ header: header.value, finalization: finalization.value, authorities });
}

function parseHeader(value: unknown): Verdict<Header> {
  return value instanceof Uint8Array ? decodeHeader(value) : misshapen();
}

function parseFinalization(value: unknown): Verdict<Finalization> {
  if (!(value instanceof Uint8Array)) return misshapen();
  const message = decodeMessage(value);
  if (message.kind !== 'accept') return message;
  return message.value.kind === 'finalization' ? accept(message.value) : misshapen();
}

function parseProof(value: unknown): Verdict<Proof> {
  return value instanceof Uint8Array ? decodeProof(value) : misshapen();
}

function parseSubject(value: unknown): Verdict<Subject> {
  if (hasExactly(value, ['kind', 'proofs']) && value.kind === 'state') {
    const proofs = each(value.proofs, SOUGHT_PROOFS_MAX, parseProof);
    return proofs.kind === 'accept' ? accept({ kind: 'state', proofs: proofs.value }) : proofs;
  }
  if (hasExactly(value, ['kind', 'path']) && value.kind === 'inclusion') {
    const path = parseInclusion(value.path);
    return path === undefined ? misshapen() : accept({ kind: 'inclusion', path });
  }
  return misshapen();
}

function each<T>(value: unknown, countMax: number, parse: (item: unknown) => Verdict<T>): Verdict<T[]> {
  if (!Array.isArray(value) || value.length > countMax) return misshapen();
  const items: T[] = [];
  for (const item of value as unknown[]) {
    const parsed = parse(item);
    if (parsed.kind !== 'accept') return parsed;
    items.push(parsed.value);
  }
  return accept(items);
}

function isBytesUpTo(value: unknown, bytesMax: number): value is Bytes {
  return value instanceof Uint8Array && value.length <= bytesMax;
}

function misshapen(): Verdict<never> {
  return reject('codec.wrong-shape', 'not a light proof');
}
