/**
 * Where a planted bug gets its chance: a scene makes the plan of a seed one in which the rule matters that the bug
 * breaks, and may demand more than the judge does. An honest house keeps its promises in each of them.
 */
import type { AdversaryName, Faults, Plan, Upgrades } from '../plan.ts';
import type { Outcome } from '../simulation.ts';

export type Scene = {
  adjust(plan: Plan): Plan;
  /** @returns what is missing. */
  demand?(outcome: Outcome): string | undefined;
};

export const CALM: Faults = {
  crashMs: undefined,
  crashAtWrite: 0,
  crashAtSend: 0,
  orderlyRestartMs: undefined,
  pauseMs: undefined,
  slowDiskMs: undefined,
  fullDiskMs: undefined,
  badDiskMs: undefined,
  clockMs: undefined,
  hoursMs: undefined,
  partitionMs: undefined,
  lineMs: undefined,
  quorumLossMs: undefined,
  forgetsMs: undefined,
  decidesMs: undefined,
  rollsBackMs: undefined,
};
const GOOD = { delayMs: [3, 10], loss: 0, duplication: 0, overtaking: false } as const;

/** Four authorities and an observer, and everything goes wrong. */
const storm: Scene = {
  adjust: (plan) => ({
    ...plan,
    authorities: 4,
    adversaries: [],
    realSignatures: false,
    submissionMs: 100,
    weather: { delayMs: [5, 300], duplication: 0, overtaking: true, loss: 0.1 },
    faults: { ...CALM, crashMs: 1_500, crashAtWrite: 0.02, crashAtSend: 0.005, partitionMs: 600 },
    skewMs: 50,
    faultsMs: 12_000,
    deltaMs: 100,
    blockIntervalMs: 50,
    heartbeatMs: 5_000,
    attestations: 1,
    strangers: 0,
    tempters: 0,
    boasters: 0,
    observers: 1,
    governanceMs: undefined,
    upgrades: 'confirmed',
    blocksKept: undefined,
    statesKept: 4,
    rests: true,
    stretch: 1,
    leap: undefined,
  }),
};

/** Two or three, so that everybody is needed, and now and then most of them die at once. */
const everybodyDies: Scene = {
  adjust: (plan) => ({
    ...storm.adjust(plan),
    authorities: 2 + (plan.seed % 2),
    faults: { ...CALM, quorumLossMs: 1_000, crashMs: 1_000, crashAtSend: 0.03 },
    rests: false,
  }),
};

/** One that votes twice, in a storm. */
const beside = (...adversaries: AdversaryName[]): Scene => ({
  adjust: (plan) => ({
    ...storm.adjust(plan),
    authorities: 3 * adversaries.length + 1,
    adversaries,
    faults: { ...CALM, crashMs: 2_000, partitionMs: 1_500 },
    rests: false,
  }),
});

/** One library of four is off, all else is well: it must not be felt. */
const BLOCKS_BESIDE_THE_DEAD = 40;
const oneIsDead: Scene = {
  adjust: (plan) => ({
    ...storm.adjust(plan),
    adversaries: ['mute'],
    weather: GOOD,
    faults: CALM,
    skewMs: 0,
    deltaMs: 500,
    faultsMs: 15_000,
  }),
  demand: ({ coverage }) => {
    const blocks = coverage.of('blocks');
    return blocks < BLOCKS_BESIDE_THE_DEAD ? `${blocks} blocks beside a dead authority` : undefined;
  },
};

/** For minutes so little gets through that one view after the other fails. */
const RETURN_MS_MAX = 30_000;
const hail: Scene = {
  adjust: (plan) => ({
    ...storm.adjust(plan),
    adversaries: ['mute'],
    weather: { ...GOOD, loss: 0.85 },
    faults: CALM,
    submissionMs: 10_000,
    faultsMs: 300_000,
    rests: false,
  }),
  demand: ({ recoveredMs }) =>
    recoveredMs > RETURN_MS_MAX ? `back after ${recoveredMs} ms, not 30 s` : undefined,
};

/** One loses its memory in the middle of it all. */
const forgetting: Scene = {
  adjust: (plan) => ({
    ...storm.adjust(plan),
    faults: { ...CALM, crashMs: 3_000, partitionMs: 1_500, forgetsMs: 3_000 + (plan.seed % 5) * 500 },
    rests: false,
  }),
};

/** No work, no fault. */
const idle: Scene = {
  adjust: (plan) => ({ ...storm.adjust(plan), weather: GOOD, faults: CALM, faultsMs: 3_000, deltaMs: 100 }),
};

/** The authorities change while it storms. */
const changing: Scene = {
  adjust: (plan) => ({
    ...storm.adjust(plan),
    weather: { delayMs: [5, 100], duplication: 0, overtaking: true, loss: 0.05 },
    faults: { ...CALM, crashMs: 2_500, partitionMs: 2_000 },
    governanceMs: 800,
    observers: 2,
    rests: false,
  }),
};

/** They agree on other rules while some die: on those that this program knows, or on others. */
const upgradesTo = (upgrades: Upgrades): Scene => ({
  adjust: (plan) => ({
    ...changing.adjust(plan),
    // An upgrade is some dozens of blocks ahead: so many must come.
    weather: GOOD,
    faults: { ...CALM, crashMs: 4_000 },
    skewMs: 0,
    blockIntervalMs: 0,
    submissionMs: 50,
    governanceMs: 300,
    upgrades,
  }),
});

/** An upgrade in which some have not got the new program: four authorities and two observers, none ever elected or removed. */
const mixed: Scene = {
  adjust: (plan) => ({ ...upgradesTo('known').adjust(plan), faultsMs: 15_000, rests: true }),
};

/** Old bodies go at once, so that whoever was away needs a state; one of the four lies about it. */
const pruning: Scene = {
  adjust: (plan) => ({
    ...storm.adjust(plan),
    adversaries: ['liar'],
    weather: GOOD,
    faults: { ...CALM, crashMs: 1_500 },
    blockIntervalMs: 0,
    blocksKept: 3,
    faultsMs: 15_000,
    observers: 2,
    rests: false,
  }),
};

/** Nobody prunes anything, but one of the four says that it has; so does a member that has no vote. */
const beTempted = (tempters: number): Scene => ({
  adjust: (plan) => ({
    ...storm.adjust(plan),
    adversaries: ['tempter'],
    tempters,
    faults: { ...CALM, crashMs: 1_500, partitionMs: 1_500 },
    rests: false,
  }),
});

/** All is well, but for members without a vote that say they are far ahead. They are asked as often as their words are worth. */
const beBoasted = (boasters: number, answersMax: number, more: Partial<Plan>): Scene => ({
  adjust: (plan) => ({
    ...storm.adjust(plan),
    boasters,
    weather: GOOD,
    faults: CALM,
    skewMs: 0,
    rests: false,
    ...more,
  }),
  demand: ({ coverage }) => {
    const answers = coverage.of('boasted: nothing') + coverage.of('boasted: an old block');
    return answers > answersMax ? `boasters were asked for blocks ${answers} times` : undefined;
  },
});
/** For ten minutes, in which little happens. */
const besideBoasters = beBoasted(3, 400, { submissionMs: 5_000, heartbeatMs: 20_000, faultsMs: 600_000 });
/** While a block comes each second. */
const besideBoaster = beBoasted(1, 60, { submissionMs: 1_000, faultsMs: 60_000 });

/** One gives its bodies to few and never signs Finalize, so that whoever cannot judge one in time is needed later. */
const besideWithholder: Scene = {
  adjust: (plan) => ({
    ...storm.adjust(plan),
    adversaries: ['withholder'],
    weather: { ...GOOD, loss: 0.02 },
    faults: { ...CALM, hoursMs: 700, crashMs: 3_000 },
    skewMs: 0,
    faultsMs: 15_000,
    rests: false,
  }),
};

/** All is well, but for one of four, or two of seven, that hand on what others have made, with other transactions. */
const beForged = (...adversaries: AdversaryName[]): Scene => ({
  adjust: (plan) => ({
    ...storm.adjust(plan),
    authorities: 3 * adversaries.length + 1,
    adversaries,
    weather: { ...GOOD, delayMs: [5, 100] },
    faults: CALM,
    skewMs: 0,
    rests: false,
  }),
});
const besideForger = beForged('forger');
const besideForgers = beForged('forger', 'forger');

/** All is well, but for one of four, or two of seven, that vote late, to one, or not at all. It must not be felt much. */
const BLOCKS_BESIDE_HOARDERS = 20;
const beHoarded = (...adversaries: AdversaryName[]): Scene => ({
  adjust: (plan) => ({
    ...storm.adjust(plan),
    authorities: 3 * adversaries.length + 1,
    adversaries,
    weather: GOOD,
    faults: CALM,
    skewMs: 0,
    faultsMs: 15_000,
    rests: false,
  }),
  demand: ({ coverage }) => {
    const blocks = coverage.of('blocks');
    return blocks < BLOCKS_BESIDE_HOARDERS ? `${blocks} blocks beside those that withhold` : undefined;
  },
});
const besideHoarder = beHoarded('hoarder');
const besideHoarders = beHoarded('hoarder', 'hoarder');

/** Clocks go wrong by hours. */
const wrongClocks: Scene = {
  adjust: (plan) => ({
    ...storm.adjust(plan),
    weather: GOOD,
    faults: { ...CALM, hoursMs: 1_000 },
    skewMs: 0,
    rests: false,
  }),
};

export const SCENES = {
  storm,
  everybodyDies,
  oneIsDead,
  hail,
  forgetting,
  idle,
  changing,
  upgrading: upgradesTo('known'),
  upgradedBeyond: upgradesTo('unknown'),
  mixed,
  pruning,
  besideTempter: beTempted(0),
  besideTempters: beTempted(1),
  besideBoaster,
  besideBoasters,
  wrongClocks,
  besideEquivocator: beside('equivocator'),
  besideTwins: beside('twins'),
  besideLiar: beside('liar'),
  besideForger,
  besideForgers,
  besideWithholder,
  besideHoarder,
  besideHoarders,
  besideMany: beside('equivocator', 'liar'),
} as const satisfies { readonly [name: string]: Scene };
export type SceneName = keyof typeof SCENES;
