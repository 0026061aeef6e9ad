/**
 * How an upload that has ended stands now: what it came to, as the intake remembers it, and what the federation has done
 * since. Asked of the ledger at the moment, so that it is right after a restart too, and whatever was missed.
 */

import type { State } from '../../../chain/block/execute.ts';
import { file, isTakenDown, pendingUntil, pendingUpload, uploaderOf } from '../../../chain/queries.ts';
import { equalBytes } from '../../../core/bytes.ts';
import type { Intake } from './intake.ts';

type Ending = Pick<Intake, 'state' | 'code' | 'until'>;

/** @param intake - has ended: available, or refused. @param head - the state after the last final block. */
export function endingNow(intake: Intake, { view, header }: Pick<State, 'view' | 'header'>): Ending {
  const { hash, key, state, code, until } = intake;
  const wasAvailable = state === 'available';
  const wasTakenDown = code === 'file.taken-down';
  // Whatever else it was refused for, the ledger has nothing to add.
  if (!wasAvailable && !wasTakenDown) return { state, code, until };
  if (isTakenDown(view, hash)) return { state: 'refused', code: 'file.taken-down', until };
  const uploader = file(view, hash) && uploaderOf(view, hash);
  if (uploader !== undefined && equalBytes(uploader, key))
    return { state: 'available', code: undefined, until };
  // A file ceases to be this reader's in one way only.
  if (wasAvailable) return { state: 'refused', code: 'upload.reset', until };
  if (uploader !== undefined) return { state: 'refused', code: 'upload.already-available', until };
  const pending = pendingUpload(view, hash, key, header.time);
  if (pending === undefined) return { state, code, until };
  return { state: 'on-ledger', code: undefined, until: pendingUntil(pending.since) };
}
