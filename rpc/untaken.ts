/**
 * Answers that have been made, and that their clients do not take: they stand in memory. A budget pays for making them, and
 * a client that reads nothing asks again and again. So all of them together are bounded; where they are more, the network
 * (/24, /56) that leaves most of them loses its oldest, connection and all.
 */
import type { ServerResponse } from 'node:http';
import { limits } from '../core/limits.ts';

type Left = { readonly bytes: number; cut(): void };

export class UntakenAnswers {
  /** By network, oldest first. None is empty. */
  readonly #left = new Map<string, Set<Left>>();
  #bytes = 0;

  get bytes(): number {
    return this.#bytes;
  }

  /** Before the answer is made. */
  watch(response: ServerResponse, network: string): void {
    // When all of it has been written; what the connection has not taken by then waits here.
    response.once('prefinish', () => {
      const bytes = response.writableLength;
      if (bytes === 0 || response.destroyed) return;
      const taken = this.hold(network, { bytes, cut: () => response.destroy() });
      response.once('finish', taken).once('close', taken);
    });
  }

  /** @param left - `cut` ends its connection. @returns once it is taken, or its connection has ended. */
  hold(network: string, left: Left): () => void {
    this.#left.set(network, (this.#left.get(network) ?? new Set()).add(left));
    this.#bytes += left.bytes;
    while (this.#bytes > limits.answersUntakenBytesMax) this.#cutOne();
    return () => this.#forget(network, left);
  }

  #cutOne(): void {
    let most = -1;
    let worst: [string, Set<Left>] | undefined;
    for (const entry of this.#left) {
      let bytes = 0;
      for (const left of entry[1]) bytes += left.bytes;
      if (bytes <= most) continue;
      most = bytes;
      worst = entry;
    }
    const [network, lefts] = worst!;
    const [oldest] = lefts;
    this.#forget(network, oldest!);
    oldest!.cut();
  }

  #forget(network: string, left: Left): void {
    const lefts = this.#left.get(network);
    if (lefts?.delete(left) !== true) return;
    this.#bytes -= left.bytes;
    if (lefts.size === 0) this.#left.delete(network);
  }
}
