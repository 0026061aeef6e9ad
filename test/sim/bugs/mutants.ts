/**
 * Bugs in production code, each a few characters long: one of every kind that others have shipped (the eleven of
 * "What others got wrong", with their numbers), and single rules of consensus left out. Each must be found.
 */
import type { Edit } from './plant.ts';
import type { SceneName } from './scenes.ts';

export type Mutant = {
  readonly name: string;
  /** A kind of the list of what others got wrong, or the rule that is broken (consensus/SPEC.md and elsewhere). */
  readonly kind: string;
  readonly edits: readonly Edit[];
  readonly scene: SceneName;
  /** Where `npm test` begins to search, when the first seeds find nothing, or take longer. */
  readonly seed?: number;
  /** The rules of the judge that may find it: another one would be chance. */
  readonly found: readonly string[];
};

const edit = (file: string, from: string, to: string): Edit => ({ file, from, to });

/** No bug: a program of tomorrow, for whom there is something to upgrade to. */
export const KNOWS_THE_NEXT_RULES = edit(
  'chain/kind/rules-version.ts',
  'export const RULES_VERSION = 1;',
  'export const RULES_VERSION = 2;',
);

/** No bug: a program that signals rules which it does not have, as after its operator went back to an older one. */
export const SAYS_MORE_THAN_IT_KNOWS = edit(
  'node/engine/builder.ts',
  'knows: RULES_VERSION',
  'knows: RULES_VERSION + 1',
);

/** The two halves of what a bad authority once made of three ledgers of four (docs/decisions/catching-up.md). */
const BELIEVES_ONE = edit(
  'node/sync/snapshot/trigger.ts',
  "return why === 'pruned by some' ? this.#ports.blocksKeptMin : 0;",
  'return 0;',
);
const CLEARS_FIRST = edit(
  'node/sync/snapshot/join.ts',
  "if (!(await this.#givesPages(best))) return this.#stopped ? 'stopped' : 'again';",
  '',
);

/** As the design numbers and names them. */
export const KINDS = [
  '1 own Nullify not counted after a replay',
  '2 not advancing after one’s own Nullify',
  '3 different certificates, and nobody is asked',
  '4 Finalize for a nullified view',
  '5 state ahead of the journal',
  '6 votes while catching up',
  '7 missing data is invalid',
  '8 timeouts without a cap',
  '9 a dead authority costs a timeout',
  '10 a lost data directory signs again',
  '11 idleness',
] as const;

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'does not count its own votes after a restart',
    kind: KINDS[0],
    edits: [edit('consensus/replay.ts', 'put(roundOf(state, entry.view), entry);', '')],
    scene: 'everybodyDies',
    found: ['liveness'],
  },
  {
    name: 'stays in a view that it gave up when a notarization comes',
    kind: KINDS[1],
    edits: [
      edit(
        'consensus/enter.ts',
        'if (view <= state.view) return;',
        "if (view <= state.view || (certificate.kind === 'notarization' && state.signed.get(state.view)?.nullify)) return;",
      ),
    ],
    scene: 'storm',
    seed: 8,
    found: ['liveness'],
  },
  {
    name: 'asks nobody for a certificate, and nobody repeats any',
    kind: KINDS[2],
    edits: [
      edit('consensus/ask.ts', 'if (self === undefined || authorityCount(state) === 1) return;', 'return;'),
      edit(
        'consensus/standstill.ts',
        'again(state, state.notarizations.get(view));\n    again(state, state.nullifications.get(view));',
        '',
      ),
    ],
    scene: 'storm',
    seed: 8,
    found: ['liveness'],
  },
  {
    name: 'signs Finalize after its Nullify',
    kind: KINDS[3],
    edits: [
      edit(
        'consensus/signer.ts',
        'before.nullify !== undefined || before.finalize !== undefined) return;\n  const held',
        'before.finalize !== undefined) return;\n  const held',
      ),
    ],
    scene: 'storm',
    found: ['nullify xor finalize', 'no two votes', 'finalised xor nullified', 'no mistakes of ours'],
  },
  {
    name: 'does not tell consensus how far the ledger is',
    kind: KINDS[4],
    edits: [edit('node/engine/epoch.ts', 'floor: floorOf(ledger), journal', 'floor: undefined, journal')],
    scene: 'storm',
    seed: 3,
    found: ['no two votes', 'nullify xor finalize', 'no mistakes of ours', 'liveness'],
  },
  {
    name: 'refuses a journal that is older than the ledger',
    kind: KINDS[4],
    edits: [
      edit(
        'consensus/replay.ts',
        'if (entry.epoch !== epoch || entry.view <= state.floor.view) return;',
        "assert(entry.epoch === epoch && entry.view > state.floor.view, 'the journal is ahead');",
      ),
    ],
    scene: 'storm',
    seed: 2,
    found: ['no mistakes of ours'],
  },
  {
    name: 'signs again before the others have told what was lost',
    kind: KINDS[5],
    edits: [
      edit(
        'node/engine/amnesia/vote-recovery.ts',
        'if (sure.length < (faulty === 0 ? others.length : 2 * faulty + 1)) return;',
        '',
      ),
      edit(
        'node/engine/amnesia/vote-recovery.ts',
        ': { view: view + 1, doubtView: view, unsureView };',
        ': { view: 0, doubtView: 0, unsureView };',
      ),
    ],
    scene: 'forgetting',
    found: ['no two votes', 'nullify xor finalize'],
  },
  {
    name: 'votes for a body that it has not judged',
    kind: KINDS[5],
    edits: [
      edit(
        'consensus/fixpoint.ts',
        "if (judged.kind === 'wait') return;",
        "if (judged.kind === 'wait') return notarize(state, proposal.parentView, proposal.block);",
      ),
      edit(
        'consensus/fixpoint.ts',
        'if (body === undefined) validate(state, proposal.view, proposal.block);',
        'if (body === undefined) {\n    validate(state, proposal.view, proposal.block);\n    notarize(state, proposal.parentView, proposal.block);\n  }',
      ),
    ],
    scene: 'besideLiar',
    found: ['liveness', 'equal state', 'one block a view', 'well-formed'],
  },
  {
    name: 'calls a body invalid that it could not get',
    kind: KINDS[6],
    edits: [
      edit(
        'node/engine/verdicts.ts',
        'if (judgement === undefined || judging !== this.#judging) return;',
        'if (judging !== this.#judging) return;\n      if (judgement === undefined) {\n        answer((now) => ({ kind: "verdict", block, valid: false, madeIn: 0, seals: false, now }), () => []);\n        return;\n      }',
      ),
    ],
    scene: 'besideWithholder',
    found: ['liveness'],
  },
  {
    name: 'lets its timeouts grow for ever',
    kind: KINDS[7],
    edits: [
      edit(
        'consensus/timing.ts',
        'if (scaled(state, 3) < limits.timeoutMsMax) state.backoff++;',
        'state.backoff++;',
      ),
      edit(
        'consensus/timing.ts',
        'i < state.backoff && ms < limits.timeoutMsMax; i++',
        'i < state.backoff; i++',
      ),
      edit(
        'consensus/timing.ts',
        'return Math.min(Math.round(ms), limits.timeoutMsMax);',
        'return Math.round(ms);',
      ),
      // A dead leader's views are the ones that need a timeout at all; left alone it would be skipped.
      edit('consensus/timers.ts', 'isSkipped(state) ? 0 : leaderTimeoutMs(state)', 'leaderTimeoutMs(state)'),
    ],
    scene: 'hail',
    found: ['liveness', 'the scene'],
  },
  {
    name: 'waits for a dead leader every time',
    kind: KINDS[8],
    edits: [
      edit('consensus/timers.ts', 'isSkipped(state) ? 0 : leaderTimeoutMs(state)', 'leaderTimeoutMs(state)'),
    ],
    scene: 'oneIsDead',
    found: ['the scene'],
  },
  {
    name: 'believes whatever database it finds, and does not listen to others',
    kind: KINDS[9],
    edits: [
      edit(
        'node/engine/amnesia/amnesia.ts',
        'this.#lost = whyLost(mark, incarnation, next);',
        'this.#lost = undefined;',
      ),
      edit(
        'node/engine/amnesia/vote-recovery.ts',
        'if (memory.lost === undefined) this.#listen();',
        'this.#trust();',
      ),
    ],
    scene: 'forgetting',
    seed: 10,
    found: ['no two votes', 'nullify xor finalize', 'liveness'],
  },
  {
    name: 'makes blocks although nothing is due',
    kind: KINDS[10],
    edits: [
      edit(
        'node/engine/engine.ts',
        'this.#setDue(pool.size > 0 || now >= heartbeat);',
        'this.#setDue(true);',
      ),
      edit('node/engine/builder.ts', '!request.evenEmpty && now < heartbeatAt(ledger.head())', 'false'),
    ],
    scene: 'idle',
    seed: 2,
    found: ['rest'],
  },
  {
    name: 'has no heartbeat',
    kind: KINDS[10],
    edits: [edit('node/engine/engine.ts', 'pool.size > 0 || now >= heartbeat', 'pool.size > 0')],
    scene: 'idle',
    found: ['heartbeat'],
  },
  {
    name: 'finalises what it has not executed',
    kind: 'R19',
    edits: [
      edit(
        'consensus/fixpoint.ts',
        "const executed = state.bodies.get(refKey(block))?.status === 'valid';",
        'const executed = true;',
      ),
    ],
    scene: 'besideWithholder',
    found: ['finalises what it holds'],
  },
  {
    name: 'needs one vote less',
    kind: 'R21',
    edits: [
      edit('consensus/quorum.ts', 'const q = n - faultyMax(n);', 'const q = n - 2 * faultyMax(n);'),
      edit('consensus/quorum.ts', 'assert(2 * q - n > faultyMax(n),', 'assert(true,'),
    ],
    scene: 'besideEquivocator',
    found: [
      'one block a view',
      'one block a height',
      'finalised xor nullified',
      'no two votes',
      'no mistakes of ours',
    ],
  },
  {
    name: 'does not write down what admits it to a view',
    kind: 'R31',
    edits: [
      edit(
        'consensus/on-certificate.ts',
        "state.effects.push({ kind: 'persist', view: certificate.view, record: encodeRecord(certificate) });",
        'encodeRecord(certificate);',
      ),
    ],
    scene: 'storm',
    found: ['admitted by what is durable'],
  },
  {
    name: 'never learns the body of a block that it did not vote for',
    kind: 'R37',
    edits: [edit('consensus/fixpoint.ts', '    learn(state);\n', '')],
    scene: 'besideWithholder',
    found: ['liveness'],
  },
  {
    name: 'never says anything again',
    kind: 'R45, R46',
    edits: [
      edit(
        'consensus/standstill.ts',
        'if (message !== undefined && state.config.self !== undefined)',
        'if (false)',
      ),
    ],
    scene: 'storm',
    seed: 5,
    found: ['liveness'],
  },
  {
    name: 'waits for votes as long as it takes, once a proposal fits',
    kind: 'R17',
    edits: [
      edit(
        'consensus/timers.ts',
        'return isGivenUp(state) ? undefined : {',
        "return isGivenUp(state) || roundOf(state, state.view).standing === 'fits' ? undefined : {",
      ),
    ],
    scene: 'besideHoarder',
    found: ['liveness', 'the scene'],
  },
  {
    name: 'takes whatever transactions stand under a true header',
    kind: 'chain/block/block.ts',
    edits: [
      edit('chain/block/block.ts', "isWhole ? block : reject('block.wrong-body')", 'isWhole ? block : block'),
    ],
    scene: 'besideForger',
    seed: 13,
    found: ['liveness'],
  },
  {
    name: 'votes for whoever the leader names as the maker',
    kind: 'node/engine/leader-check.ts',
    edits: [
      edit('node/engine/validator.ts', "if (led.kind === 'reject') return this.#refuse(body, led.code);", ''),
    ],
    scene: 'besideLiar',
    found: ['made by its leader'],
  },
  {
    name: 'votes for a block of another view',
    kind: 'R18',
    edits: [edit('consensus/fixpoint.ts', 'if (judged.again || body.madeIn === proposal.view)', 'if (true)')],
    scene: 'besideLiar',
    seed: 18,
    found: ['made by its leader', 'views ascend', 'liveness'],
  },
  {
    name: 'takes certificates unseen',
    kind: 'A7',
    edits: [
      edit(
        'consensus/admit.ts',
        "return verdict.kind === 'accept' ? accept(certificate) : verdict;",
        'return accept(certificate);',
      ),
    ],
    scene: 'besideLiar',
    found: ['liveness', 'finalised xor nullified', 'one block a view', 'no mistakes of ours'],
  },
  {
    name: 'takes a statement without its signature',
    kind: 'A3, A5',
    edits: [
      edit(
        'consensus/admit.ts',
        "return sound ? accept(statement) : reject('consensus.wrong-signature');",
        'return accept(statement);',
      ),
    ],
    scene: 'besideLiar',
    found: ['liveness', 'no two votes', 'one block a view', 'no mistakes of ours'],
  },
  {
    name: 'votes again in a view after a restart',
    kind: 'S2',
    edits: [
      edit(
        'consensus/replay.ts',
        'restoreVote(state, entry);',
        "if (entry.kind !== 'notarize') restoreVote(state, entry);",
      ),
    ],
    scene: 'besideEquivocator',
    seed: 6,
    found: ['no two votes', 'no mistakes of ours'],
  },
  {
    name: 'signs behind its fence',
    kind: 'S4, S7',
    edits: [
      edit(
        'consensus/signer.ts',
        'return maySign(state, view) && view > state.fence;',
        'return maySign(state, view);',
      ),
      edit('consensus/signer.ts', '  if (view <= state.doubt && !isPast(state, view)) return;\n', ''),
    ],
    scene: 'forgetting',
    seed: 7,
    found: ['no two votes', 'nullify xor finalize'],
  },
  {
    name: 'does not wait for the disk',
    kind: 'S6',
    edits: [
      edit(
        'node/engine/engine.ts',
        'store.write(writes, { sync: true });\n    // After',
        'store.write(writes, { sync: false });\n    // After',
      ),
    ],
    scene: 'storm',
    found: ['persist before send', 'journal ⊇ votes'],
  },
  {
    name: 'forgets which transactions have happened',
    kind: 'chain/transaction/seen.ts',
    edits: [
      edit(
        'chain/transaction/seen.ts',
        "if (holds(hashes, once.hash)) return reject('transaction.repeated');",
        '',
      ),
    ],
    scene: 'storm',
    seed: 3,
    found: ['exactly once'],
  },
  {
    name: 'takes the entries of a state unseen',
    kind: 'joining by a state',
    edits: [edit('node/sync/snapshot/writer.ts', 'if (wrong !== undefined) return wrong;', '')],
    scene: 'pruning',
    seed: 13,
    found: ['equal state', 'no mistakes of ours'],
  },
  {
    name: 'stops for a state at the word of one authority',
    kind: 'joining by a state',
    edits: [BELIEVES_ONE],
    scene: 'besideTempter',
    seed: 21,
    found: ['liveness', 'no ledger for a word'],
  },
  {
    name: 'throws its ledger away at the word of one authority',
    kind: 'joining by a state',
    edits: [BELIEVES_ONE, CLEARS_FIRST],
    scene: 'besideTempter',
    seed: 28,
    found: ['no ledger for a word'],
  },
  {
    name: 'throws its ledger away at the words of members without a vote',
    kind: 'joining by a state',
    edits: [
      edit(
        'node/sync/sync.ts',
        'const voices = keys.filter((key) => pruned.some((peer) => equalBytes(peer, key)));',
        'const voices = pruned;',
      ),
      CLEARS_FIRST,
    ],
    scene: 'besideTempters',
    seed: 17,
    found: ['no ledger for a word'],
  },
  {
    name: 'throws its ledger away before anything of the state has come',
    kind: 'joining by a state',
    edits: [CLEARS_FIRST],
    scene: 'pruning',
    seed: 7,
    found: ['no ledger for a promise'],
  },
  {
    name: 'believes more members than can lie, whoever they are',
    kind: 'words',
    edits: [
      edit(
        'node/sync/reported-heads.ts',
        'voices.has(toHex(peer)) && (faulty > 0 ||',
        '(voices.size === 0 || faulty > 0 ||',
      ),
    ],
    scene: 'besideBoasters',
    found: ['not unready for a word'],
  },
  {
    name: 'believes a member while it fetches blocks from it',
    kind: 'words',
    edits: [
      edit(
        'node/sync/sync.ts',
        'return Math.max(this.#certified, vouched, this.#tooOld.shown);',
        'return Math.max(this.#certified, vouched, this.#tooOld.shown, this.#fetcher === undefined ? 0 : this.#targetHeight);',
      ),
    ],
    scene: 'besideBoaster',
    found: ['not unready for a word'],
  },
  {
    name: 'charges no member for an answer with nothing in it',
    kind: 'words',
    edits: [edit('node/sync/range-fetcher.ts', 'if (count < asked.count) vain(peer, upTo);', '')],
    scene: 'besideBoasters',
    found: ['the scene'],
  },
  {
    name: 'listens to whoever says empty words once a minute, for ever',
    kind: 'words',
    edits: [
      edit(
        'node/sync/reported-heads.ts',
        'limits.emptyWordPauseMs * 2 ** tooMany',
        'limits.emptyWordPauseMs + 0 * tooMany',
      ),
    ],
    scene: 'besideBoasters',
    seed: 2,
    found: ['the scene'],
  },
  {
    name: 'does not ask for the blocks that it lacks',
    kind: 'synchronisation',
    edits: [
      edit(
        'node/sync/sync.ts',
        '    this.#running ??= this.#run()',
        '    if (height > 0) return;\n    this.#running ??= this.#run()',
      ),
    ],
    scene: 'storm',
    found: ['liveness'],
  },
  {
    name: 'gives the tokens of a sale back too early',
    kind: 'a wrong rule that every node follows',
    edits: [edit('chain/money/reclaim.ts', 'time < open.value.reclaimFrom', 'false')],
    scene: 'storm',
    seed: 7,
    found: ['stands means allowed'],
  },
  {
    name: 'follows new rules a block too late',
    kind: 'a wrong rule that every node follows',
    edits: [
      KNOWS_THE_NEXT_RULES,
      edit('chain/block/version.ts', 'header.height + 1 >= next.height', 'header.height >= next.height'),
    ],
    scene: 'upgrading',
    found: ['made by its rules'],
  },
  {
    name: 'goes on to new rules before enough of those who vote know them',
    kind: 'a wrong rule that every node follows',
    edits: [
      KNOWS_THE_NEXT_RULES,
      // Nobody says so.
      edit('node/engine/builder.ts', 'knows: RULES_VERSION', 'knows: 0'),
      edit(
        'chain/block/version.ts',
        'return isDue && isSignalled(view, next.version, header.height) ? ',
        'return isDue ? ',
      ),
    ],
    scene: 'upgrading',
    found: ['made by its rules'],
  },
  {
    name: 'goes on with rules that it does not know',
    kind: 'a wrong rule that every node follows',
    edits: [
      SAYS_MORE_THAN_IT_KNOWS,
      edit('chain/block/version.ts', 'return childVersion(parent) <= RULES_VERSION;', 'return true;'),
    ],
    scene: 'upgradedBeyond',
    seed: 4,
    found: ['made by its rules'],
  },
];
