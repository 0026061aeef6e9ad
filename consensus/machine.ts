/**
 * The consensus machine: `step(machine, input) → effects`. Pure Simplex for one epoch: no clock, no chance,
 * no I/O; the same inputs give the same effects, byte for byte. It orders opaque hashes and must never learn
 * what a transaction is. Source: Simplex (Chan and Pass, eprint 2023/463); rules by number in SPEC.md.
 *
 * What the caller owes: inputs one at a time, `start` first; effects in order; every `persist` durable before
 * any later `send` or `broadcast` leaves; messages only as `admit` let them in.
 */
import { assert, unreachable } from '../core/assert.ts';
import { isActive } from './activity.ts';
import type { ConsensusConfig, Restored } from './config.ts';
import type { Effect } from './effect.ts';
import { toFixpoint } from './fixpoint.ts';
import type { Input } from './input.ts';
import { askAgain } from './learn.ts';
import { onBuilt, onSynced, onVerdict } from './on-body.ts';
import { onMessage } from './on-message.ts';
import { restore, start } from './replay.ts';
import { authorityCount, leaderOf, type State } from './state.ts';
import { arm, onTimer } from './timers.ts';
import { advanceTimeoutMs, isSilent, leaderTimeoutMs, leaveRest } from './timing.ts';

/** Opaque to callers: use `step`, `admit` and `status`. */
export type Machine = State;

/** For operators. */
export type Status = {
  readonly epoch: number;
  readonly view: number;
  /** Number of the authority that leads the view. */
  readonly leader: number;
  readonly finalisedView: number;
  /** The block of the finalised view is executed here; if not, the caller owes `synced` once it is. */
  readonly finalisedExecuted: boolean;
  /** Nothing is due: no timer runs. */
  readonly idle: boolean;
  /** A sealing block is final: this machine only answers. */
  readonly ended: boolean;
  readonly leaderTimeoutMs: number;
  readonly advanceTimeoutMs: number;
  /** Authorities that have been silent for long and are skipped at once. */
  readonly silent: readonly number[];
};

/**
 * A machine as it was before the crash, or a fresh one. Does nothing before the input `start`.
 * @throws AssertionFailed on a journal that we cannot have written.
 */
export function createMachine(config: ConsensusConfig, restored: Restored): Machine {
  return restore(config, restored);
}

/** @returns what the caller must do now, in this order. */
export function step(machine: Machine, input: Input): readonly Effect[] {
  assert(machine.started || input.kind === 'start', 'a machine is started first');
  take(machine, input);
  toFixpoint(machine);
  assert(machine.view > machine.floor.view, 'a view is above what is final');
  arm(machine);
  const { effects } = machine;
  machine.effects = [];
  return effects;
}

export function status(machine: Machine): Status {
  const { config, view, floor, ended } = machine;
  return {
    epoch: config.epoch,
    view,
    leader: leaderOf(machine, view),
    finalisedView: floor.view,
    finalisedExecuted: floor.executed,
    idle: !isActive(machine),
    ended,
    leaderTimeoutMs: leaderTimeoutMs(machine),
    advanceTimeoutMs: advanceTimeoutMs(machine),
    silent: Array.from({ length: authorityCount(machine) }, (_, i) => i).filter((i) => isSilent(machine, i)),
  };
}

function take(state: State, input: Input): void {
  switch (input.kind) {
    case 'start':
      start(state);
      break;
    case 'message':
      onMessage(state, input.message, input.from);
      break;
    case 'timer':
      onTimer(state, input.timer);
      break;
    case 'built':
      onBuilt(state, input.view, input.block, input.seals);
      break;
    case 'verdict':
      onVerdict(state, input);
      break;
    case 'met':
      askAgain(state);
      break;
    case 'work':
      if (input.due && !state.workDue) leaveRest(state);
      state.workDue = input.due;
      if (!input.due && state.building !== undefined) state.building.declined = true; // R5
      break;
    case 'synced':
      onSynced(state, input.certificate, input.block, input.seals);
      break;
    default:
      unreachable(input);
  }
}
