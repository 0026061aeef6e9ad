/** What the ledger tells us of bodies: built, judged, or committed without us (SPEC.md, R15, R16, R36). */
import { equalBytes } from '../core/bytes.ts';
import { type BlockRef, refKey } from './block-ref.ts';
import { enter } from './enter.ts';
import type { Input } from './input.ts';
import { encodeRecord } from './journal-record.ts';
import type { Finalization } from './messages.ts';
import { raiseFloor } from './on-certificate.ts';
import { propose } from './signer.ts';
import { leads, type State } from './state.ts';
import { shrink } from './timing.ts';

type Judged = Pick<Extract<Input, { kind: 'verdict' }>, 'block' | 'valid' | 'seals' | 'madeIn'>;

/** R15: our own block; it is proposed if its view is still ours and its parent still stands. */
export function onBuilt(state: State, view: number, block: BlockRef, seals: boolean): void {
  const { building } = state;
  if (building === undefined || view !== state.view || !leads(state)) return;
  state.building = undefined;
  if (building.parentView < state.floor.view || !equalBytes(building.hash, block.parentHash)) return;
  state.bodies.set(refKey(block), { block, status: 'asked', seals, view, madeIn: undefined });
  onVerdict(state, { block, valid: true, seals, madeIn: view });
  propose(state, building.parentView, block);
}

/** R16: the verdict we waited for, however late; the rules that need it look at the body again (fixpoint.ts). */
export function onVerdict(state: State, { block, valid, seals, madeIn }: Judged): void {
  const body = state.bodies.get(refKey(block));
  if (body === undefined || body.status !== 'asked') return;
  body.status = valid ? 'valid' : 'invalid';
  body.seals = valid && seals;
  body.madeIn = valid ? madeIn : undefined;
  const { epoch } = state.config;
  const record = encodeRecord({ kind: 'verdict', epoch, view: body.view, block, valid, seals: body.seals });
  state.effects.push({ kind: 'persist', view: body.view, record });
  if (!valid || !equalBytes(block.hash, state.floor.hash)) return;
  state.floor.block = block;
  state.floor.executed = true;
  if (body.seals) state.ended = true; // R34
}

/** R36: the ledger went ahead of us; it has executed everything up to here. */
export function onSynced(state: State, certificate: Finalization, block: BlockRef, seals: boolean): void {
  const { view, hash } = certificate;
  state.ledgerView = Math.max(state.ledgerView, view);
  if (view < state.floor.view) return;
  raiseFloor(state, { view, hash, certificate, block, executed: true });
  if (seals) state.ended = true; // R34
  shrink(state);
  enter(state, certificate);
}
