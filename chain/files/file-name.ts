/**
 * Which file names the ledger takes. A name is shown to people and becomes a file on strangers' disks, so it
 * must be one plain path component that looks like what it is (core/clean-text.ts). It never repairs a name: it takes it
 * or not.
 */
import { utf8 } from '../../core/bytes.ts';
import { isCleanText, pointsOf } from '../../core/clean-text.ts';
import { limits } from '../../core/limits.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';

const SEPARATORS = ['/', '\\'].flatMap(pointsOf);

/** @returns reject("file.wrong-name") with the reason, or accept. */
export function checkFileName(name: string): Verdict {
  if (utf8(name).length > limits.fileNameBytesMax) return wrong('longer than 240 bytes of UTF-8');
  if (!isCleanText(name))
    return wrong('empty, with white space around it, or with characters that cannot be seen');
  if (pointsOf(name).some((point) => SEPARATORS.includes(point))) return wrong('a path separator');
  if (name === '.' || name === '..') return wrong('a folder, not a file');
  return accept();
}

function wrong(reason: string): Verdict {
  return reject('file.wrong-name', reason);
}
