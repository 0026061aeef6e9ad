/** Values for fields, made from their shapes alone: a kind that is declared has samples and golden bytes at once. */
import fc from 'fast-check';
import { defaultParameters } from '../../chain/federation/parameters.ts';
import type { Action } from '../../chain/governance/action.ts';
import type { Holder, Shape } from '../../chain/kind/field.ts';
import { declaredOf, type Kind, type Transaction } from '../../chain/kinds.ts';
import { TOKENS_MAX } from '../../core/scalars.ts';
import { hashOf, infoHashesOf, keyOf } from './world.ts';

/** Who it is in samples. */
export const HOLDERS: { readonly [H in Holder]: string } = {
  reader: 'reader',
  member: 'ann',
  authority: 'ann',
  billing: 'billing',
};
const MEMBER = {
  key: keyOf('eve'),
  name: 'Eve',
  addresses: ['/ip4/127.0.0.1/tcp/4645'],
  tracker: 'http://127.0.0.1:6969',
  api: '',
};

/** The transaction that has these values. @param make - the value of a field, by its name and shape. */
export function transactionOf(kind: Kind, make: (name: string, shape: Shape) => unknown): Transaction {
  const fields = Object.entries(declaredOf({ kind }).fields);
  const values = fields.map(([name, { shape }]) => [name, make(name, shape)]);
  return { kind, ...Object.fromEntries(values) };
}

/** Always the same one. */
export function sampleOf(name: string, shape: Shape): unknown {
  switch (shape.is) {
    case 'bytes':
      return hashOf(name === 'hash' ? 'file' : name).subarray(0, shape.length);
    case 'key':
      return keyOf(HOLDERS[shape.of]);
    case 'tokens':
      return name === 'size' ? 2n ** 60n : 5n;
    case 'seconds':
      return 1_750_000_600;
    case 'period':
      return 675;
    case 'text':
      return shape.pattern === undefined ? 'Bücher.epub' : '0.10 EUR/GB';
    case 'list':
      return infoHashesOf('file');
    case 'action':
      return { kind: 'add-member', member: MEMBER } satisfies Action;
    case 'optional':
      return sampleOf(name, shape.of);
  }
}

/** Any value that the field takes. */
export function anyOf(shape: Shape): fc.Arbitrary<unknown> {
  switch (shape.is) {
    case 'bytes':
      return bytesOf(shape.length);
    case 'key':
      return bytesOf(32);
    case 'tokens':
      return fc.bigInt({ min: 0n, max: TOKENS_MAX });
    case 'seconds':
    case 'period':
      return fc.maxSafeNat();
    case 'text':
      return shape.pattern === undefined
        ? fc.string({ unit: 'binary', maxLength: shape.lengthMax / 2 })
        : fc.stringMatching(shape.pattern);
    case 'list':
      return fc.uniqueArray(anyOf(shape.of), {
        minLength: shape.count,
        maxLength: shape.count,
        selector: String,
      });
    case 'action':
      return anyAction();
    case 'optional':
      return fc.option(anyOf(shape.of), { nil: undefined });
  }
}

export function anyTransaction(kind: Kind): fc.Arbitrary<Transaction> {
  const fields = Object.entries(declaredOf({ kind }).fields).map(([name, { shape }]) => [name, anyOf(shape)]);
  const values: fc.Arbitrary<object> = fc.record(Object.fromEntries(fields));
  return values.map((made) => ({ kind, ...made }) as Transaction);
}

function anyAction(): fc.Arbitrary<Action> {
  return fc.oneof(
    bytesOf(32).map((key) => ({ kind: 'remove-member' as const, key })),
    bytesOf(32).map((hash) => ({ kind: 'take-down' as const, hash })),
    bytesOf(32).map((key) => ({ kind: 'grant-role' as const, key, role: 'billing' as const })),
    fc
      .tuple(fc.maxSafeNat(), fc.maxSafeNat())
      .map(([height, version]) => ({ kind: 'upgrade' as const, height, version })),
    fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 20 }).map((name) => {
      return { kind: 'update-member' as const, member: { ...MEMBER, name: `x${name}x` } };
    }),
    fc.constant({ kind: 'set-parameters' as const, parameters: defaultParameters(3) }),
  );
}

function bytesOf(length: number): fc.Arbitrary<Uint8Array> {
  return fc.uint8Array({ minLength: length, maxLength: length });
}
