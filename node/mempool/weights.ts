/**
 * Which queue weighs most, within a factor of two: queues lie in one drawer for each power of two. Finding one and
 * moving one take the same time however many there are, also while a flood comes in.
 */
import type { Queue } from './queue.ts';

const DRAWERS = 32;

export class Weights {
  readonly #weights = new Map<Queue, number>();
  readonly #drawers = Array.from({ length: DRAWERS }, () => new Set<Queue>());

  /** @param change - what has come, or what has left (negative). */
  change(queue: Queue, change: number): void {
    const before = this.#weights.get(queue) ?? 0;
    const after = before + change;
    if (before > 0) this.#drawers[drawerOf(before)]!.delete(queue);
    if (after > 0) {
      this.#weights.set(queue, after);
      this.#drawers[drawerOf(after)]!.add(queue);
    } else this.#weights.delete(queue);
  }

  /** @returns a queue of the fullest drawer, if that lies above the one that `weight` more would bring `queue` to. */
  heavierThan(queue: Queue | undefined, weight: number): Queue | undefined {
    const own = drawerOf(weight + (queue === undefined ? 0 : (this.#weights.get(queue) ?? 0)));
    const fullest = this.#drawers.findLastIndex((drawer) => drawer.size > 0);
    return fullest > own ? this.#drawers[fullest]!.values().next().value : undefined;
  }
}

function drawerOf(weight: number): number {
  return Math.min(DRAWERS - 1, Math.floor(Math.log2(weight)));
}
