/**
 * What a machine can tell of its epoch to an authority that does not know any more what it has signed:
 * how far the views have come, with the certificate that proves it, and that authority's own votes
 * (SPEC.md, R75; docs/decisions/amnesia.md). Changes nothing.
 */
import { limits } from '../core/limits.ts';
import type { Certificate, Vote } from './messages.ts';
import type { State } from './state.ts';

export type VoteReport = {
  readonly epoch: number;
  /** Admits to our view; undefined in view 1. */
  readonly certificate: Certificate | undefined;
  /** A valid block that ends the epoch is known here: the next epoch may exist somewhere. */
  readonly seals: boolean;
  /** Of the authority that asks, above the floor; of the latest views when there are too many. */
  readonly votes: readonly Vote[];
};

/** @param asker - number of the authority that asks; undefined = it is none. */
export function reportVotes(machine: State, asker: number | undefined): VoteReport {
  const { config, admitting, bodies, rounds } = machine;
  const seals = [...bodies.values()].some((body) => body.seals && body.status !== 'invalid');
  if (asker === undefined) return { epoch: config.epoch, certificate: admitting, seals, votes: [] };
  // Only views of its own count: whoever votes far ahead must not push them out.
  const own = [...rounds].map(([view, { notarize, nullify, finalize }]) => {
    return { view, votes: [notarize, nullify, finalize].flatMap((kind) => kind.get(asker) ?? []) };
  });
  const latest = own.filter(({ votes }) => votes.length > 0).sort((a, b) => b.view - a.view);
  const votes = latest.slice(0, limits.voteReportViewsMax).flatMap((one) => one.votes);
  return { epoch: config.epoch, certificate: admitting, seals, votes };
}
