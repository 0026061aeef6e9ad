/**
 * No bug: the program of tomorrow, whose rules have version 2. They add a kind, change a rule by a parameter that they add,
 * and void what waits for approvals when they begin.
 */
import type { Edit } from '../../sim/bugs/plant.ts';

const edit = (file: string, from: string, to: string): Edit => ({ file: `chain/${file}.ts`, from, to });

export const TOMORROW: readonly Edit[] = [
  edit('kind/rules-version', 'export const RULES_VERSION = 1;', 'export const RULES_VERSION = 2;'),
  edit(
    'kinds',
    "import { approve } from './governance/approve.ts';",
    "import { approve } from './governance/approve.ts';\nimport { burn } from '../test/chain/tomorrow/burn.ts';",
  ),
  edit('kinds', '  approve,\n};', '  approve,\n  burn,\n};'),
  edit(
    'money/transfer',
    "import { declareKind } from '../kind/kind.ts';",
    "import { byVersion, declareKind } from '../kind/kind.ts';\nimport { notBelowLeast } from '../../test/chain/tomorrow/least.ts';",
  ),
  edit('money/transfer', '  rule,\n});', '  rule: byVersion({ 1: rule, 2: notBelowLeast(rule) }),\n});'),
  edit(
    'federation/parameters',
    '} as const satisfies Record<keyof Parameters, Range>;',
    '  transferLeast: [0, 1_000_000, 2, 2],\n};',
  ),
  edit(
    'block/migration',
    'const MIGRATIONS: { readonly [version: number]: Migration } = {};',
    "import { voidOpenProposals } from '../governance/proposal.ts';\nconst MIGRATIONS: { readonly [version: number]: Migration } = { 2: voidOpenProposals };",
  ),
];
