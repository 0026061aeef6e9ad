/** What the calls of the SDK give: as the contract reads it, or in the SDK's own words where those were always others. */
import type * as z from 'zod/mini';
import type { Read, ShapeOf } from '../api/calls.ts';
import type { card } from '../api/card.ts';
import type { Tokens, UnixMs } from '../core/scalars.ts';
import { unreadable } from './client-error.ts';

/** An available file, and how many are in its swarm at the library that was asked. */
export type FoundFile = Readonly<z.output<ShapeOf<'search'>['item']>>;
export type FileFacts = FoundFile & {
  readonly height: number;
  /** "reader" or "library": whose word the name is. */
  readonly nameSignedBy: string;
};
/** Amounts in bytes; `until` in milliseconds since 1970. */
export type CardFacts = Readonly<z.output<typeof card>>;
/**
 * `noCard`: a library that lends cards to whoever comes has lent none now: why, by its code; `roomAt`: when it has room again, as
 * things are, in milliseconds since 1970.
 */
export type RegisterFacts = {
  readonly card: CardFacts | undefined;
  readonly noCard: string | undefined;
  readonly roomAt?: UnixMs;
};
export type AccountFacts = {
  readonly publicKey: string;
  readonly registered: boolean;
  readonly tokens: Tokens;
  /** In sales that have not ended. */
  readonly locked: Tokens;
  /** What its files may yet earn, as others read them. */
  readonly pending: Tokens;
  /** One that is in force: with it the key reads before it pays with tokens. */
  readonly card: CardFacts | undefined;
  readonly uploaded: Tokens;
  readonly downloaded: Tokens;
  /** Uploaded by downloaded; undefined before the first download. */
  readonly ratio: number | undefined;
};
export type UploadFacts = {
  /** docs/talk-to-a-library.md has the words. */
  readonly state: string;
  /** When the state ends by itself, or is forgotten: Unix time in seconds. */
  readonly until: number;
  /** Why it was refused, or what it waits for: a code of the library. */
  readonly code: string | undefined;
  /** What a librarian has said to it, when one has declined it. */
  readonly reason?: string;
};
export type StatusFacts = Readonly<Read<'status'>>;
export type MemberFacts = Readonly<Read<'members'>['members'][number]>;
export type Decisions = Readonly<Read<'proposals'>>;
export type ProposalFacts = Readonly<Decisions['proposals'][number]>;
export type Submitted = Readonly<Read<'submit'>>;

export function fileFacts({ name_signed_by: nameSignedBy, ...rest }: Read<'file'>): FileFacts {
  return { ...rest, nameSignedBy };
}

/** @throws ClientError("client.unreadable") when the library has told no more than it tells anybody. */
export function accountFacts(read: Read<'account'>): AccountFacts {
  if (!('tokens' in read)) return unreadable('tokens');
  const { public_key: publicKey, ratio, pending = 0n, card: lent, ...rest } = read;
  return { ...rest, publicKey, pending, card: lent ?? undefined, ratio: ratio ?? undefined };
}

export function registerFacts({
  card: lent,
  no_card: noCard,
  room_at: roomAt,
}: Read<'register'>): RegisterFacts {
  return { card: lent, noCard, ...(roomAt !== undefined && { roomAt }) };
}

export function uploadFacts({ state, until, code, reason }: Read<'upload-state'>): UploadFacts {
  return { state, until, code, ...(reason !== undefined && { reason }) };
}
