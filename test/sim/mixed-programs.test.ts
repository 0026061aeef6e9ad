/**
 * A federation of mixed programs: most know the rules of tomorrow, which add a kind, change a rule, add a parameter and void what
 * waits; some do not. An upgrade waits for a quorum of those who know; then the others stop before they can harm anything, and come
 * back with the new program.
 */
import { expect } from 'chai';
import type { State } from '../../chain/block/execute.ts';
import { RULES_VERSION } from '../../chain/block/version.ts';
import { upgrade } from '../../chain/queries.ts';
import { openReplica } from '../../node/replica.ts';
import { TOMORROW_IN_THE_SIMULATION } from '../chain/tomorrow/edits.ts';
import { plant } from './bugs/plant.ts';
import { SCENES } from './bugs/scenes.ts';
import { report } from './report.ts';
import type { Outcome, simulate } from './simulation.ts';

const SEEDS = 6;
const NEXT = RULES_VERSION + 1;

type Seen = {
  readonly outcome: Outcome;
  /** Roles of those with the old program, before everything is mended; undefined for who was down. */
  readonly roles: readonly (string | undefined)[];
  readonly heights: { readonly old: readonly number[]; readonly fresh: number };
  /** Then: what the last block of the others follows, and whether an upgrade to the next rules was due before it. */
  readonly rules: number | undefined;
  readonly isDue: boolean;
  /** What those with the old program have said against others. */
  readonly blamed: readonly string[];
};

describe('a simulated federation of mixed programs', () => {
  let tomorrow: { readonly simulate: typeof simulate };
  before(async () => {
    tomorrow = await plant(TOMORROW_IN_THE_SIMULATION);
  });

  it('goes on by the old rules behind the height while too few of those who vote know the new ones', async () => {
    const all: Seen[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) all.push(await run(seed, ['a0', 'a1', 'o0']));
    expect(all.map(({ rules }) => rules)).to.deep.equal(all.map(() => RULES_VERSION));
    expect(
      all.filter(({ isDue }) => isDue),
      'seeds in which it was due',
    ).not.to.be.empty;
    expect(all.flatMap(({ roles }) => roles)).not.to.include('outdated');
    expect(all.flatMap(({ blamed }) => blamed)).to.deep.equal([]);
  });

  it('passes to the new rules with a quorum that knows them; the others stop there, blame nobody, and come back', async () => {
    const all: Seen[] = [];
    for (let seed = 1; seed <= SEEDS; seed++) all.push(await run(seed, ['a1', 'o0']));
    const passed = all.filter(({ rules }) => rules === NEXT);
    expect(passed.length, 'seeds that come to the new rules').to.be.at.least(SEEDS / 2);
    for (const { roles, heights, blamed } of passed) {
      expect(blamed).to.deep.equal([]);
      for (const [index, role] of roles.entries()) {
        if (role === 'outdated') expect(heights.old[index]).to.be.below(heights.fresh);
      }
    }
    expect(passed.flatMap(({ roles }) => roles)).to.include('outdated');
  });

  /** @param old - whose program is that of today, until everything is mended. */
  async function run(seed: number, old: readonly string[]): Promise<Seen> {
    let updated = false;
    let roles: Seen['roles'] = [];
    let heights: Seen['heights'] = { old: [], fresh: 0 };
    let head: State | undefined;
    const blamed: string[] = [];
    const outcome = await tomorrow.simulate(seed, {
      adjust: SCENES.mixed.adjust,
      wrap: (name) => (old.includes(name) ? { program: () => (updated ? undefined : openReplica) } : {}),
      say: (line) => {
        const by = old.some((name) => line.includes(` ${name} `));
        if (!updated && by && /refused|accuses/.test(line) && !/answers/.test(line)) blamed.push(line);
      },
      healing: (nodes) => {
        const those = nodes.filter(({ name }) => old.includes(name));
        const heightOf = (node: (typeof nodes)[number]) => node.replica?.ledger.head().header.height ?? 0;
        roles = those.map(({ replica }) => replica?.engine.role);
        const fresh = nodes
          .filter((node) => !those.includes(node))
          .sort((a, b) => heightOf(b) - heightOf(a))[0]!;
        heights = { old: those.map(heightOf), fresh: heightOf(fresh) };
        head = fresh.replica?.ledger.head();
        updated = true;
        for (const node of those) if (node.up) node.crash(Number.MAX_SAFE_INTEGER);
      },
    });
    expect(outcome.violation, outcome.violation && report(outcome)).to.equal(undefined);
    const next = head && upgrade(head.view);
    const isDue = next?.version === NEXT && next.height <= (head?.header.height ?? 0);
    return { outcome, roles, heights, blamed, isDue, rules: head?.header.version };
  }
});
