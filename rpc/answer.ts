/** What a verb answers, before it becomes HTTP or JSON-RPC. */
import type { Bytes } from '../core/bytes.ts';
import type { Tokens } from '../core/scalars.ts';

export type Json = { readonly [name: string]: Json } | readonly Json[] | string | number | boolean | null;

export type Answer = Told & {
  /**
   * `nothing`: the ledger knows nothing of what was asked. `figures`: they are those of its last block. Either may be
   * otherwise where blocks are missing (rpc/behind.ts).
   */
  readonly tells?: 'nothing' | 'figures';
};

type Told =
  | { readonly kind: 'json'; readonly value: Json }
  /** What was asked for is under way: HTTP says 202. */
  | { readonly kind: 'under-way'; readonly value: Json }
  /** A page of a list; `next` is the cursor of the following one. */
  | { readonly kind: 'page'; readonly items: readonly Json[]; readonly next: string | undefined }
  | { readonly kind: 'torrent'; readonly bytes: Bytes; readonly filename: string }
  /** DAG-CBOR for a light client (docs/proofs.md). */
  | { readonly kind: 'proof'; readonly bytes: Bytes };

/** Amounts and sizes: a number where JSON keeps it, a decimal string beyond 2^53−1 (protocol.md, "Names"). */
export function jsonAmount(amount: Tokens): number | string {
  return amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : amount.toString();
}
