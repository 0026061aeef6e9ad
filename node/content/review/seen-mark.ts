/**
 * @pure A mark of what a librarian was shown of an upload that waits: what is decided is decided of that, and of nothing that
 * has taken its place meanwhile under another name.
 */
import type { Bytes } from '../../../core/bytes.ts';
import { encode } from '../../../core/codec.ts';
import { sha256 } from '../../../core/hash.ts';
import { REVIEW_MARK_BYTES } from '../../../core/scalars.ts';
import type { WaitingFile } from '../../../rpc/ports.ts';

export type Seen = Pick<WaitingFile, 'hash' | 'brought' | 'by' | 'name' | 'size' | 'since'>;

/** Not of when it leaves the queue: its reader may sign once more. */
export function markOf({ hash, brought, by, name, size, since }: Seen): Bytes {
  return sha256(encode({ hash, brought, by, name, size, since })).slice(0, REVIEW_MARK_BYTES);
}
