/** What the honest readers have seen: how long each of their calls took, what failed, when a transaction was waiting. */

export type Seen = {
  /** By call: milliseconds of each that succeeded. */
  readonly tookMs: Record<string, number[]>;
  /** By call: how many failed. */
  readonly failed: Record<string, number>;
  /** The first of them, in words. */
  readonly failures: string[];
  /** From when to when a reader waited for a purchase to be final, milliseconds since 1970. */
  readonly waits: [from: number, to: number][];
};

const FAILURES_SHOWN_MAX = 20;

export function nothingSeen(): Seen {
  return { tookMs: {}, failed: {}, failures: [], waits: [] };
}

export class Tally {
  readonly seen: Seen = nothingSeen();
  readonly #who: string;

  constructor(who: string) {
    this.#who = who;
  }

  /**
   * One call, timed. @param waits - the reader waits for a block in it.
   * @returns undefined when it has failed, or has taken longer than `patienceMs`.
   */
  async time<T>(
    call: string,
    ask: () => Promise<T>,
    { patienceMs, waits = false }: { readonly patienceMs: number; readonly waits?: boolean },
  ): Promise<T | undefined> {
    const from = performance.now();
    const began = Date.now();
    try {
      const answer = await within(patienceMs, ask());
      const took = this.seen.tookMs[call] ?? [];
      this.seen.tookMs[call] = took;
      took.push(performance.now() - from);
      return answer;
    } catch (error) {
      this.fail(call, describe(error));
      return undefined;
    } finally {
      if (waits) this.seen.waits.push([began, Date.now()]);
    }
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
  for (const { tookMs, failed, failures, waits } of all) {
    for (const [call, took] of Object.entries(tookMs))
      sum.tookMs[call] = [...(sum.tookMs[call] ?? []), ...took];
    for (const [call, count] of Object.entries(failed)) sum.failed[call] = (sum.failed[call] ?? 0) + count;
    sum.failures.push(...failures);
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
