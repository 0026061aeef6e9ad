/** Many coalitions, and how many of them were above the bound. */
import { type Played, playCoalition, type Terms } from './coalition.ts';

export type Tried = {
  readonly above: number;
  /** By how much the one that came nearest, or went furthest. */
  readonly worst: bigint;
  /** Ledgers in which the equation of the supply did not hold. */
  readonly notConserved: number;
  /** Of each kind of event, how often it happened. */
  readonly events: ReadonlyMap<string, number>;
};

/** @param play - of a house in which a bug was planted, if not of this one. */
export function tryCoalitions(
  count: number,
  terms: Terms,
  play: (seed: number, terms: Terms) => Played = playCoalition,
): Tried {
  const events = new Map<string, number>();
  let [above, notConserved] = [0, 0];
  let worst: bigint | undefined;
  for (let seed = 1; seed <= count; seed++) {
    const { gain, isConserved, events: happened } = play(seed, terms);
    if (gain > 0n) above += 1;
    if (!isConserved) notConserved += 1;
    if (worst === undefined || gain > worst) worst = gain;
    for (const [kind, times] of happened) events.set(kind, (events.get(kind) ?? 0) + times);
  }
  return { above, worst: worst ?? 0n, notConserved, events };
}
