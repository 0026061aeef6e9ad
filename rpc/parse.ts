/**
 * Unknown → typed, or a code. The detail names a field of ours and what it should be, never what came.
 */
import type * as z from 'zod/mini';
import { assert } from '../core/assert.ts';
import { accept, type Reject, reject, type Verdict } from '../core/verdict.ts';
import { isCode } from './problem.ts';

/** reject("request.missing-field" | "request.wrong-hex" | "request.wrong-value" | "request.too-long"). */
export function parse<T extends z.ZodMiniType>(schema: T, fields: unknown): Verdict<z.output<T>> {
  const parsed = schema.safeParse(fields);
  return parsed.success ? accept(parsed.data) : refusal(parsed.error.issues, fields);
}

function refusal(issues: readonly z.core.$ZodIssue[], fields: unknown): Reject {
  const issue = issues[0];
  assert(issue !== undefined, 'a failed parse has an issue');
  const name = issue.path[0];
  if (issue.code === 'unrecognized_keys') {
    return reject('request.wrong-value', 'There is a field that this call does not know.');
  }
  if (typeof name !== 'string') return reject('request.wrong-value', 'The fields must form an object.');
  if (!Object.hasOwn(fields as object, name)) return reject('request.missing-field', `${name} is missing.`);
  const params: { code?: unknown; wanted?: unknown } = issue.code === 'custom' ? (issue.params ?? {}) : {};
  if (typeof params.code !== 'string' || !isCode(params.code)) {
    return reject('request.wrong-value', `${name} has a value that is not allowed.`);
  }
  return reject(params.code, `${name} must be ${String(params.wanted)}.`);
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

/** URLSearchParams puts a sign of its own for what it cannot read. */
function isPercentEncoded(query: string): boolean {
  try {
    decodeURIComponent(query);
    return true;
  } catch {
    return false; // it throws for nothing else
  }
}
