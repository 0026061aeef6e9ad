/**
 * The one place that signs. Whatever path leads here, these hold (SPEC.md, S1 … S7): one Notarize a view,
 * never both Nullify and Finalize of a view, nothing at or below the finalised floor, behind the fence only what can
 * do no harm, nothing after the end of the epoch, and persist before send. No other file may call `config.sign`.
 */
import { assert } from '../core/assert.ts';
import { equalBytes } from '../core/bytes.ts';
import type { Hash32 } from '../core/scalars.ts';
import type { BlockRef } from './block-ref.ts';
import { encodeRecord } from './journal-record.ts';
import type { Notarize, Statement, Vote } from './messages.ts';
import { faultyMax } from './quorum.ts';
import { authorityCount, leads, roundOf, type Signed, type State, signedIn } from './state.ts';
import { sameStatement, statementHash, type UnsignedStatement } from './statements.ts';

/** S2, S5: our proposal of the present view, and our vote for it, which is durable before either leaves. */
export function propose(state: State, parentView: number, block: BlockRef): void {
  const { view } = state;
  const before = signedIn(state, view);
  if (!leads(state) || !maySupport(state, view) || before.notarize !== undefined) return;
  const notarize = sign(state, { kind: 'notarize', view, parentView, block });
  keep(state, notarize);
  const proposal = sign(state, { kind: 'proposal', view, parentView, block });
  remember(state, view, { proposal });
  release(state, proposal);
  release(state, notarize);
}

/** S2: our vote for the proposal of the present view; only the first, and none after we gave the view up. */
export function notarize(state: State, parentView: number, block: BlockRef): void {
  const { view } = state;
  const before = signedIn(state, view);
  if (!maySupport(state, view) || before.notarize !== undefined || before.nullify !== undefined) return;
  vote(state, sign(state, { kind: 'notarize', view, parentView, block }));
}

/**
 * R76: our Finalize of the present view has come back to us without the Notarize before it. It was for this block,
 * unless so many others have notarised it that no other block of the view can be.
 */
export function notarizeAgain(state: State, { view, parentView, block }: Notarize): void {
  const { finalize, notarize } = signedIn(state, view);
  if (!maySign(state, view) || notarize !== undefined || finalize === undefined) return;
  assert(equalBytes(finalize.hash, block.hash), 'only what we finalised');
  vote(state, sign(state, { kind: 'notarize', view, parentView, block }));
}

/** S3, S7: we give the present view up; never after a Finalize in it, known or possible. */
export function nullify(state: State): void {
  const { view } = state;
  const before = signedIn(state, view);
  if (!maySign(state, view) || before.nullify !== undefined || before.finalize !== undefined) return;
  if (view <= state.doubt && !isPast(state, view)) return;
  vote(state, sign(state, { kind: 'nullify', view }));
}

/** S3: a notarised block of any view above the floor; never after a Nullify in it. */
export function finalize(state: State, view: number, hash: Hash32): void {
  const before = signedIn(state, view);
  if (!maySupport(state, view) || before.nullify !== undefined || before.finalize !== undefined) return;
  const held = state.notarizations.get(view);
  assert(held !== undefined && equalBytes(held.block.hash, hash), 'only what is notarised is finalised');
  vote(state, sign(state, { kind: 'finalize', view, hash }));
}

/** Takes back a vote from the journal: it binds us as if we had signed it now. A leader's proposal comes back with it. */
export function restoreVote(state: State, restored: Vote): void {
  const { view } = restored;
  const before = signedIn(state, view);
  const twin = before[restored.kind];
  assert(
    twin === undefined || sameStatement(twin, restored),
    'the journal holds one vote of each kind a view',
  );
  const excluded = restored.kind === 'nullify' ? before.finalize : before.nullify;
  assert(restored.kind === 'notarize' || excluded === undefined, 'the journal never holds both');
  remember(state, view, { [restored.kind]: restored });
}

/** The proposal that belongs to our restored vote of a view that we lead: the same text, so the same signature. */
export function restoreProposal(state: State): void {
  const { notarize, proposal } = signedIn(state, state.view);
  if (!leads(state) || notarize === undefined || proposal !== undefined) return;
  const { view, parentView, block } = notarize;
  remember(state, view, { proposal: sign(state, { kind: 'proposal', view, parentView, block }) });
}

/** S1, S4. */
function maySign(state: State, view: number): boolean {
  const { config, floor, ended } = state;
  return config.self !== undefined && !ended && view > floor.view && view <= state.view;
}

/** S4: and work for a block of this view? */
function maySupport(state: State, view: number): boolean {
  return maySign(state, view) && view > state.fence;
}

/**
 * S7: 2f + 1 others have given the view up. f + 1 of them are honest and never finalise it, so that nobody can,
 * whatever we have signed there and forgotten.
 */
function isPast(state: State, view: number): boolean {
  const { nullify } = roundOf(state, view);
  const others = nullify.size - (nullify.has(state.config.self!) ? 1 : 0);
  return others > 2 * faultyMax(authorityCount(state));
}

function sign<C extends UnsignedStatement>(
  state: State,
  statement: C,
): C & { epoch: number; signer: number; signature: Uint8Array } {
  const { config } = state;
  assert(config.self !== undefined, 'an observer does not sign');
  assertConsistent(state, statement);
  const signature = config.sign(statementHash(config, statement));
  return { ...statement, epoch: config.epoch, signer: config.self, signature };
}

/** The last look, whatever path led here: a signature that contradicts another one is evidence against us, for ever. */
function assertConsistent(state: State, { kind, view }: UnsignedStatement): void {
  assert(!state.ended && view > state.floor.view, 'what is decided is not voted on');
  const before = signedIn(state, view);
  assert(before[kind] === undefined, 'one statement of each kind a view');
  const excluded = kind === 'nullify' ? before.finalize : kind === 'finalize' ? before.nullify : undefined;
  assert(excluded === undefined, 'never both Nullify and Finalize of a view');
}

function vote(state: State, signed: Vote): void {
  keep(state, signed);
  release(state, signed);
}

function keep(state: State, signed: Vote): void {
  remember(state, signed.view, { [signed.kind]: signed });
  state.effects.push({ kind: 'persist', view: signed.view, record: encodeRecord(signed) });
}

/** S6: after the persist. Our own message counts like anybody's: it goes through our own inbox. */
function release(state: State, statement: Statement): void {
  state.effects.push({ kind: 'broadcast', message: statement });
  state.inbox.push(statement);
}

function remember(state: State, view: number, signed: Signed): void {
  state.signed.set(view, { ...signedIn(state, view), ...signed });
}
