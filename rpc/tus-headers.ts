/** What tus says in headers: numbers, and metadata as pairs of a name and base64. Pure. */

import { fromBase64, toBase64 } from '../core/base64.ts';
import { fromUtf8, toHex, utf8 } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { SignedUpload } from './upload-ports.ts';

/** @returns undefined for anything but digits. */
export function numberIn(header: string | string[] | undefined): number | undefined {
  if (typeof header !== 'string' || !/^[0-9]{1,15}$/.test(header)) return undefined;
  return Number(header);
}

/** Name in the metadata → field of `upload-begin`. */
const FIELDS: ReadonlyMap<string, string> = new Map([
  ['hash', 'hash'],
  ['public_key', 'public_key'],
  ['signed_hash', 'signed_hash'],
  ['expires', 'expires'],
  ['filename', 'name'],
]);

/**
 * What the metadata says of the fields of `upload-begin`; whatever else a client likes to add is not looked at.
 * @returns reject("request.missing-field" | "request.malformed" | "request.too-long" | "request.wrong-value").
 */
export function metadataFields(
  header: string | string[] | undefined,
  size: number,
): Verdict<Record<string, string | number>> {
  if (typeof header !== 'string')
    return reject('request.missing-field', {
      field: 'Upload-Metadata',
      detail: 'Upload-Metadata is missing.',
    });
  const fields = new Map<string, string | number>([['size', size]]);
  const pairs = header.split(',');
  if (pairs.length > limits.formFieldsMax)
    return reject('request.too-long', 'Upload-Metadata has too many names.');
  for (const pair of pairs) {
    const [name = '', value = '', ...more] = pair.trim().split(' ');
    const field = FIELDS.get(name);
    if (field === undefined) continue;
    const bytes = more.length > 0 ? undefined : fromBase64(value);
    const text = bytes && fromUtf8(bytes);
    if (text === undefined) return reject('request.malformed', `${name} is not text in base64.`);
    if (text.length > limits.formFieldBytesMax) return reject('request.too-long', `${name} is too long.`);
    if (fields.has(field)) return reject('request.wrong-value', `${name} stands twice in Upload-Metadata.`);
    fields.set(field, field === 'expires' ? (numberIn(text) ?? text) : text);
  }
  return accept(Object.fromEntries(fields));
}

/** To whoever has the address: which file it is, and not whose. */
export function metadataOf({ hash, written }: SignedUpload): string {
  const name = written === undefined ? [] : [`filename ${toBase64(utf8(written.name))}`];
  return [`hash ${toBase64(utf8(toHex(hash)))}`, ...name].join(',');
}
