/**
 * The report of an error that is not our mistake, for the person who has to act: one line that says what failed, and why as far as the
 * system knows. A stack would say no more.
 */
import { Fault } from '../../core/fault.ts';

/** @returns undefined for what only a stack can explain: a mistake of ours. */
export function errorReport(error: unknown): string | undefined {
  if (error instanceof Fault) {
    const reason = reasonOf(error.cause);
    const message = reason === undefined ? error.message : `${error.message.replace(/\.$/, '')}: ${reason}`;
    return `${flat(message)} (${error.code})`;
  }
  const reason = reasonOf(error);
  const path = error instanceof Error && 'path' in error ? `${error.path}: ` : '';
  return reason && flat(path + reason);
}

/** What the operating system, or the database in its name, has said. */
function reasonOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error) || !('code' in cause) || typeof cause.code !== 'string') return undefined;
  const known = REASONS[cause.code];
  if (known !== undefined) return `${known} (${cause.code})`;
  const fromSystem =
    'syscall' in cause || cause.code.startsWith('LEVEL_') || cause.code === 'ERR_SQLITE_ERROR';
  return fromSystem ? cause.message : undefined;
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the quota of the disk is used up',
  EACCES: 'not allowed',
  EPERM: 'not allowed',
  EROFS: 'the disk can only be read',
  ENOTDIR: 'something on the way there is not a folder',
  EEXIST: 'there is something else of that name',
  EISDIR: 'it is a folder',
  EIO: 'the disk has failed',
  EMFILE: 'too many files are open',
};

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}
