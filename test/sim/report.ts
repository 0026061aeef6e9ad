/** What a failing seed prints: what was violated, when, what happened last, and how to see it again. */
import type { Outcome } from './simulation.ts';

export function report({ plan, violation, endedMs, last }: Outcome): string {
  return [
    `seed ${plan.seed} at ${(endedMs / 1_000).toFixed(3)} s violates "${violation?.rule}": ${violation?.detail}`,
    ...last.map((line) => `  ${line.slice(0, 300)}`),
    `replay: npm run sim -- --from ${plan.seed} --seeds 1 --verbose`,
  ].join('\n');
}
