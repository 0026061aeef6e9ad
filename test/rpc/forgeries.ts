/** Transactions of every kind that name a key, by whoever cannot sign for it: what a stranger can give to `submit`. */
import type { Action } from '../../chain/governance/action.ts';
import type { Shape } from '../../chain/kind/field.ts';
import { declaredOf, KINDS, type Kind, type Transaction } from '../../chain/kinds.ts';
import { dayOf, periodOf } from '../../chain/state/day.ts';
import type { Hash32, InfoHash20, PublicKey32, Signature64 } from '../../core/scalars.ts';
import { transactionOf } from '../chain/values.ts';

type About = {
  /** Of a file that is available, or whatever else has 32 bytes. */
  readonly hash: Hash32;
  readonly infoHashes: readonly InfoHash20[];
  /** Whoever else is to be named. */
  readonly stranger: PublicKey32;
  /** Of the right form, and nobody's for this. */
  readonly signature: Signature64;
  /** Unix time in seconds, within the hour. */
  readonly expires: number;
};
export type Forgery = {
  readonly kind: Kind;
  /** In words: as what the key is named. */
  readonly as: string;
  make(key: PublicKey32): Transaction;
};

/** Every kind in every part that a key can have in it. */
export function forgeries(about: About): readonly Forgery[] {
  const named = KINDS.flatMap((kind) =>
    Object.entries(declaredOf({ kind }).fields)
      .filter(([, { shape }]) => shape.is === 'key')
      .map(([as]) => ({
        kind,
        as,
        make: (key: PublicKey32) =>
          transactionOf(kind, (name, shape) => (name === as ? key : madeUp(name, shape, about))),
      })),
  );
  return [...named, ...proposals(about)];
}

/** Those that an action names. */
function proposals(about: About): readonly Forgery[] {
  const { signature, expires } = about;
  const propose = (action: Action): Transaction =>
    transactionOf('propose', (name, shape) => (shape.is === 'action' ? action : madeUp(name, shape, about)));
  const seat = (key: PublicKey32) => ({ key, epoch: 0, expires, signature });
  return [
    { kind: 'propose', as: 'subject', make: (key) => propose({ kind: 'grant-role', role: 'billing', key }) },
    {
      kind: 'propose',
      as: 'seat',
      make: (key) => propose({ kind: 'set-authorities', keys: [key], seats: [seat(key)] }),
    },
  ];
}

/** As good as true, but for the signature. */
function madeUp(name: string, shape: Shape, about: About): unknown {
  const { hash, infoHashes, stranger, signature, expires } = about;
  switch (shape.is) {
    case 'bytes':
      return [hash, signature].find(({ length }) => length === shape.length) ?? new Uint8Array(shape.length);
    case 'key':
      return stranger;
    case 'tokens':
      return name === 'size' ? 5n : 1n;
    case 'seconds':
      return expires;
    case 'period':
      return periodOf(dayOf(expires * 1_000));
    case 'text':
      return 'a';
    case 'list':
      return infoHashes;
    case 'action':
      return { kind: 'grant-role', role: 'billing', key: stranger } satisfies Action;
    case 'optional':
      return undefined;
  }
}
