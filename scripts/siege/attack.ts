/** What an attack is, and what it finds: the libraries, addresses to come from, and somebody who counts. */
import type { Caller } from './caller.ts';
import type { Book, Field, Gate } from './field.ts';
import type { Free } from './free.ts';

export type Attack = {
  readonly name: string;
  /** What it does at which rate, over all libraries, for people. */
  readonly what: string;
  /** Until the siege ends. Bounded in what it has under way. */
  run(ground: Ground): Promise<void>;
};

export type Ground = {
  readonly field: Field;
  readonly books: readonly Book[];
  /** What the attackers have got for nothing: registered keys, and passes. */
  readonly free: Free;
  readonly ended: AbortSignal;
  /** All rates and counts are multiplied by it; 1 is what `what` says. */
  readonly strength: number;
  library(): Gate;
  book(): Book;
  /** The next address to come from. */
  address(): string;
  caller(address?: string): Caller;
  /** `perSecond` times a second, each at most `atOnce` under way; what does not fit is left out. */
  pace(perSecond: number, atOnce: number, act: () => Promise<string>): Promise<void>;
  /** One more of what came of it. */
  count(outcome: string): void;
  /** Bytes of a book: nobody here has paid. */
  got(bytes: number): void;
};

/** What an attack has done, by outcome. */
export type Outcomes = Readonly<Record<string, number>>;
