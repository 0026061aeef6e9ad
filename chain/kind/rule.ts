/** What the rule of a kind is. It stands in the file of the kind. */
import type { Hash32, Height, UnixMs } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { Draft, StateView } from '../state/state.ts';
import type { ChainEvent } from './event.ts';

export type RuleContext = {
  readonly chainId: Hash32;
  /** Of the block that is being executed. */
  readonly height: Height;
  /** Of that block. */
  readonly time: UnixMs;
  /** Of that block, as its header says. */
  readonly epoch: number;
  /** Of the rules that the block follows. */
  readonly version: number;
};

/** What an accepted transaction does; must be called at once, on the very state it was checked against. */
export type Change = (draft: Draft) => readonly ChainEvent[];

/** Decides whether the transaction may happen, and says what it would do. It reads and never writes. */
export type Rule<T> = (view: StateView, transaction: T, context: RuleContext) => Verdict<Change>;
