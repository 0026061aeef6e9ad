/** Which sizes the ledger takes. Two are refused whatever a federation says: docs/decisions/sizes.md has the proof. */
import { TOKENS_MAX } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';

/** Of the two hashes below a node of the tree over a file: a file of so many bytes may be such a node. */
const NODE_BYTES = 64n;

/** @param max - the federation's largest file. @returns reject("file.empty" | "file.of-64-bytes" | "file.wrong-size"). */
export function checkFileSize(size: bigint, max = TOKENS_MAX): Verdict {
  if (size === 0n) return reject('file.empty');
  if (size === NODE_BYTES) return reject('file.of-64-bytes');
  return size > max ? reject('file.wrong-size') : accept();
}
