/**
 * Which file names the ledger takes. A name is shown to people and becomes a file on strangers' disks, so it
 * must be one plain path component that looks like what it is. It never repairs a name: it takes it or not.
 *
 * Only code points are looked at, in lists that stand here, and nothing that a newer runtime would answer otherwise:
 * no Unicode table, and so neither trim() nor normalize() nor \s (test/tidy.test.ts holds all rules to that). That a
 * name is normalised (NFC) is the work of the library that takes it in, before anybody signs.
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
/** White space at either end, as it was in Unicode 16 (PropList.txt) but for what is refused above anyway. */
const SPACE_AROUND =
  /^[\u0009-\u000d\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]|[\u0009-\u000d\u0020\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]$/;

/** @returns reject("file.wrong-name") with the reason, or accept. */
export function checkFileName(name: string): Verdict {
  if (utf8(name).length > limits.fileNameBytesMax) return wrong('longer than 240 bytes of UTF-8');
  if (!isCleanText(name))
    return wrong('empty, with white space around it, or with characters that cannot be seen');
  if (SEPARATOR.test(name)) return wrong('a path separator');
  if (name === '.' || name === '..') return wrong('a folder, not a file');
  return accept();
}

/** Text that looks like what it is: not empty, well-formed, no control, bidi or invisible characters, no white space around it. */
export function isCleanText(text: string): boolean {
  return (
    text !== '' &&
    text.isWellFormed() &&
    !SPACE_AROUND.test(text) &&
    !CONTROL.test(text) &&
    !BIDI.test(text) &&
    !INVISIBLE.test(text)
  );
}

function wrong(reason: string): Verdict {
  return reject('file.wrong-name', reason);
}
