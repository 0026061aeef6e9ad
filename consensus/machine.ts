/** The consensus machine. */
import type { ConsensusConfig, Restored } from './config.ts';
import type { Effect } from './effect.ts';
import type { Input } from './input.ts';

export type Machine = { readonly config: ConsensusConfig };
export type Status = {
  readonly epoch: number;
  readonly view: number;
  /** Number of the authority that leads the view. */
  readonly leader: number;
  readonly finalisedView: number;
  /** Nothing is due: no timer runs. */
  readonly idle: boolean;
  /** A sealing block is final: this machine only answers requests. */
  readonly ended: boolean;
  readonly leaderTimeoutMs: number;
  readonly advanceTimeoutMs: number;
  /** Authorities that have been silent for long and are skipped at once. */
  readonly silent: readonly number[];
};

export declare function createMachine(config: ConsensusConfig, restored: Restored): Machine;
export declare function step(machine: Machine, input: Input): readonly Effect[];
export declare function status(machine: Machine): Status;
