/**
 * What authorities say to one another: a closed union of plain data. A vote carries the index of its signer
 * in the authority list of the epoch; a certificate carries exactly q signatures over one statement.
 * The chain id is in every signed text (statements.ts), not on the wire.
 * Source: Simplex (Chan and Pass, eprint 2023/463); consensus/SPEC.md, "Messages".
 */
import type { Bytes } from '../core/bytes.ts';
import { decode, encode } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import type { Hash32, Signature64 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { BlockRef } from './block-ref.ts';
import { fromWire, toWire } from './wire.ts';

/** A block offered to a view: which block, and which earlier view it builds on (0 = the root of the epoch). */
type Offer = {
  readonly epoch: number;
  readonly view: number;
  readonly parentView: number;
  readonly block: BlockRef;
};
/** Index into the authority list, and Ed25519 over the statement (64 bytes). */
type Signed = { readonly signer: number; readonly signature: Signature64 };
/** Bitmap of authorities (bit i of byte ⌊i/8⌋, lowest first) and their q signatures in ascending order of index. */
type Certified = { readonly signers: Bytes; readonly signatures: readonly Signature64[] };

/** "I lead this view; vote for this." */
export type Proposal = { readonly kind: 'proposal' } & Offer & Signed;
/** "The first proposal of this view is valid here." At most one a view. */
export type Notarize = { readonly kind: 'notarize' } & Offer & Signed;
/** "Let us leave this view without a block of mine being final in it." Excludes Finalize. */
export type Nullify = { readonly kind: 'nullify'; readonly epoch: number; readonly view: number } & Signed;
/** "I saw the notarization, hold the body, and did not nullify." Excludes Nullify. */
export type Finalize = {
  readonly kind: 'finalize';
  readonly epoch: number;
  readonly view: number;
  readonly hash: Hash32;
} & Signed;

/** q Notarize over one offer. Names the whole block, so that whoever holds it can ask for the body. */
export type Notarization = { readonly kind: 'notarization' } & Offer & Certified;
export type Nullification = {
  readonly kind: 'nullification';
  readonly epoch: number;
  readonly view: number;
} & Certified;
/** q Finalize over one hash: all that a light client needs beside the header. */
export type Finalization = {
  readonly kind: 'finalization';
  readonly epoch: number;
  readonly view: number;
  readonly hash: Hash32;
} & Certified;

/** "Send me your certificates of these views" (both inclusive). Not signed: the link tells who asks. */
export type Request = {
  readonly kind: 'request';
  readonly epoch: number;
  readonly firstView: number;
  readonly lastView: number;
};

export type Vote = Notarize | Nullify | Finalize;
/** What one authority signs. */
export type Statement = Proposal | Vote;
export type Certificate = Notarization | Nullification | Finalization;
export type Message = Statement | Certificate | Request;

/** Two statements of one authority that exclude each other, so that anybody can judge (evidence.ts). */
export type Evidence = { readonly first: Statement; readonly second: Statement };

/** Canonical DAG-CBOR. */
export function encodeMessage(message: Message): Bytes {
  return encode(toWire(message));
}

/**
 * Shape only: nothing is verified. Bounded by `limits.consensusMessageBytesMax`.
 * @returns reject("codec.too-long" | "codec.malformed" | "codec.not-canonical" | "codec.wrong-shape").
 */
export function decodeMessage(bytes: Bytes): Verdict<Message> {
  const decoded = decode(bytes, limits.consensusMessageBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const message = fromWire(decoded.value) as Message | undefined;
  return message === undefined ? reject('codec.wrong-shape') : accept(message);
}
