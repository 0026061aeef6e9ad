/**
 * Which file names the ledger takes. A name is shown to people and becomes a file on strangers' disks, so it
 * must be one plain path component that looks like what it is. It never repairs a name: it takes it or not.
 *
 * Normalisation comes from the runtime's Unicode tables. Unicode's stability policy
 * (https://www.unicode.org/policies/stability_policy.html) fixes it for assigned characters; for characters
 * that are assigned later all nodes agree because they run one pinned runtime.
 */
import { utf8 } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

/** C0, DEL and C1; NUL among them. */
const CONTROL = /[\u0000-\u001f\u007f-\u009f]/;
/** Marks, overrides and isolates that make a name read in another order than it is written (UAX 9). */
const BIDI = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/;
/** Nothing to see, but another name: soft hyphen, zero-width and invisible characters, BOM, line separators. */
const INVISIBLE =
  /\u034f|[\u00ad\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200d\u2028\u2029\u2060-\u2064\u206a-\u206f\u3164\ufeff\uffa0]/;
const SEPARATOR = /[/\\]/;

/** @returns reject("file.wrong-name") with the reason, or accept. */
export function checkFileName(name: string): Verdict {
  if (utf8(name).length > limits.fileNameBytesMax) return wrong('longer than 255 bytes of UTF-8');
  if (!isCleanText(name)) return wrong('empty, not normalised, or with characters that cannot be seen');
  if (SEPARATOR.test(name)) return wrong('a path separator');
  if (name === '.' || name === '..') return wrong('a folder, not a file');
  return accept();
}

/** Text that looks like what it is: not empty, NFC, well-formed, no control, bidi or invisible characters, no white space around it. */
export function isCleanText(text: string): boolean {
  return (
    text !== '' &&
    text.isWellFormed() &&
    text === text.trim() &&
    !CONTROL.test(text) &&
    !BIDI.test(text) &&
    !INVISIBLE.test(text) &&
    text === text.normalize('NFC')
  );
}

function wrong(reason: string): Verdict {
  return reject('file.wrong-name', reason);
}
