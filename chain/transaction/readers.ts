/** Which readers a transaction names: whoever is not one of them has no business with its id (docs/decisions/events.md). */
import { equalBytes } from '../../core/bytes.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import type { Shape } from '../kind/field.ts';
import { declaredOf, type Transaction } from '../kinds.ts';

/** Is it of readers, and not of this one? A purchase is the buyer's, though the uploader earns by it. */
export function isOfOthers(transaction: Transaction, key: PublicKey32): boolean {
  const named = Object.entries(declaredOf(transaction).fields).flatMap(([name, { shape }]) =>
    readersIn(shape, Reflect.get(transaction, name)),
  );
  return named.length > 0 && !named.some((one) => equalBytes(one, key));
}

function readersIn(shape: Shape, value: unknown): readonly PublicKey32[] {
  if (value === undefined) return [];
  if (shape.is === 'optional') return readersIn(shape.of, value);
  if (shape.is === 'list') return (value as readonly unknown[]).flatMap((one) => readersIn(shape.of, one));
  return shape.is === 'key' && shape.of === 'reader' ? [value as PublicKey32] : [];
}
