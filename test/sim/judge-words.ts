/**
 * What nobody may bring about with words: that an honest library believes blocks to be missing that nobody has. While it
 * does it calls itself not ready (node/operator/readiness.ts), and no reader is sent to it.
 */
import { limits } from '../../core/limits.ts';
import type { Height } from '../../core/scalars.ts';

/** What an honest node makes of the words of others. */
export type Standing = {
  readonly height: Height;
  /** Blocks that it knows to be missing (node/sync/sync.ts). */
  readonly behind: number;
};
type Ports = { report(rule: string, detail: string): void };

/** Blocks may be final that no ledger has yet. */
const AHEAD_MAX = limits.rangeBlocksMax;
/** Virtual. */
const BELIEVES_MS_MAX = 2_000;

export class WordsJudge {
  readonly #ports: Ports;
  /** By node: since when it has believed in blocks that nobody has. */
  readonly #since = new Map<string, number>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** To be told again and again. @param top - the highest final block that any ledger has ever had. */
  stands(node: string, { height, behind }: Standing, top: Height, nowMs: number): void {
    const ahead = height + behind - top;
    if (ahead <= AHEAD_MAX) {
      this.#since.delete(node);
      return;
    }
    const since = this.#since.get(node) ?? nowMs;
    this.#since.set(node, since);
    if (nowMs - since < BELIEVES_MS_MAX) return;
    const detail = `${node} at ${height} has missed ${behind} blocks for ${Math.round(nowMs - since)} ms; the last one is ${top}`;
    this.#ports.report('not unready for a word', detail);
  }

  /** It is down, or paused: what it believed is nobody's. */
  rests(node: string): void {
    this.#since.delete(node);
  }
}
