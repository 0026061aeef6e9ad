/** Transactions of a kind that has no story of its own: what a field holds follows from its shape, and from whose it is. */
import type { Holder, Shape } from '../../chain/kind/field.ts';
import { declaredOf, type Kind } from '../../chain/kinds.ts';
import type { Transaction } from './ledger-kinds.ts';

/** Fitting values, and sometimes others. */
export type Sources = {
  /** Somebody who has what is paid, if that is a reader. */
  readonly signer: (holder: Holder) => string;
  readonly key: (holder: Holder) => string;
  /** Of a file. */
  readonly hash: () => string;
  readonly infoHashes: () => readonly string[];
  /** Hex, new every time. */
  readonly fresh: (bytes: number) => string;
  /** What this one can pay. */
  readonly amount: (signer: string) => bigint;
  readonly seconds: () => number;
  readonly isThere: () => boolean;
};

/** @throws for a field that needs a story: then the kind has a case in author.ts. */
export function fromShapes(kind: Kind, sources: Sources): Transaction {
  const { fields, signer } = declaredOf({ kind });
  const { shape } = fields[signer]!;
  const key = sources.signer(shape.is === 'key' ? shape.of : 'reader');
  const made = (name: string, of: Shape): unknown => {
    if (name === signer) return key;
    switch (of.is) {
      case 'bytes':
        return name === 'hash' ? sources.hash() : sources.fresh(of.length);
      case 'key':
        return sources.key(of.of);
      case 'tokens':
        return sources.amount(key);
      case 'seconds':
        return sources.seconds();
      case 'list':
        return sources.infoHashes();
      case 'optional':
        return sources.isThere() ? made(name, of.of) : undefined;
      default:
        throw new Error(`${kind} needs a case in test/model/author.ts: what is its ${name}?`);
    }
  };
  const values = Object.entries(fields).map(([name, field]) => [name, made(name, field.shape)]);
  return { kind, ...Object.fromEntries(values) };
}
