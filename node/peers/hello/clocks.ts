/**
 * @pure How far the clock of this node is from those of the members, as their hellos say. Nothing is set by it: it only
 * tells whose clock an operator should look at. One that lies changes nothing as long as most do not.
 */
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { PeerKey } from '../../../core/ports.ts';

export type ClockGap = {
  /** Of the one in the middle; how far it is ahead of ours, negative when it is behind. */
  readonly aheadMs: number;
  /** So many have said their time lately. */
  readonly count: number;
};
type Said = { readonly aheadMs: number; readonly uptimeMs: number };

/** An answer that took longer says too little of what time it is there. */
const SLOW_MS = 2_000;
/** Hellos come each minute; who has missed two says nothing of now. */
const FRESH_MS = 2.5 * limits.helloEveryMs;

export class Clocks {
  /** By key in hex. Members only come here. */
  readonly #said = new Map<string, Said>();

  /** @param aheadMs - of what it has said, when that came. @param when - it was asked, and it came; clocks may be set. */
  heard(
    member: PeerKey,
    aheadMs: number,
    when: { readonly askedMs: number; readonly heardMs: number },
  ): void {
    const tookMs = when.heardMs - when.askedMs;
    if (tookMs > SLOW_MS) return; // a busy machine is no wrong clock
    this.#said.set(toHex(member), { aheadMs: aheadMs + tookMs / 2, uptimeMs: when.heardMs });
    if (this.#said.size > limits.membersMax) this.#said.delete(this.#said.keys().next().value!);
  }

  /** Our own clock was set. */
  forget(): void {
    this.#said.clear();
  }

  /** @returns undefined when nobody has said a time lately. */
  gap(members: readonly PeerKey[], uptimeMs: number): ClockGap | undefined {
    const found = members.flatMap((key) => {
      const said = this.#said.get(toHex(key));
      return said === undefined || uptimeMs - said.uptimeMs > FRESH_MS ? [] : [said.aheadMs];
    });
    // Of an even number the one that is nearer to us: half of them are no reason to doubt the other half and us.
    const sorted = found.sort((a, b) => a - b);
    const low = sorted[Math.floor((found.length - 1) / 2)];
    const high = sorted[Math.floor(found.length / 2)];
    if (low === undefined || high === undefined) return undefined;
    return { aheadMs: Math.abs(low) < Math.abs(high) ? low : high, count: found.length };
  }
}
