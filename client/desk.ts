/**
 * The desk of a library, as a program of a librarian sees it: each call signed by the wallet, or sent by the operator's socket,
 * where nothing is signed. Source: docs/decisions/desk.md.
 */
import type { Call } from '../api/call.ts';
import { CALLS, type DeskCallName, methodOf, type Read, type SentFields } from '../api/calls.ts';
import type { DESK_SIGNING } from '../api/desk-text.ts';
import { assert } from '../core/assert.ts';
import { toHex } from '../core/bytes.ts';
import { NONCE_BYTES } from '../core/scalars.ts';
import { errorOf } from './client-error.ts';
import { type CallOptions, readAnswer, type Transport } from './transport.ts';
import type { Wallet } from './wallet.ts';

/** A call without its signature. */
type Unsigned<N extends DeskCallName> = Omit<SentFields<N>, (typeof DESK_SIGNING)[number]>;
export type AskDesk = <N extends DeskCallName>(
  name: N,
  fields: Unsigned<N>,
  options?: CallOptions,
) => Promise<Read<N>>;

export type ReviewPage = Read<'review-list'>;
export type WaitingFacts = ReviewPage['waiting'][number];
/** `by`: the key of who brought it, where several wait with one hash; 64 hex characters. */
export type WhichOptions = CallOptions & { readonly by?: string | undefined };
/** One as it was shown: of a page, or of `reviewShow`; or its `mark` alone. */
export type Shown = Pick<WaitingFacts, 'mark'>;

/** Every call throws ClientError, or the reason of its signal, and nothing else. */
export type Desk = {
  /** What waits for a review, what has waited longest first. @param page - `cursor`: what the page before has as `next`. */
  reviewList(page?: CallOptions & { readonly limit?: number; readonly cursor?: string }): Promise<ReviewPage>;
  /** @param hash - of the file, 64 hex characters; also below. */
  reviewShow(hash: string, which?: WhichOptions): Promise<Read<'review-show'>>;
  /** Lets it go on as it was shown: durable when it is answered, and on the ledger a little later. */
  reviewAccept(hash: string, shown: Shown, which?: WhichOptions): Promise<Read<'review-accept'>>;
  /** Without `by` for all who brought it. @param options - `reason`: what the uploader is told; at most 240 bytes. */
  reviewDecline(
    hash: string,
    shown: Shown,
    options?: WhichOptions & { readonly reason?: string | undefined },
  ): Promise<Read<'review-decline'>>;
  /** Lends a card, or renews it, and registers the key where it is not. @param reader - 64 hex characters; also below. */
  cardGive(reader: string, options?: CallOptions): Promise<Read<'card-give'>>;
  /** Codes of which each lends one reader a card, once. */
  cardInvite(
    options?: CallOptions & { readonly count?: number; readonly days?: number },
  ): Promise<Read<'card-invite'>>;
  /** The cards that this library lends. @param page - `cursor`: what the page before has as `next`. */
  cardList(
    page?: CallOptions & { readonly limit?: number; readonly cursor?: string },
  ): Promise<Read<'card-list'>>;
  cardWithdraw(reader: string, options?: CallOptions): Promise<Read<'card-withdraw'>>;
};

export function createDesk(ask: AskDesk): Desk {
  return {
    reviewList: ({ signal, ...page } = {}) => ask('review-list', page, { signal }),
    reviewShow: (hash, { by, signal } = {}) => ask('review-show', { hash, by }, { signal }),
    reviewAccept: (hash, { mark }, { by, signal } = {}) =>
      ask('review-accept', { hash, by, mark }, { signal }),
    reviewDecline: (hash, { mark }, { by, reason, signal } = {}) =>
      ask('review-decline', { hash, by, mark, reason }, { signal }),
    cardGive: (reader, options) => ask('card-give', { reader }, options),
    cardInvite: ({ signal, ...wanted } = {}) => ask('card-invite', wanted, { signal }),
    cardList: ({ signal, ...page } = {}) => ask('card-list', page, { signal }),
    cardWithdraw: (reader, options) => ask('card-withdraw', { reader }, options),
  };
}

type Signing = {
  readonly wallet: Wallet;
  /** The key of the library, 64 hex characters. */
  readonly library: string;
  readonly ask: Transport['ask'];
  chain(signal?: AbortSignal): Promise<string>;
  /** Unix time in seconds: ten minutes ahead or so. */
  expires(): number;
};

/** By HTTP, with the signature of a librarian. */
export function askSigned({ wallet, library, ask, chain, expires }: Signing): AskDesk {
  return async <N extends DeskCallName>(name: N, fields: Unsigned<N>, { signal }: CallOptions = {}) => {
    const nonce = globalThis.crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const order = { library, method: methodOf(name), params: fields, nonce, expires: expires() };
    const signed = {
      ...{ public_key: wallet.publicKey, nonce: toHex(nonce), expires: order.expires },
      signed_hash: await wallet.signDesk(await chain(signal), order),
    };
    // Every call of the desk has these fields beside its own, and answers in JSON.
    return (await ask(name, { ...fields, ...signed } as SentFields<N>, { signal })) as Read<N>;
  };
}

/** What came by the operator's socket. */
export type SocketAnswer = { readonly result: unknown } | { readonly problem: unknown };

/** By the socket in the home of a library, as the operator. @param send - one call, and what was answered. */
export function askUnsigned(send: (method: string, params: unknown) => Promise<SocketAnswer>): AskDesk {
  return async <N extends DeskCallName>(name: N, fields: Unsigned<N>) => {
    const answer = await send(methodOf(name), fields);
    if ('problem' in answer) throw errorOf(statusOf(answer.problem), answer.problem);
    const shape: Call['answer'] = CALLS[name].answer;
    assert(shape.kind === 'json', 'a call of the desk answers in JSON');
    return readAnswer(shape.schema, answer.result) as Read<N>;
  };
}

function statusOf(problem: unknown): number {
  const isProblem = typeof problem === 'object' && problem !== null && 'status' in problem;
  return isProblem ? Number(problem.status) : 500;
}
