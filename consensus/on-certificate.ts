/**
 * A certificate: kept, journalled, and it moves the view, from however far away it comes
 * (SPEC.md, R30 … R34). It may be ours or a stranger's, for a block that we never saw.
 */
import { assert } from '../core/assert.ts';
import { equalBytes } from '../core/bytes.ts';
import { enter } from './enter.ts';
import { encodeRecord } from './journal-record.ts';
import type { Certificate, Finalization } from './messages.ts';
import { type Floor, leaderOf, roundOf, type State } from './state.ts';
import { isCertified } from './tally.ts';
import { grow, isSilent, shrink } from './timing.ts';

/** R30: once per view and kind. @param ours - we made it, so the others hear of it from us. */
export function onCertificate(state: State, certificate: Certificate, ours: boolean): void {
  if (isCertified(state, certificate.kind, certificate.view)) return;
  // R31: durable before anything that it allows us to sign.
  state.effects.push({ kind: 'persist', view: certificate.view, record: encodeRecord(certificate) });
  if (ours && state.config.self !== undefined)
    state.effects.push({ kind: 'broadcast', message: certificate });
  hold(state, certificate);
  if (certificate.kind === 'finalization') state.effects.push({ kind: 'finalise', certificate });
}

/** R32: what a certificate changes, without effects: also for those of the journal. */
export function hold(state: State, certificate: Certificate): void {
  switch (certificate.kind) {
    case 'notarization':
      state.notarizations.set(certificate.view, certificate);
      nameBody(state, certificate.view);
      break;
    case 'nullification':
      state.nullifications.set(certificate.view, certificate);
      if (certificate.view === state.view && timedOut(state)) grow(state);
      break;
    case 'finalization':
      raiseFloor(state, floorOf(state, certificate));
      shrink(state);
      break;
  }
  enter(state, certificate);
}

/** R33: the finalised floor only rises; what lies below it is forgotten. */
export function raiseFloor(state: State, floor: Floor): void {
  assert(floor.view >= state.floor.view, 'what is final stays final');
  state.floor = floor;
  for (const views of [state.rounds, state.notarizations, state.nullifications, state.signed]) {
    for (const view of views.keys()) if (view <= floor.view) views.delete(view);
  }
  for (const [key, body] of state.bodies) {
    const isFloor = equalBytes(body.block.hash, floor.hash);
    if (isFloor && body.status === 'valid' && body.seals) state.ended = true; // R34
    if (body.view <= floor.view && !isFloor) state.bodies.delete(key);
  }
}

function floorOf(state: State, certificate: Finalization): Floor {
  const { view, hash } = certificate;
  const body = [...state.bodies.values()].find(
    (known) => equalBytes(known.block.hash, hash) && known.status === 'valid',
  );
  return { view, hash, certificate, block: body?.block, executed: body !== undefined };
}

/** The leader was given time and let it pass, or somebody of us thought so. A silent one is not the network's fault. */
function timedOut(state: State): boolean {
  return roundOf(state, state.view).expired && !isSilent(state, leaderOf(state, state.view));
}

/** A block lives as long as the latest view that names it: a sealing block is named by several. */
function nameBody(state: State, view: number): void {
  const named = state.notarizations.get(view);
  for (const body of state.bodies.values()) {
    if (named !== undefined && equalBytes(body.block.hash, named.block.hash))
      body.view = Math.max(body.view, view);
  }
}
