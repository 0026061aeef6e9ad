/**
 * Blocks whose time lies ahead of this clock by more than is waited for. One of two clocks is wrong, and it may be ours:
 * no vote, and no judgement for ever either. The log says so once of each leader, and once when it is over.
 */
import type { Header } from '../../chain/block/block.ts';
import type { StateView } from '../../chain/state/state.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/ports.ts';
import { nameOf } from '../ledger/member-name.ts';
import { spanInWords } from '../process/time-words.ts';

export class EarlyBlocks {
  readonly #log: Log;
  /** Leaders of whom it has been said, in hex: authorities only, as the caller has checked who leads. */
  readonly #said = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** @param aheadMs - of this clock. @param view - the state in which the leader is a member. */
  isTooEarly({ height, proposer }: Header, aheadMs: number, view: StateView): boolean {
    const key = toHex(proposer);
    const data = { height, leader: nameOf(view, proposer), key };
    if (aheadMs <= limits.proposalAheadMsMax) {
      if (this.#said.delete(key)) this.#log.warn('the blocks of this leader come in time again', data);
      return false;
    }
    if (this.#said.has(key)) return true;
    if (this.#said.size >= limits.authoritiesMax) this.#said.clear(); // they have changed meanwhile
    this.#said.add(key);
    this.#log.warn('block from the future: its clock or this one is off', {
      ...data,
      ahead: spanInWords(aheadMs),
      aheadMs,
    });
    return true;
  }
}
