/**
 * Blocks that are executed but not final: a small tree on top of the head. Each has its state as an overlay on
 * its parent's (chain/state/overlay.ts); what becomes final lands in the store, what lost is forgotten.
 */
import type { Executed, State } from '../../chain/block/execute.ts';
import type { Ground } from '../../chain/state/overlay.ts';
import { toHex } from '../../core/bytes.ts';
import type { Hash32 } from '../../core/scalars.ts';

export class PendingBlocks {
  readonly #blocks = new Map<string, Executed>();

  add(executed: Executed): void {
    this.#blocks.set(toHex(executed.hash), executed);
  }

  get(hash: Hash32): Executed | undefined {
    return this.#blocks.get(toHex(hash));
  }

  /** The state after a pending block. */
  stateOf(hash: Hash32): State | undefined {
    return this.get(hash)?.state;
  }

  /** The ids of the transactions in a pending block and its pending ancestors. */
  takenBy(hash: Hash32): ReadonlySet<string> {
    const taken = new Set<string>();
    for (const { transactions } of this.chainTo(hash))
      for (const { id } of transactions) taken.add(toHex(id));
    return taken;
  }

  /** The pending ancestors of a pending block and the block itself, oldest first. */
  chainTo(hash: Hash32): readonly Executed[] {
    const chain: Executed[] = [];
    for (let block = this.get(hash); block !== undefined; block = this.get(block.block.header.parentHash)) {
      chain.unshift(block);
    }
    return chain;
  }

  /**
   * These are in the store now: their overlays let go, and whatever does not stand on the last of them has lost.
   * @returns the losers.
   */
  land(final: readonly Executed[], store: Ground): readonly Executed[] {
    for (const executed of final) {
      executed.overlay.landed(store);
      this.#blocks.delete(toHex(executed.hash));
    }
    return this.#dropBeside(final.at(-1)!.hash);
  }

  /** A child comes after its parent, as it was executed after it. */
  #dropBeside(head: Hash32): readonly Executed[] {
    const standing = new Set([toHex(head)]);
    const losers: Executed[] = [];
    for (const [name, executed] of [...this.#blocks]) {
      if (standing.has(toHex(executed.block.header.parentHash))) {
        standing.add(name);
        continue;
      }
      this.#blocks.delete(name);
      losers.push(executed);
    }
    return losers;
  }
}
