/**
 * Checks what a library says against the signatures of the federation: whoever calls this believes no library, only
 * the genesis or a checkpoint. Pure, no request is made; runs in browsers. Source: docs/proofs.md.
 */
import { parseGenesis } from '../chain/block/genesis.ts';
import { soughtPurchase } from '../chain/files/sought.ts';
import { type Bytes, fromHex, toHex } from '../core/bytes.ts';
import { decode } from '../core/codec.ts';
import type { Code } from '../core/codes.ts';
import { HASH_BYTES, type Hash32, PUBLIC_KEY_BYTES, parseCount, type UnixMs } from '../core/scalars.ts';
import { verifyHash } from '../core/sign.ts';
import { accept, type Ignore, type Reject, reject, type Verdict } from '../core/verdict.ts';
import { anchorOf, type Trust } from '../light/anchor.ts';
import { decodeLightProof, type LightProof } from '../light/light-proof.ts';
import { decodeTrusted, encodeTrusted, type Trusted } from '../light/trusted.ts';
import { verifyInclusion, verifyLight, verifyState } from '../light/verify.ts';

/** What the caller believes already. One of the three. */
export type ProofTrust =
  /** 64 hex characters: the proof must have been asked for without `from`. */
  | { readonly chainId: string }
  /** The content of genesis.json. */
  | { readonly genesis: unknown }
  /** Of an earlier proof: then `from` was its height. */
  | { readonly checkpoint: Bytes };

/** The block that a proof speaks of. */
export type ProofMoment = {
  readonly height: number;
  /** Milliseconds since 1970. A library may answer with an old block: look at it, or set `since`. */
  readonly time: UnixMs;
  /** 64 hex characters. */
  readonly block: string;
  /** To be kept by the caller: the next proof may begin here, with `from` = height. */
  readonly checkpoint: Bytes;
};

export type ProofRefused = {
  readonly kind: 'refused';
  readonly code: Code;
  readonly detail: string | undefined;
};
/** It leads through blocks whose rules this program does not know: the program is old, the library has not lied. */
export type ProofOutdated = { readonly kind: 'outdated'; readonly code: Code };
type Unproved = ProofRefused | ProofOutdated;
export type PurchaseVerdict =
  /** `purchasedAt`: height of the block with the purchase. */
  | { readonly kind: 'bought'; readonly purchasedAt: number; readonly at: ProofMoment }
  /** Not up to this block. */
  | { readonly kind: 'not-bought'; readonly at: ProofMoment }
  | Unproved;
export type InclusionVerdict = { readonly kind: 'included'; readonly at: ProofMoment } | Unproved;
export type StepVerdict = { readonly kind: 'step'; readonly at: ProofMoment } | Unproved;

export type PurchaseQuestion = {
  readonly trust: ProofTrust;
  /** Of the file, 64 hex characters. */
  readonly hash: string;
  /** Of the reader, 64 hex characters. */
  readonly key: string;
  /** Milliseconds since 1970: an older block is refused with "proof.stale". */
  readonly since?: UnixMs;
};

/** Has the key bought the file? @param proof - what /api/proof has answered. Never throws. */
export function verifyPurchase(proof: Bytes, question: PurchaseQuestion): PurchaseVerdict {
  const hash = fromHex(question.hash, HASH_BYTES);
  const key = fromHex(question.key, PUBLIC_KEY_BYTES);
  if (hash === undefined || key === undefined) return refused(reject('request.wrong-hex'));
  const opened = open(proof, question.trust);
  if (opened.kind !== 'accept') return refused(opened);
  const { anchor, parts } = opened.value;
  const proved = verifyState(anchor, parts, soughtPurchase(hash, key), verifyHash);
  if (proved.kind !== 'accept') return refused(proved);
  const { trusted, value } = proved.value;
  if (trusted.header.time < (question.since ?? 0)) return refused(reject('proof.stale'));
  const at = momentOf(trusted);
  if (value === undefined) return { kind: 'not-bought', at };
  const purchasedAt = decode(value, value.length);
  const height = purchasedAt.kind === 'accept' ? parseCount(purchasedAt.value) : undefined;
  return height === undefined
    ? refused(reject('proof.wrong', 'the purchase is not a height'))
    : { kind: 'bought', purchasedAt: height, at };
}

/** Is the transaction final? @param proof - what /api/inclusion has answered. @param id - 64 hex characters. */
export function verifyTransaction(
  proof: Bytes,
  question: { readonly trust: ProofTrust; readonly id: string },
): InclusionVerdict {
  const id = fromHex(question.id, HASH_BYTES);
  if (id === undefined) return refused(reject('request.wrong-hex'));
  const opened = open(proof, question.trust);
  if (opened.kind !== 'accept') return refused(opened);
  const proved = verifyInclusion(opened.value.anchor, opened.value.parts, id, verifyHash);
  return proved.kind === 'accept'
    ? { kind: 'included', at: momentOf(proved.value.trusted) }
    : refused(proved);
}

/** How far a proof leads, whatever it proves: the way on after "proof.partial". */
export function verifyStep(proof: Bytes, trust: ProofTrust): StepVerdict {
  const opened = open(proof, trust);
  if (opened.kind !== 'accept') return refused(opened);
  const proved = verifyLight(opened.value.anchor, opened.value.parts, verifyHash);
  return proved.kind === 'accept' ? { kind: 'step', at: momentOf(proved.value.trusted) } : refused(proved);
}

type Opened = { readonly anchor: Trusted; readonly parts: LightProof };

function open(proof: Bytes, trust: ProofTrust): Verdict<Opened> {
  const parts = decodeLightProof(proof);
  if (parts.kind !== 'accept') return parts;
  const begun = trustOf(trust);
  if (begun.kind !== 'accept') return begun;
  const anchor = anchorOf(begun.value, parts.value);
  return anchor.kind === 'accept' ? accept({ anchor: anchor.value, parts: parts.value }) : anchor;
}

function trustOf(trust: ProofTrust): Verdict<Trust> {
  if ('chainId' in trust) {
    const chainId: Hash32 | undefined = fromHex(trust.chainId, HASH_BYTES);
    return chainId === undefined ? reject('request.wrong-hex') : accept({ kind: 'chain', chainId });
  }
  if ('genesis' in trust) {
    const genesis = parseGenesis(trust.genesis);
    return genesis.kind === 'accept' ? accept({ kind: 'genesis', genesis: genesis.value }) : genesis;
  }
  const trusted = decodeTrusted(trust.checkpoint);
  return trusted.kind === 'accept' ? accept({ kind: 'header', trusted: trusted.value }) : trusted;
}

function momentOf(trusted: Trusted): ProofMoment {
  const { height, time } = trusted.header;
  return { height, time, block: toHex(trusted.hash), checkpoint: encodeTrusted(trusted) };
}

function refused(verdict: Reject | Ignore): Unproved {
  const { code } = verdict;
  return verdict.kind === 'ignore'
    ? { kind: 'outdated', code }
    : { kind: 'refused', code, detail: verdict.detail };
}
