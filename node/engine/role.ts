/** What a node does for consensus, in a word that an operator understands. */
import { canFollow, childVersion, RULES_VERSION } from '../../chain/block/version.ts';
import type { Log } from '../../core/ports.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Memory } from './amnesia/amnesia.ts';
import type { Epoch } from './epoch.ts';

export type EngineRole =
  /** It votes. */
  | 'authority'
  /** It follows. */
  | 'observer'
  /** An authority that has just started and listens for a moment. */
  | 'listening'
  /** It does not know what its key has signed, and may not vote (docs/decisions/amnesia.md). */
  | 'amnesic'
  /** Another process runs with its key: neither signs. */
  | 'twin'
  /** The next block follows rules that this version does not know. */
  | 'outdated';

export function roleOf(epoch: Epoch, memory: Memory, ledger: Ledger): EngineRole {
  if (memory.silent) return 'twin';
  if (!canFollow(ledger.head())) return 'outdated';
  if (memory.lost !== undefined) return 'amnesic';
  if (!epoch.isAuthority) return 'observer';
  return epoch.signs ? 'authority' : 'listening';
}

export function warnIfOutdated(ledger: Ledger, log: Log): void {
  const head = ledger.head();
  if (canFollow(head)) return;
  log.error('the next block follows rules that this version does not know: install a newer one', {
    height: head.header.height + 1,
    version: childVersion(head),
    known: RULES_VERSION,
  });
}
