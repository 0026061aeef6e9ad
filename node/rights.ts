/** What a tracker asks at every announce, answered by the state after the last final block. */

import { isMember } from '../chain/federation.ts';
import { file, infoHashes, right } from '../chain/queries.ts';
import type { Rights } from '../tracker/ports.ts';
import type { Intakes } from './intakes.ts';
import type { Ledger } from './ledger.ts';

export function createRights(ledger: Ledger, intakes: Intakes): Rights {
  const view = () => ledger.head().view;
  return {
    right: (key, hash) => right(view(), key, hash),
    isMember: (key) => isMember(view(), key),
    takenDown: (hash) => file(view(), hash)?.takenDown ?? false,
    infoHashes(hash, key) {
      const own = infoHashes(view(), hash, key);
      // A member's archive must reach the uploaders of what is not available yet, or not under this name.
      return isMember(view(), key) ? [...own, ...intakes.swarmsOf(hash)] : own;
    },
  };
}
