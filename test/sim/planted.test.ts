/**
 * Does the judge see anything? Bugs are planted into every honest node, through its ports, and must be found within
 * a few seeds, by the rule that they break.
 */
import { expect } from 'chai';
import {
  forgetsItsJournal,
  losesVotesInCommits,
  mintsInSecret,
  neverSyncs,
  sendsBeforePersisting,
} from './bugs/careless-disk.ts';
import {
  answersTooEarly,
  finalizesAfterNullify,
  keepsWhatIsDone,
  neverSynchronises,
  takesNotarisedForFinal,
} from './bugs/careless-voter.ts';
import type { Wrap } from './node.ts';
import type { Plan } from './plan.ts';
import { simulate } from './simulation.ts';

/** Seeds that may pass before a planted bug is found. */
const SEEDS_MAX = 60;

const PLANTED: readonly (readonly [name: string, wrap: Wrap, rules: readonly string[]])[] = [
  ['sends before it persists', sendsBeforePersisting, ['persist before send']],
  ['never syncs', neverSyncs, ['persist before send']],
  ['forgets its journal in a restart', forgetsItsJournal, ['journal ⊇ votes', 'no two votes']],
  ['loses the votes of a tick that commits', losesVotesInCommits, ['persist before send', 'journal ⊇ votes']],
  ['mints in secret', mintsInSecret, ['equal state', 'tokens conserved']],
  ['signs Finalize after Nullify', finalizesAfterNullify, ['nullify xor finalize']],
  [
    'takes a notarised block for final',
    takesNotarisedForFinal,
    ['one block a height', 'finalised xor nullified'],
  ],
  ['answers before it is final', answersTooEarly, ['acknowledged is final']],
  ['never synchronises', neverSynchronises, ['liveness']],
  ['keeps what is done in its pool', keepsWhatIsDone, ['rest']],
];

describe('a planted bug is found in a node that', () => {
  for (const [name, wrap, rules] of PLANTED) {
    it(name, async () => {
      const found: string[] = [];
      for (let seed = 1; seed <= SEEDS_MAX && found.length === 0; seed++) {
        const { violation } = await simulate(seed, { wrap: () => wrap, adjust: troubled });
        if (violation !== undefined) found.push(`${violation.rule} (seed ${seed}): ${violation.detail}`);
      }
      expect(found, `within ${SEEDS_MAX} seeds`).to.have.lengthOf(1);
      expect(
        rules.some((rule) => found[0]!.startsWith(rule)),
        found[0],
      ).to.equal(true);
    });
  }
});

/** Four authorities in a storm: every bug gets its chance. */
function troubled(plan: Plan): Plan {
  return {
    ...plan,
    authorities: 4,
    adversaries: [],
    realSignatures: false,
    submissionMs: 100,
    weather: { delayMs: [5, 300], duplication: 0, overtaking: true, loss: 0.1 },
    faults: { ...plan.faults, crashMs: 1_500, crashAtWrite: 0.02, partitionMs: 600, forgetsMs: undefined },
    faultsMs: 12_000,
    deltaMs: 100,
    heartbeatMs: 5_000,
    strangers: 0,
    observers: 1,
    governanceMs: undefined,
  };
}
