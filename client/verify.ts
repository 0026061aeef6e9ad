/**
 * Checks what a library says against the signatures of the federation: whoever calls this believes no library, only
 * the genesis or a checkpoint. Pure, no request is made; runs in browsers. Source: docs/proofs.md.
 */

import { NOTHING } from '../chain/accounts/account.ts';
import { type Card, cardOf, isOver } from '../chain/accounts/card-entry.ts';
import { parseGenesis } from '../chain/block/genesis.ts';
import {
  type Sought,
  soughtAccount,
  soughtFile,
  soughtParameters,
  soughtPurchase,
} from '../chain/files/sought.ts';
import { account, file, isTakenDown, parameters } from '../chain/queries.ts';
import { dayOf, PERIOD_DAYS } from '../chain/state/day.ts';
import type { StateView } from '../chain/state/state.ts';
import { type Bytes, fromHex, toHex } from '../core/bytes.ts';
import { decode } from '../core/codec.ts';
import type { Code } from '../core/codes.ts';
import { DAY_MS } from '../core/limits/units.ts';
import {
  HASH_BYTES,
  type Hash32,
  PUBLIC_KEY_BYTES,
  parseCount,
  type Tokens,
  type UnixMs,
} from '../core/scalars.ts';
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
export type Unproved = ProofRefused | ProofOutdated;
export type PurchaseVerdict =
  /** `purchasedAt`: height of the block with the purchase. */
  | { readonly kind: 'bought'; readonly purchasedAt: number; readonly at: ProofMoment }
  /** Not up to this block. */
  | { readonly kind: 'not-bought'; readonly at: ProofMoment }
  | Unproved;
/** `card`: the one that it was lent last, if it has not ended; whether its library is still a member is another question. */
export type AccountVerdict =
  | {
      readonly kind: 'account';
      readonly registered: boolean;
      readonly tokens: Tokens;
      readonly locked: Tokens;
      readonly pending: Tokens;
      readonly uploaded: Tokens;
      readonly downloaded: Tokens;
      readonly card: ProvedCard | undefined;
      readonly at: ProofMoment;
    }
  | Unproved;
/** As of a moment: `credit` is that of its day; `until` in milliseconds since 1970. */
export type ProvedCard = {
  /** 64 hex characters. */
  readonly sponsor: string;
  readonly allowance: Tokens;
  readonly ceiling: Tokens;
  readonly credit: Tokens;
  readonly until: UnixMs;
};
export type FileVerdict =
  | {
      readonly kind: 'available';
      readonly size: Tokens;
      readonly name: string;
      /** Whose word the name is. */
      readonly nameSignedBy: 'reader' | 'library';
      /** Of the block that made it available. */
      readonly height: number;
      readonly at: ProofMoment;
    }
  /** By the authorities; or not available, not yet or not any more. */
  | { readonly kind: 'taken-down' | 'not-available'; readonly at: ProofMoment }
  | Unproved;
export type ParametersVerdict =
  | {
      readonly kind: 'parameters';
      readonly parameters: Readonly<Record<string, number>>;
      readonly at: ProofMoment;
    }
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

type Since = {
  readonly trust: ProofTrust;
  /** Milliseconds since 1970: an older block is refused with "proof.stale". */
  readonly since?: UnixMs;
};

/**
 * What does the key have? @param proof - what /api/proof has answered with kind=account. @param question - `key`: 64 hex
 * characters; `now`: of which day the credit of a card is; that of the block when it is left out. Never throws.
 */
export function verifyAccount(
  proof: Bytes,
  question: Since & { readonly key: string; readonly now?: UnixMs },
): AccountVerdict {
  const key = fromHex(question.key, PUBLIC_KEY_BYTES);
  if (key === undefined) return refused(reject('request.wrong-hex'));
  const proved = entries(proof, soughtAccount(key), question);
  if (proved.kind !== 'accept') return refused(proved);
  const { view, at } = proved.value;
  const { key: _, ...figures } = account(view, key) ?? { key, ...NOTHING };
  const registered = account(view, key) !== undefined;
  const day = dayOf(Math.max(question.now ?? 0, at.time));
  const lent = cardOf(view, key, day);
  return { kind: 'account', registered, ...figures, card: lent && shownCard(lent, day), at };
}

/** What is the file? @param proof - what /api/proof has answered with kind=file. Never throws. */
export function verifyFile(
  proof: Bytes,
  question: Since & {
    /** 64 hex characters. */
    readonly hash: string;
  },
): FileVerdict {
  const hash = fromHex(question.hash, HASH_BYTES);
  if (hash === undefined) return refused(reject('request.wrong-hex'));
  const proved = entries(proof, soughtFile(hash), question);
  if (proved.kind !== 'accept') return refused(proved);
  const { view, at } = proved.value;
  const found = file(view, hash);
  if (isTakenDown(view, hash)) return { kind: 'taken-down', at };
  if (found === undefined) return { kind: 'not-available', at };
  const { size, name, nameSigned, height } = found;
  return { kind: 'available', size, name, nameSignedBy: nameSigned ? 'reader' : 'library', height, at };
}

/** What has the federation agreed on? @param proof - what /api/proof has answered with kind=parameters. Never throws. */
export function verifyParameters(proof: Bytes, question: Since): ParametersVerdict {
  const proved = entries(proof, soughtParameters(), question);
  if (proved.kind !== 'accept') return refused(proved);
  const { view, at } = proved.value;
  return { kind: 'parameters', parameters: parameters(view), at };
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

function shownCard(
  { sponsor, allowance, ceiling, credit, until }: Card,
  day: number,
): ProvedCard | undefined {
  if (isOver({ until }, day) || allowance === 0n) return undefined;
  return { sponsor: toHex(sponsor), allowance, ceiling, credit, until: (until + 1) * PERIOD_DAYS * DAY_MS };
}

type Entries = { readonly view: StateView; readonly at: ProofMoment };

/** As much of the state as the proof shows: nothing else may be asked of it. */
function entries(proof: Bytes, sought: Sought, { trust, since = 0 }: Since): Verdict<Entries> {
  const opened = open(proof, trust);
  if (opened.kind !== 'accept') return opened;
  const proved = verifyState(opened.value.anchor, opened.value.parts, sought, verifyHash);
  if (proved.kind !== 'accept') return proved;
  const { trusted, found } = proved.value;
  if (trusted.header.time < since) return reject('proof.stale');
  const values = new Map(found.map(({ key, value }) => [toHex(key), value]));
  return accept({ view: { get: (key) => values.get(toHex(key)) }, at: momentOf(trusted) });
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
