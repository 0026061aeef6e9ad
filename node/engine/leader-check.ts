/**
 * @pure Who made a block, and in which view: both stand in its header and must be so before anybody votes for it. That
 * the view is the one in which it is proposed is the other half, and consensus' own (consensus/SPEC.md, R18).
 */
import { childEpoch, type Header } from '../../chain/block/block.ts';
import { leader } from '../../consensus/quorum.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';

/**
 * Depends on nothing that somebody other than the maker of the header could have altered: it may become a verdict that
 * lasts. @param authorities - of the children of `parent`, ascending. @returns reject("block.wrong-header").
 */
export function checkLeader(parent: Header, header: Header, authorities: readonly PublicKey32[]): Verdict {
  // Views of an epoch start at 1; its first block stands on the last of another one.
  const before = childEpoch(parent) === parent.epoch ? parent.view : 0;
  if (header.view <= before) return reject('block.wrong-header', 'view');
  const key = authorities[leader(childEpoch(parent), header.view, authorities.length)]!;
  return equalBytes(key, header.proposer) ? accept() : reject('block.wrong-header', 'proposer');
}
