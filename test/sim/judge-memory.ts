/**
 * What a library may not lose: its ledger, for what others only say. It goes when an honest library has let go of the
 * block that comes next, or when the state is further ahead than blocks are kept; and not before the first pages of
 * what takes its place have come.
 */
import type { Height } from '../../core/scalars.ts';

/** An honest node throws its ledger away. */
export type Leaving = {
  /** Where it was when it wanted a state. */
  readonly above: Height;
  readonly offered: Height;
  /** Hash of the block whose state is offered, in hex. */
  readonly block: string;
};
type Ports = {
  /** Whoever keeps few keeps so many blocks. */
  readonly blocksKept: number;
  report(rule: string, detail: string): void;
};

export class MemoryJudge {
  readonly #ports: Ports;
  /** By node: the lowest block that it ever did without. */
  readonly #bases = new Map<string, Height>();
  /** By node: states of which it has seen the first pages. */
  readonly #seen = new Map<string, Set<string>>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** An honest node keeps no block below this one; what it has said so once counts for ever. */
  pruned(node: string, base: Height): void {
    this.#bases.set(node, Math.max(base, this.#bases.get(node) ?? 0));
  }

  /** The first pages of the state of this block have come to a node. */
  seen(node: string, block: string): void {
    const seen = this.#seen.get(node) ?? new Set();
    this.#seen.set(node, seen.add(block));
  }

  leaves(node: string, { above, offered, block }: Leaving): void {
    const { blocksKept, report } = this.#ports;
    const next = above + 1;
    const isPruned = [...this.#bases].some(([other, base]) => other !== node && base > next);
    if (!isPruned && offered - above <= blocksKept) {
      report(
        'no ledger for a word',
        `${node} leaves ${above} for ${offered}, and who is honest keeps ${next}`,
      );
    }
    if (this.#seen.get(node)?.has(block) !== true) {
      report('no ledger for a promise', `${node} leaves ${above} for ${offered}, of which nothing has come`);
    }
  }
}
