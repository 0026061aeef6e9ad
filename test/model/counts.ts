/** How often each kind of transaction was accepted, and refused with which code: a rule that is never reached is seen. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Transaction } from './ledger-kinds.ts';
import type { Action, Verdict } from './ledger-types.ts';

export class Counts {
  readonly #counts = new Map<string, number>();

  judged({ kind }: Transaction, verdict: Verdict): void {
    this.add(`${kind}: ${verdict.kind === 'accept' ? 'accept' : `${verdict.kind} ${verdict.code}`}`, 1);
  }

  decided(kind: Action['kind']): void {
    this.add(`decided: ${kind}`, 1);
  }

  add(line: string, by: number): void {
    this.#counts.set(line, (this.#counts.get(line) ?? 0) + by);
  }

  /** Sorted. */
  entries(): readonly (readonly [line: string, count: number])[] {
    return [...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1));
  }

  /** What the model can say and decide, and has not. */
  missing(): readonly string[] {
    const reached = new Set([...this.#counts.keys()].map((line) => line.split(' ').at(-1)!));
    return words().filter((word) => !reached.has(word));
  }
}

/** Every code that stands in the source of the model, and every action: nobody has to remember a list. */
function words(): readonly string[] {
  const text = globSync('ledger*.ts', { cwd: import.meta.dirname })
    .map((file) => readFileSync(join(import.meta.dirname, file), 'utf8'))
    .join();
  const codes = [...text.matchAll(/(?:ignore|reject)\('([a-z0-9.-]+)'\)/g)].map(([, code]) => code!);
  const actions = [...text.matchAll(/readonly kind: '([a-z]+-[a-z]+|upgrade)'/g)].map(([, kind]) => kind!);
  return [...new Set([...codes, ...actions])].sort();
}
