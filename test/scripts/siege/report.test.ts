import { expect } from 'chai';
import { ATTACKS } from '../../../scripts/siege/attacks.ts';
import type { Phase } from '../../../scripts/siege/phase.ts';
import { judge } from '../../../scripts/siege/report.ts';

const MINUTES = 30;
const outcomes = Object.fromEntries(ATTACKS.map(({ name }) => [name, { served: 1 }]));

function phase(change: Partial<Phase> = {}, took: number[] = [10, 20]): Phase {
  return {
    seen: { tookMs: { read: took }, failed: {}, again: {}, failures: [], slowest: [], waits: [] },
    spoils: { outcomes, strangersGot: 0 },
    seconds: 60,
    attackersShare: 0.5,
    librariesShare: 1,
    memory: [{ firstMiB: 200, lastMiB: 210, mostMiB: 220 }],
    names: ['Alexandria'],
    longestWaitMs: 2_000,
    blocks: 100,
    logs: [],
    wrong: [],
    ...change,
  };
}

describe('the verdict of a siege', () => {
  it('is good when every bar is met', () => {
    expect(judge(phase({}, [60, 60]), phase({}, [20, 20]), MINUTES)).to.deep.equal([]);
  });

  const failed = {
    tookMs: { read: [10] },
    failed: { buy: 1 },
    again: {},
    failures: [],
    slowest: [],
    waits: [],
  };
  const worse: readonly (readonly [string, Phase, Phase, RegExp])[] = [
    [
      'a call of a reader fails under attack',
      phase({ seen: failed }),
      phase(),
      /^attack: 1 of the readers' "buy"/,
    ],
    [
      'a call of a reader fails without one',
      phase(),
      phase({ seen: failed }),
      /^control: 1 of the readers' "buy"/,
    ],
    ['a call takes more than three times as long', phase({}, [61]), phase({}, [20]), /^p99 of "read" is 3.0/],
    [
      'the chain stands still',
      phase({ longestWaitMs: 2_001 }),
      phase(),
      /^the chain stood still for 2001 ms/,
    ],
    [
      'a stranger gets a byte',
      phase({ spoils: { outcomes, strangersGot: 1 } }),
      phase(),
      /^strangers got 1 byte/,
    ],
    [
      'a library grows',
      phase({ memory: [{ firstMiB: 200, lastMiB: 221, mostMiB: 221 }] }),
      phase(),
      /^Alexandria has grown/,
    ],
    [
      'nobody reads',
      phase({ seen: { tookMs: { buy: [10] }, failed: {}, again: {}, failures: [], slowest: [], waits: [] } }),
      phase(),
      /^attack: nobody has read/,
    ],
    [
      'an attack does nothing',
      phase({ spoils: { outcomes: { ...outcomes, claims: {} }, strangersGot: 0 } }),
      phase(),
      /^claims: nobody has attacked/,
    ],
    ['a library ends', phase({ wrong: ['Ghent has ended'] }), phase(), /^attack: Ghent has ended/],
  ];
  for (const [what, attack, control, why] of worse) {
    it(`is bad when ${what}`, () => {
      const missed = judge(attack, control, MINUTES);
      expect(missed).to.have.length(1);
      expect(missed[0]).to.match(why);
    });
  }

  it('says nothing of memory after a few minutes: caches are still filling', () => {
    const grown = phase({ memory: [{ firstMiB: 200, lastMiB: 300, mostMiB: 300 }] });
    expect(judge(grown, phase(), 3)).to.deep.equal([]);
  });
});
