/**
 * Which line weighs most, within a factor of two: lines lie in one drawer for each power of two. Finding one and
 * moving one take the same time however many there are, also while a flood comes in.
 */
import type { Line } from './line.ts';

const DRAWERS = 32;

export class Weights {
  readonly #weights = new Map<Line, number>();
  readonly #drawers = Array.from({ length: DRAWERS }, () => new Set<Line>());

  /** @param change - what has come, or what has left (negative). */
  change(line: Line, change: number): void {
    const before = this.#weights.get(line) ?? 0;
    const after = before + change;
    if (before > 0) this.#drawers[drawerOf(before)]!.delete(line);
    if (after > 0) {
      this.#weights.set(line, after);
      this.#drawers[drawerOf(after)]!.add(line);
    } else this.#weights.delete(line);
  }

  /** @returns a line of the fullest drawer, if that lies above the one that `weight` more would bring `line` to. */
  heavierThan(line: Line | undefined, weight: number): Line | undefined {
    const own = drawerOf(weight + (line === undefined ? 0 : (this.#weights.get(line) ?? 0)));
    const fullest = this.#drawers.findLastIndex((drawer) => drawer.size > 0);
    return fullest > own ? this.#drawers[fullest]!.values().next().value : undefined;
  }
}

function drawerOf(weight: number): number {
  return Math.min(DRAWERS - 1, Math.floor(Math.log2(weight)));
}
