/** An answer in a word: served, or the code of the refusal. */
import type { HttpAnswer } from './caller.ts';

export function outcomeOf({ status, body }: HttpAnswer): string {
  const text = body.subarray(0, 2_000).toString('latin1');
  const code = /"(?:type|code)":"([a-z]+\.[a-z-]+)"/.exec(text)?.[1];
  if (code !== undefined) return code;
  return status < 300 ? 'served' : `status ${status}`;
}
