/**
 * Unknown → typed, or a code. The detail names a field of ours and what it should be, never what came.
 */
import type * as z from 'zod/mini';
import { inWords, wantOf } from '../api/want.ts';
import { assert } from '../core/assert.ts';
import { nearestOf } from '../core/nearest.ts';
import { accept, type Reject, reject, type Verdict } from '../core/verdict.ts';
import { isCode } from './problem.ts';

/**
 * reject("request.missing-field" | "request.wrong-hex" | "request.wrong-value" | "request.too-long").
 * @param names - that were sent, also those that were left out of `fields`.
 */
export function parse<T extends z.ZodMiniObject>(
  schema: T,
  fields: unknown,
  names: readonly string[] = namesIn(fields),
): Verdict<z.output<T>> {
  const parsed = schema.safeParse(fields);
  return parsed.success ? accept(parsed.data) : refusal(schema, parsed.error.issues, fields, names);
}

function refusal(
  { shape }: z.ZodMiniObject,
  issues: readonly z.core.$ZodIssue[],
  fields: unknown,
  names: readonly string[],
): Reject {
  const issue = issues[0];
  assert(issue !== undefined, 'a failed parse has an issue');
  const known = Object.keys(shape);
  if (issue.code === 'unrecognized_keys') return unknownField(issue.keys, known);
  const field = issue.path[0];
  if (typeof field !== 'string') {
    const want = 'an object of fields';
    return reject('request.wrong-value', { want, detail: 'The fields must form an object.' });
  }
  const want = wantOf(shape[field]!);
  if (!Object.hasOwn(fields as object, field)) {
    const isNearlyThere = unknownIn(names, known).some((name) => nearestOf(name, known) === field);
    const hint = isNearlyThere && { nearest: field };
    const detail = `${field} is missing${isNearlyThere ? '; a field of nearly that name came' : ''}.`;
    return reject('request.missing-field', { field, want, detail, ...hint });
  }
  const params: { code?: unknown } = issue.code === 'custom' ? (issue.params ?? {}) : {};
  const code = typeof params.code === 'string' && isCode(params.code) ? params.code : 'request.wrong-value';
  return reject(code, { field, want, detail: `${field} must be ${want}.` });
}

/** The name that came is a stranger's, and is not shown. */
function unknownField(unknown: readonly string[], known: readonly string[]): Reject {
  const nearest = unknown.slice(0, UNKNOWN_MAX).map((name) => nearestOf(name, known));
  const meant = nearest.find((name) => name !== undefined);
  const want = known.length === 0 ? 'no fields' : `the fields ${inWords(known, 'and')}`;
  const question = meant === undefined ? `It knows ${want}.` : `Did you mean ${meant}?`;
  const detail = `There is a field that this call does not know. ${question}`;
  return reject('request.wrong-value', { want, detail, ...(meant !== undefined && { nearest: meant }) });
}

/** Of so many names that are not known a nearest one is looked for. */
const UNKNOWN_MAX = 4;

function unknownIn(names: readonly string[], known: readonly string[]): readonly string[] {
  return names.filter((name) => !known.includes(name)).slice(0, UNKNOWN_MAX);
}

function namesIn(fields: unknown): readonly string[] {
  return typeof fields === 'object' && fields !== null ? Object.keys(fields) : [];
}

/**
 * The parameters of a URL. What a schema does not know is left out; what stands twice is refused, because two
 * readers of one URL could disagree about it. reject("request.malformed" | "request.wrong-value").
 */
export function parseQuery(url: string, known: readonly string[]): Verdict<Record<string, string>> {
  const mark = url.indexOf('?');
  if (mark === -1) return accept({});
  if (!isPercentEncoded(url.slice(mark + 1))) {
    return reject('request.malformed', 'The parameters are not percent-encoded UTF-8.');
  }
  const fields: [string, string][] = [];
  const seen = new Set<string>();
  for (const [name, value] of new URLSearchParams(url.slice(mark + 1))) {
    if (seen.has(name)) return reject('request.wrong-value', 'A parameter stands twice in the URL.');
    seen.add(name);
    if (known.includes(name)) fields.push([name, value]);
  }
  return accept(Object.fromEntries(fields));
}

/** The names of the parameters of a URL that `parseQuery` has read. */
export function queryNames(url: string): readonly string[] {
  const mark = url.indexOf('?');
  return mark === -1 ? [] : [...new URLSearchParams(url.slice(mark + 1)).keys()];
}

/** URLSearchParams puts a sign of its own for what it cannot read. */
function isPercentEncoded(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false; // it throws for nothing else
  }
}
