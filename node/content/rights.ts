/**
 * What a tracker asks at every announce, answered by the state after the last final block, and by the uploads that are
 * brought to this library.
 */
import { isMember } from '../../chain/federation/federation.ts';
import { file, infoHashes, isTakenDown, right } from '../../chain/queries.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { Hash32, PublicKey32 } from '../../core/scalars.ts';
import { hasPaid } from '../../rpc/right.ts';
import type { Rights } from '../../tracker/ports.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { Intake } from './uploads/intake.ts';
import type { Intakes } from './uploads/intakes.ts';

export function createRights(
  ledger: Ledger,
  intakes: Intakes,
  places: { memberAt: Rights['memberAt'] },
  self: PublicKey32,
): Rights {
  const view = () => ledger.head().view;
  const brought = (hash: Hash32, key: PublicKey32): Intake | undefined => {
    const intake = intakes.get(hash, key);
    return intake === undefined || !isUnderWay(intake) ? undefined : intake;
  };
  return {
    right(key, hash) {
      const onLedger = right(view(), key, hash);
      if (onLedger !== 'none' || isTakenDown(view(), hash)) return onLedger;
      return brought(hash, key) === undefined ? 'none' : 'intake';
    },
    isMember: (key) => isMember(view(), key),
    isSelf: (key) => equalBytes(key, self),
    hasPaid: (key) => hasPaid(view(), key),
    memberAt: (key, address) => places.memberAt(key, address),
    takenDown: (hash) => isTakenDown(view(), hash),
    infoHashes(hash, key) {
      const { header } = ledger.head();
      if (file(view(), hash) !== undefined) return infoHashes(view(), hash, header.time);
      const own = intakes.of(hash).filter(isUnderWay);
      // A member's archive is to fetch what other libraries have, to attest it.
      if (isMember(view(), key)) {
        return [...infoHashes(view(), hash, header.time), ...own.flatMap((one) => one.infoHashes)];
      }
      return own.find((one) => equalBytes(one.key, key))?.infoHashes ?? [];
    },
  };
}

/** One that has ended, or waits for another signature with its bytes here, brings nothing into a swarm. */
function isUnderWay(intake: Intake): boolean {
  return intake.state !== 'refused' && intake.state !== 'available';
}
