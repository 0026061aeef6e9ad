/**
 * Should this node fetch a state instead of the blocks that it lacks? When a member shows, with certificates, that
 * the federation is far ahead, or when the blocks that come next are kept by nobody who was asked. Then that is
 * written down, and the node begins anew with joining (join-stage.ts).
 */
import type { Genesis } from '../../../chain/block/genesis.ts';
import { toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import type { Log, MemberAddress, Network, PeerKey, Store } from '../../../core/ports.ts';
import type { Height } from '../../../core/scalars.ts';
import type { VerifySignature } from '../../../light/trusted.ts';
import { joinMembersWrite, joinRecordWrite } from './join-record.ts';
import { askForOffer } from './trust.ts';

type Ports = {
  readonly store: Store;
  readonly network: Network;
  readonly verify: VerifySignature;
  readonly log: Log;
  readonly genesis: Genesis;
  /** Whom the ledger knows. */
  members(): readonly MemberAddress[];
  /** Stop, and open again. */
  rejoin(): void;
  /** Of the last blocks everybody keeps so many. */
  readonly blocksKeptMin: number;
};

/** What synchronisation knows when it asks. */
export type Lag = {
  /** Now: blocks go on becoming final while others are asked. */
  height(): Height;
  /**
   * The federation is far ahead; or the next block is kept by nobody who was asked, as some say, who may lie, or more
   * authorities than can.
   */
  readonly why: 'far' | 'pruned by some' | 'pruned by many';
  /** The node stops: the answer comes too late. */
  over(): boolean;
};

export class SnapshotTrigger {
  readonly #ports: Ports;
  #fired = false;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** @returns true when the node is about to begin anew: nothing more is to be fetched. */
  async consider(peer: PeerKey, { height, why, over }: Lag): Promise<boolean> {
    if (this.#fired) return true;
    const { store, log, rejoin, members } = this.#ports;
    const least = this.#least(why);
    const offered = await this.#heightOf(peer, height() + least);
    const above = height();
    if (offered === undefined || offered - above <= least) return false;
    if (this.#fired) return true;
    if (over()) return false;
    this.#fired = true;
    const reason = why === 'far' ? 'far behind' : 'nobody keeps the blocks that come next';
    log.warn(`${reason}: a state is fetched instead of blocks`, {
      height: above,
      offered,
      member: toHex(peer),
    });
    // Blocks that are under way may come yet. Of those that nobody keeps one is enough to show that somebody does.
    const ledger = { until: why === 'far' ? offered - least : above + 1, over: above + least };
    const record = joinRecordWrite({ phase: 'wanted', above, ledger });
    await store.write([record, joinMembersWrite(members())], { sync: true });
    rejoin();
    return true;
  }

  /**
   * A ledger is not left for a few blocks: a member that alone holds the last one could have all others throw away
   * theirs. Whoever says that it has pruned what all others keep lies, or has itself begun with a state; so it takes more
   * authorities than can lie, or a gap that nobody can make who hides what the others have.
   * @returns a state must be more blocks ahead than this.
   */
  #least(why: Lag['why']): number {
    if (why === 'far') return limits.snapshotBehindBlocks;
    return why === 'pruned by some' ? this.#ports.blocksKeptMin : 0;
  }

  async #heightOf(peer: PeerKey, above: Height): Promise<Height | undefined> {
    try {
      const offer = await askForOffer(this.#ports, this.#ports.genesis, peer, above);
      return offer?.kind === 'accept' ? offer.value.block.header.height : undefined;
    } catch (error) {
      if (error instanceof Fault) return undefined; // out of reach: another one may be asked
      throw error;
    }
  }
}
