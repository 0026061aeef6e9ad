/** Every kind of transaction there is, in the order of docs/ledger.md, one line each. What a kind is stands in its own file. */
import { card } from './accounts/card.ts';
import { register } from './accounts/register.ts';
import { attest } from './files/attest.ts';
import { download } from './files/download.ts';
import { upload } from './files/upload.ts';
import { approve } from './governance/approve.ts';
import { propose } from './governance/propose.ts';
import { isOfReaders } from './kind/event.ts';
import type { Shape, Transacted } from './kind/field.ts';
import type { AnyKind } from './kind/kind.ts';
import { buy } from './money/buy.ts';
import { reclaim } from './money/reclaim.ts';
import { release } from './money/release.ts';
import { sell } from './money/sell.ts';
import { settle } from './money/settle.ts';
import { transfer } from './money/transfer.ts';

export const DECLARED = {
  register,
  upload,
  attest,
  download,
  card,
  transfer,
  buy,
  sell,
  settle,
  release,
  reclaim,
  propose,
  approve,
};

export type Kind = keyof typeof DECLARED;
/** A closed union: a switch over `kind` is exhaustive (core/assert.ts, `unreachable`). */
export type Transaction = { [K in Kind]: Transacted<K, (typeof DECLARED)[K]['fields']> }[Kind];
export type TransactionOf<K extends Kind> = Extract<Transaction, { readonly kind: K }>;

export const KINDS: readonly Kind[] = Object.keys(DECLARED).filter(isKind);

export function isKind(kind: string): kind is Kind {
  return Object.hasOwn(DECLARED, kind);
}

/** Does a transaction of this kind, or what it does, concern a reader? Then its body is for members and the reader only. */
export function isPrivate(kind: Kind): boolean {
  const { fields, events } = declaredOf({ kind });
  return Object.values(fields).some(({ shape }) => namesReader(shape)) || events.some(isOfReaders);
}

function namesReader(shape: Shape): boolean {
  if (shape.is === 'key') return shape.of === 'reader';
  return (shape.is === 'list' || shape.is === 'optional') && namesReader(shape.of);
}

/** The table pairs each kind with its own declaration; the compiler cannot follow the pair through the look-up. */
export function declaredOf({ kind }: { readonly kind: Kind }): AnyKind {
  return DECLARED[kind] as unknown as AnyKind;
}
