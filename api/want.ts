/** What would be right in a field, in the words of the reference: for whoever has sent something else. */
import type * as z from 'zod/mini';
import { TOLD } from './fields.ts';

type Def = { readonly innerType?: z.core.$ZodType; readonly entries?: Readonly<Record<string, unknown>> };

/** @param schema - of a field, which may be optional or have a default. */
export function wantOf(schema: z.core.$ZodType): string {
  const told = TOLD.get(schema);
  if (told !== undefined) return told.description;
  const { innerType, entries } = schema._zod.def as Def;
  if (innerType !== undefined) return wantOf(innerType);
  return entries === undefined ? 'text' : inWords(Object.values(entries).map(String), 'or');
}

export function inWords(words: readonly string[], joint: 'and' | 'or'): string {
  return words.length < 2
    ? words.join('')
    : `${words.slice(0, -1).join(', ')} ${joint} ${words[words.length - 1]}`;
}
