/** A history: a genesis, blocks at their times, and the transactions in them. Nothing else happens to a ledger. */
import type { Transaction } from './ledger-kinds.ts';
import type { Genesis } from './ledger-types.ts';

export type Step =
  | { readonly kind: 'block'; readonly time: number }
  | { readonly kind: 'transaction'; readonly transaction: Transaction };

export type History = { readonly genesis: Omit<Genesis, 'chain'>; readonly steps: readonly Step[] };

/** Block 0. */
export const START_MS = 1_750_000_000_000;
