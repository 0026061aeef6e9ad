/**
 * What a machine remembers. Plain data, changed only by the rule files beside this one; what must survive a
 * crash is in the journal (journal-record.ts). Nothing here grows without a bound: votes live in a window of
 * views, certificates one per view and kind above the finalised floor.
 */
import type { Hash32, Height } from '../core/scalars.ts';
import type { BlockRef } from './block-ref.ts';
import type { ConsensusConfig } from './config.ts';
import type { Effect } from './effect.ts';
import type { Timer } from './input.ts';
import type {
  Certificate,
  Finalization,
  Finalize,
  Message,
  Notarization,
  Notarize,
  Nullification,
  Nullify,
  Proposal,
} from './messages.ts';
import { leader } from './quorum.ts';

/** The highest finalised view. View 0 is the root of the epoch, which needs no certificate. */
export type Floor = {
  readonly view: number;
  readonly hash: Hash32;
  readonly certificate: Finalization | undefined;
  /** Unknown while the block was finalised without us. */
  block: { readonly height: Height } | undefined;
  /** The block is durable and executed here: children can be judged. */
  executed: boolean;
};

/** What we know of a block's body. `restored` = the journal says that it was valid; it must be executed again. */
export type Body = {
  readonly block: BlockRef;
  status: 'asked' | 'valid' | 'invalid' | 'restored';
  seals: boolean;
  /** The latest view that named it. */
  view: number;
  /** The view that it names itself; known of a valid one. */
  madeIn: number | undefined;
};

/** What was heard of one view. */
export type Round = {
  proposal: Proposal | undefined;
  /** Of the proposal: not judged yet, fits (its body is awaited), or will never get our vote. */
  standing: 'open' | 'fits' | 'refused';
  /** The leader signed two different proposals: no Finalize in this view. */
  equivocated: boolean;
  /** A timeout of this view has passed. */
  expired: boolean;
  readonly notarize: Map<number, Notarize>;
  readonly nullify: Map<number, Nullify>;
  readonly finalize: Map<number, Finalize>;
  /** Who was accused of what, so that an accusation is raised once. */
  readonly accused: Set<string>;
};

/** What we signed in one view. */
export type Signed = { proposal?: Proposal; notarize?: Notarize; nullify?: Nullify; finalize?: Finalize };

export type State = {
  readonly config: ConsensusConfig;
  started: boolean;
  view: number;
  /** The certificate that let us into the view; undefined in view 1. */
  admitting: Certificate | undefined;
  floor: Floor;
  /** Up to here the ledger has committed, as far as we know. */
  ledgerView: number;
  /** A sealing block is final: the epoch is over, nothing is signed any more. */
  ended: boolean;
  readonly rounds: Map<number, Round>;
  readonly notarizations: Map<number, Notarization>;
  readonly nullifications: Map<number, Nullification>;
  /** By refKey. */
  readonly bodies: Map<string, Body>;
  /** By view. Only signer.ts writes it. */
  readonly signed: Map<number, Signed>;
  /** The amnesia fence: in views up to here nothing is proposed, notarised or finalised. */
  readonly fence: number;
  /** In views up to here, at most the fence, we do not know that we have not signed Finalize. */
  readonly doubt: number;
  /** The highest view in which each authority was heard. */
  readonly heard: number[];
  /** How often the timeouts have grown by half; and how often of that while nothing was due here. */
  backoff: number;
  idleBackoff: number;
  workDue: boolean;
  /** The parent for which `build` is out, in the present view; `declined` = the caller had nothing to put into it. */
  building: { readonly parentView: number; readonly hash: Hash32; declined: boolean } | undefined;
  /** The view in which we, its leader, have waited long enough for a pending block to become final. */
  lingered: number;
  /** Requests sent since the last resend. */
  readonly asked: Set<string>;
  /** The timers that run, and what each was armed for. */
  readonly running: Map<Timer, string>;
  resends: number;
  standstills: number;
  /** Our own messages and the certificates that we made, to be taken in like anybody's. */
  readonly inbox: Message[];
  effects: Effect[];
};

/** The record of a view, made when it is first needed. */
export function roundOf(state: State, view: number): Round {
  let round = state.rounds.get(view);
  if (round === undefined) {
    round = {
      proposal: undefined,
      standing: 'open',
      equivocated: false,
      expired: false,
      notarize: new Map(),
      nullify: new Map(),
      finalize: new Map(),
      accused: new Set(),
    };
    state.rounds.set(view, round);
  }
  return round;
}

export function authorityCount(state: State): number {
  return state.config.authorities.length;
}

export function leaderOf(state: State, view: number): number {
  return leader(state.config.epoch, view, authorityCount(state));
}

/** May this machine take part at all? */
export function isVoter(state: State): boolean {
  return state.config.self !== undefined && !state.ended;
}

/** Do we lead the present view? */
export function leads(state: State): boolean {
  return isVoter(state) && leaderOf(state, state.view) === state.config.self;
}

export function signedIn(state: State, view: number): Readonly<Signed> {
  return state.signed.get(view) ?? {};
}

/** Is a block for the present view on its way to us? */
export function isBuilding(state: State): boolean {
  return state.building !== undefined && !state.building.declined;
}
