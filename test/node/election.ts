/** An election as a federation that runs would take it: the seats are those of its next block. */
import { childEpoch } from '../../chain/block/block.ts';
import { authorities } from '../../chain/queries.ts';
import type { Ledger } from '../../node/ledger/ledger.ts';
import { type Election, electionOf } from '../chain/world.ts';

/** @param names - of the new set; those who are no authorities yet take their seats. */
export function electionAt(ledger: Ledger, names: readonly string[]): Election {
  const { header, view } = ledger.head();
  const present = { sitting: authorities(view), epoch: childEpoch(header), time: header.time };
  return electionOf(ledger.chainId, names, present);
}
