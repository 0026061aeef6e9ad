/**
 * What has happened, line by line: hashed, so that two runs of a seed can be compared; and the last lines kept, so
 * that a failure can be read. What comes by the thousand (deliveries) is hashed and not kept, unless it is asked for.
 */
import { createHash } from 'node:crypto';

const KEPT = 40;
const HASHED_AT_ONCE = 512;

export class Trace {
  readonly #hash = createHash('sha256');
  readonly #say: ((line: string) => void) | undefined;
  #waiting: string[] = [];
  #kept: string[] = [];
  #lines = 0;

  /** @param say - hears every line. */
  constructor(say?: (line: string) => void) {
    this.#say = say;
  }

  /** Something worth reading. */
  event(atMs: number, text: string): void {
    const line = `${stamp(atMs)} ${text}`;
    this.#kept.push(line);
    if (this.#kept.length > 4 * KEPT) this.#kept = this.#kept.slice(-KEPT);
    this.#take(line);
  }

  /** One of very many. */
  detail(atMs: number, text: string): void {
    this.#take(`${stamp(atMs)} ${text}`);
  }

  last(): readonly string[] {
    return this.#kept.slice(-KEPT);
  }

  get lines(): number {
    return this.#lines;
  }

  /** Ends the trace. */
  digest(): string {
    this.#flush();
    return this.#hash.digest('hex');
  }

  #take(line: string): void {
    this.#lines += 1;
    this.#say?.(line);
    this.#waiting.push(line);
    if (this.#waiting.length >= HASHED_AT_ONCE) this.#flush();
  }

  #flush(): void {
    this.#hash.update(`${this.#waiting.join('\n')}\n`);
    this.#waiting = [];
  }
}

/** Seconds since the start of the simulation. */
function stamp(atMs: number): string {
  return (atMs / 1_000).toFixed(3).padStart(9);
}
