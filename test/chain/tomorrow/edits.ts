/**
 * No bug: the program of tomorrow, whose rules have version 2. They add a kind, change a rule by a parameter that they add,
 * and void what waits for approvals when they begin.
 */
import type { Edit } from '../../sim/bugs/plant.ts';

const edit = (file: string, from: string, to: string): Edit => ({ file: `${file}.ts`, from, to });
const chain = (file: string, from: string, to: string): Edit => edit(`chain/${file}`, from, to);

export const TOMORROW: readonly Edit[] = [
  chain('kind/rules-version', 'export const RULES_VERSION = 1;', 'export const RULES_VERSION = 2;'),
  chain(
    'kinds',
    "import { approve } from './governance/approve.ts';",
    "import { approve } from './governance/approve.ts';\nimport { burn } from '../test/chain/tomorrow/burn.ts';",
  ),
  chain('kinds', '  approve,\n};', '  approve,\n  burn,\n};'),
  chain(
    'money/transfer',
    "import { declareKind } from '../kind/kind.ts';",
    "import { byVersion, declareKind } from '../kind/kind.ts';\nimport { notBelowLeast } from '../../test/chain/tomorrow/least.ts';",
  ),
  chain('money/transfer', '  rule,\n});', '  rule: byVersion({ 1: rule, 2: notBelowLeast(rule) }),\n});'),
  chain(
    'federation/parameters',
    '} as const satisfies Record<keyof Parameters, Range>;',
    '  transferLeast: [0, 1_000_000, 2, 2],\n};',
  ),
  chain(
    'block/migration',
    'const MIGRATIONS: { readonly [version: number]: Migration } = {};',
    "import { voidOpenProposals } from '../governance/proposal.ts';\nconst MIGRATIONS: { readonly [version: number]: Migration } = { 2: voidOpenProposals };",
  ),
];

/** The same in the model, and in what readers do. */
export const TOMORROW_IN_THE_SIMULATION: readonly Edit[] = [
  ...TOMORROW,
  edit(
    'test/model/ledger',
    "import { areSeatsSigned } from './ledger-governance.ts';",
    "import { areSeatsSigned } from './ledger-governance.ts';\nimport * as tomorrow from '../chain/tomorrow/model.ts';",
  ),
  edit(
    'test/model/ledger',
    'const version = this.nextVersion();',
    'const version = this.nextVersion();\n    if (version > this.#block.version) tomorrow.begin(this.state);',
  ),
  edit(
    'test/model/ledger-kinds',
    "import { TOKENS } from './ledger-tokens.ts';",
    "import { TOKENS } from './ledger-tokens.ts';\nimport { BURN } from '../chain/tomorrow/model.ts';",
  ),
  edit('test/model/ledger-kinds', '...GOVERNANCE };', '...GOVERNANCE, ...BURN };'),
  edit(
    'test/model/ledger-tokens',
    "import { idOf } from './ledger-encoding.ts';",
    "import { idOf } from './ledger-encoding.ts';\nimport { notBelowLeast } from '../chain/tomorrow/model.ts';",
  ),
  edit('test/model/ledger-tokens', '    judge: transfer,', '    judge: notBelowLeast(transfer),'),
  edit(
    'test/sim/transactions',
    '  buy(to: string, amount: bigint): Transaction {',
    "  burn(reader, amount) {\n    const key = keyOf(reader);\n    return this.#sign({ kind: 'burn', amount, key, ...this.#once() }, key);\n  }\n\n  buy(to: string, amount: bigint): Transaction {",
  ),
  edit(
    'test/sim/workload',
    '      case 5:\n',
    '      case 6:\n        return scribe.burn(reader, BigInt(random.between(1, 20)));\n      case 5:\n',
  ),
  // What an old program cannot read does not come to it: it would be refused before, at its API.
  edit(
    'test/sim/workload',
    '(node) => node.honest && node.replica !== undefined && !node.paused,',
    "(node) => node.honest && node.replica !== undefined && !node.paused && !(transaction.kind === 'burn' && node.differs),",
  ),
  // Nobody elects libraries with old programs: what that does is another question (docs/decisions/upgrades.md).
  edit(
    'test/sim/governance',
    'if (random.chance(0.5)) return this.#smallAction(view, header);',
    'return this.#smallAction(view, header);',
  ),
];
