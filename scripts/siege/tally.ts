/** What the honest readers have seen: how long each of their calls took, what failed, when a transaction was waiting. */

export type Seen = {
  /** By call: milliseconds of each that succeeded. */
  readonly tookMs: Record<string, number[]>;
  /** By call: how many failed. */
  readonly failed: Record<string, number>;
  /** "<call>: <code>": what a newcomer asked for again, because the library had said so. */
  readonly again: Record<string, number>;
  /** The first of those that failed, in words. */
  readonly failures: string[];
  /** The slowest of those that succeeded. */
  readonly slowest: Slow[];
  /** From when to when a reader waited for a purchase to be final, milliseconds since 1970. */
  readonly waits: [from: number, to: number][];
};

export type Slow = {
  readonly call: string;
  readonly who: string;
  readonly tookMs: number;
  /** Milliseconds since 1970. */
  readonly endedAt: number;
};

const FAILURES_SHOWN_MAX = 20;
const SLOWEST_KEPT = 5;

export function nothingSeen(): Seen {
  return { tookMs: {}, failed: {}, again: {}, failures: [], slowest: [], waits: [] };
}

export type Manner = {
  readonly patienceMs: number;
  /** The reader waits for a block in it. */
  readonly waits?: boolean;
  /** Asked for by somebody who has not paid for anything yet: may be told to come again, and does so; all of it is timed. */
  readonly newcomer?: boolean;
};

/** What a library answers that has too much to do for now. */
const COME_AGAIN = new Set([429, 503]);
const AGAIN_MS = 500;

export class Tally {
  readonly seen: Seen = nothingSeen();
  readonly #who: string;

  readonly #pause: (ms: number) => Promise<void>;

  constructor(who: string, pause: (ms: number) => Promise<void> = sleep) {
    this.#who = who;
    this.#pause = pause;
  }

  /**
   * One call, timed.
   * @returns undefined when it has failed, or has taken longer than `patienceMs`.
   */
  async time<T>(
    call: string,
    ask: () => Promise<T>,
    { patienceMs, waits = false, newcomer = false }: Manner,
  ): Promise<T | undefined> {
    const from = performance.now();
    const began = Date.now();
    const timely = async (): Promise<T> => {
      for (;;) {
        try {
          return await ask();
        } catch (error) {
          const { code, status } = error as { code?: string; status?: number };
          if (!newcomer || !COME_AGAIN.has(status ?? 0) || performance.now() - from > patienceMs) throw error;
          const what = `${call}: ${code}`;
          this.seen.again[what] = (this.seen.again[what] ?? 0) + 1;
          await this.#pause(AGAIN_MS);
        }
      }
    };
    try {
      const answer = await within(patienceMs, timely());
      const took = this.seen.tookMs[call] ?? [];
      this.seen.tookMs[call] = took;
      const tookMs = performance.now() - from;
      took.push(tookMs);
      this.#remember({ call, who: this.#who, tookMs, endedAt: Date.now() });
      return answer;
    } catch (error) {
      this.fail(call, describe(error));
      return undefined;
    } finally {
      if (waits) this.seen.waits.push([began, Date.now()]);
    }
  }

  #remember(slow: Slow): void {
    const { slowest } = this.seen;
    slowest.push(slow);
    slowest.sort((a, b) => b.tookMs - a.tookMs);
    slowest.splice(SLOWEST_KEPT);
  }

  fail(call: string, why: string): void {
    this.seen.failed[call] = (this.seen.failed[call] ?? 0) + 1;
    if (this.seen.failures.length < FAILURES_SHOWN_MAX) {
      this.seen.failures.push(`${new Date().toISOString().slice(11, 23)} ${this.#who}: ${call}: ${why}`);
    }
  }
}

export function together(all: readonly Seen[]): Seen {
  const sum = nothingSeen();
  for (const { tookMs, failed, again, failures, slowest, waits } of all) {
    for (const [call, took] of Object.entries(tookMs))
      sum.tookMs[call] = [...(sum.tookMs[call] ?? []), ...took];
    for (const [call, count] of Object.entries(failed)) sum.failed[call] = (sum.failed[call] ?? 0) + count;
    for (const [what, count] of Object.entries(again)) sum.again[what] = (sum.again[what] ?? 0) + count;
    sum.failures.push(...failures);
    sum.slowest.push(...slowest);
    sum.waits.push(...waits);
  }
  return sum;
}

async function within<T>(patienceMs: number, answer: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new Error(`nothing for ${patienceMs / 1_000} s`)), patienceMs);
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function describe(error: unknown): string {
  const { code, status, message, cause } = error as Error & { code?: string; status?: number };
  const below = cause instanceof Error ? ` (${(cause as { code?: string }).code ?? cause.message})` : '';
  return `${[code, status, message].filter((part) => part !== undefined).join(' ')}${below}`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
