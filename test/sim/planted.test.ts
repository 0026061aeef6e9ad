/**
 * Does the judge see anything? Bugs are planted into every honest node, into the source of production code
 * (bugs/mutants.ts) or through its ports, and must be found within a few seeds, by a rule that they break. `npm run
 * mutants` prints how many seeds each takes.
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
import { find } from './bugs/find.ts';
import { KINDS, MUTANTS } from './bugs/mutants.ts';
import { SCENES, type Scene } from './bugs/scenes.ts';
import type { Wrap } from './node.ts';
import { report } from './report.ts';
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
        const { violation } = await simulate(seed, { wrap: () => wrap, adjust: SCENES.storm.adjust });
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

describe('a bug in the source is found', () => {
  it('of every kind that others have shipped', () => {
    const planted = MUTANTS.map(({ kind }) => kind);
    expect(KINDS.filter((kind) => !planted.includes(kind))).to.deep.equal([]);
  });

  for (const mutant of MUTANTS) {
    it(`${mutant.kind}: ${mutant.name}`, async () => {
      const found = await find(mutant, SEEDS_MAX, mutant.seed);
      expect(found, `within ${SEEDS_MAX} seeds`).not.to.equal(undefined);
      expect(mutant.found, found?.detail).to.include(found?.rule);
    });
  }

  for (const [name, scene] of Object.entries<Scene>(SCENES)) {
    it(`and only a bug: the scene "${name}" as it is`, async () => {
      const outcome = await simulate(1, { adjust: scene.adjust });
      expect(outcome.violation, outcome.violation && report(outcome)).to.equal(undefined);
      expect(scene.demand?.(outcome)).to.equal(undefined);
    });
  }
});
