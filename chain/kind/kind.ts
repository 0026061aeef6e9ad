/**
 * What a kind of transaction is, declared once, in a file of its own: its fields, who signs it, what its rule says and
 * which events that tells. Encoding, signed text and checks follow from it; all the kinds there are stand in
 * chain/kinds.ts.
 */
import { assert } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import { type Encodable, encode } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, PublicKey32, Signature64, UnixMs, UnixSeconds } from '../../core/scalars.ts';
import { signingHash } from '../../core/sign.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { StateView } from '../state/state.ts';
import type { EventKind } from './event.ts';
import type { Fields, Transacted } from './field.ts';
import type { Change, Rule, RuleContext } from './rule.ts';
import { signedText } from './texts.ts';

export type SignatureCheck = {
  readonly publicKey: PublicKey32;
  /** 32 bytes: what was signed. */
  readonly hash: Hash32;
  readonly signature: Signature64;
};
/** A signed text that is remembered until it has expired. */
export type Once = { readonly hash: Hash32; readonly expires: UnixSeconds };

/** @template T - the transaction. Methods, so that all kinds go into one table. */
export type Declared<K extends string, F extends Fields, T = Transacted<K, F>> = {
  readonly kind: K;
  /** The version of the rules that it is in force from. */
  readonly since: number;
  /** In the order of the signed text. */
  readonly fields: F;
  /** The field that holds the key of its signer. */
  readonly signer: string & keyof F;
  /** All that its rule may tell. */
  readonly events: readonly EventKind[];
  rule(view: StateView, transaction: T, context: RuleContext): Verdict<Change>;
  /** What its signer signs behind the kind, where that is not all fields in their order. */
  words?(transaction: T): readonly string[];
  /** What must verify beside the signer's signature. @param chain - the chain id, 64 hex characters. */
  others?(chain: string, transaction: T): readonly SignatureCheck[];
  /** Are those looked at one by one, each only when the one before it holds? */
  readonly oneByOne?: true;
  /** By what it is known to have happened, where that is not the signer's text with its nonce. */
  once?(chain: string, transaction: T): Once;
  /** How far ahead of the block its field `expires` may lie, where nothing else bounds it. */
  readonly expiresAheadMax?: UnixMs;
};
/** Any of them, for who has looked one up by its name. */
export type AnyKind = Declared<string, Fields>;

export function declareKind<const K extends string, F extends Fields>(kind: Declared<K, F>): Declared<K, F> {
  return kind;
}

/** One rule for each version that has changed it: the newest that is not newer than the block. */
export function byVersion<T>(rules: { readonly [version: number]: Rule<T> }): Rule<T> {
  const newestFirst = Object.entries(rules).reverse();
  return (view, transaction, context) => {
    const [, rule] = newestFirst.find(([since]) => Number(since) <= context.version) ?? [];
    assert(rule !== undefined, 'a kind that is in force has a rule');
    return rule(view, transaction, context);
  };
}

/** What stands in a transaction of this kind by the rules of this version. */
export function fieldNames({ fields }: Pick<AnyKind, 'fields'>, version: number): readonly string[] {
  return Object.keys(fields).filter((name) => fields[name]!.since <= version);
}

/**
 * Is a transaction what one reads by the rules of this version? It may have been read by others: it waits in a pool while
 * the rules change, and who reads it only now must come to the same verdict.
 */
export function isOfVersion({ since, fields }: AnyKind, transaction: object, version: number): boolean {
  if (since > version) return false;
  for (const name in fields) {
    const field = fields[name]!;
    if (field.since > 1 && Object.hasOwn(transaction, name) !== field.since <= version) return false;
    if (field.isOfVersion?.(Reflect.get(transaction, name), version) === false) return false;
  }
  return true;
}

/**
 * Canonical bytes: a DAG-CBOR map of the kind and exactly its fields, but for those of later rules that it does not have.
 * @param values - may hold more.
 */
export function encodeFields({ kind, fields }: Pick<AnyKind, 'kind' | 'fields'>, values: object): Bytes {
  const map: Record<string, Encodable> = { kind };
  for (const name in fields) {
    const field = fields[name]!;
    if (has(values, name, field)) map[name] = field.write(Reflect.get(values, name));
  }
  return encode(map);
}

function has(values: object, name: string, { since }: Fields[string]): boolean {
  return since === 1 || Object.hasOwn(values, name);
}

/** By which a rule knows a transaction of its kind. @returns 32 bytes: SHA-256 of the canonical bytes. */
export function idOf(kind: Pick<AnyKind, 'kind' | 'fields'>, transaction: object): Hash32 {
  return sha256(encodeFields(kind, transaction));
}

/**
 * What the signer signs.
 * @param chain - the chain id, 64 hex characters. @param values - without the signature, or with whatever in its place.
 */
export function signerText<K extends string, F extends Fields>(
  { kind, fields, words }: Declared<K, F>,
  chain: string,
  values: Omit<Transacted<K, F>, 'kind' | 'signature'>,
): string {
  // Neither looks at the signature.
  const said = words?.(values as Transacted<K, F>) ?? wordsOf(fields, values);
  return signedText(chain, kind, ...said);
}

function wordsOf(fields: Fields, values: object): readonly string[] {
  return Object.entries(fields).flatMap(([name, field]) =>
    has(values, name, field) ? field.words(Reflect.get(values, name)) : [],
  );
}

/** For the signature of somebody else in a transaction. @param text - what that one has signed. */
export function checkOf(publicKey: PublicKey32, text: string, signature: Signature64): SignatureCheck {
  return { publicKey, hash: signingHash(text), signature };
}
