/**
 * JSON as it was written. JSON.parse rounds what a double does not hold: an amount would be another one, and an answer would have
 * an id that nobody has sent. So a whole number beyond 2^53−1 is read as the string of its digits, which the fields for amounts
 * take anyway; and an id that would come back otherwise is kept as it stands (JSON.rawJSON), for JSON.stringify to write.
 */
import { type Bytes, fromUtf8 } from '../core/bytes.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

/** @param bytes - bounded in depth and parts by whoever calls. reject("request.malformed"). */
export function parseJson(bytes: Bytes): Verdict<unknown> {
  // A mark of byte order may be ignored (RFC 8259, section 8.1), and some editors and shells put one there.
  const text = fromUtf8(startsWithMark(bytes) ? bytes.subarray(MARK.length) : bytes);
  if (text === undefined) return reject('request.malformed', 'The body is not UTF-8.');
  try {
    return accept(JSON.parse(text, asWritten));
  } catch {
    return reject('request.malformed', 'The body is not JSON.');
  }
}

const MARK = [0xef, 0xbb, 0xbf];
const startsWithMark = (bytes: Bytes): boolean => MARK.every((byte, index) => bytes[index] === byte);

/** @param context - with how a number stands in the text. */
function asWritten(name: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source;
  if (typeof value !== 'number' || source === undefined) return value;
  if (name === 'id') return String(value) === source ? value : JSON.rawJSON(source);
  return Number.isSafeInteger(value) || !WHOLE.test(source) ? value : source;
}
const WHOLE = /^-?[0-9]+$/;
