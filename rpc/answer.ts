/** What a call answers, before it becomes HTTP or JSON-RPC. */
import type * as z from 'zod/mini';
import type { CallName, ShapeOf } from '../api/calls.ts';
import type { Bytes } from '../core/bytes.ts';

export type Answer = Told & Telling;

/** The answer of a call, in the form that the contract gives it. */
export type AnswerTo<N extends CallName> = ToldIn<ShapeOf<N>> & Telling;

type Telling = {
  /**
   * `nothing`: the ledger knows nothing of what was asked. `figures`: they are those of its last block. Either may be
   * otherwise where blocks are missing (rpc/behind.ts).
   */
  readonly tells?: 'nothing' | 'figures';
};

/** `Json`, `Item`, `State`: what the contract of a call says of them. */
type Told<Json = unknown, Item = unknown, State = unknown> =
  | { readonly kind: 'json'; readonly value: Json }
  /** What was asked for is under way: HTTP says 202. */
  | { readonly kind: 'under-way'; readonly value: State }
  /** A page of a list; `next` is the cursor of the following one. */
  | { readonly kind: 'page'; readonly items: readonly Item[]; readonly next: string | undefined }
  | { readonly kind: 'torrent'; readonly bytes: Bytes; readonly filename: string }
  /** DAG-CBOR for a light client (docs/proofs.md). */
  | { readonly kind: 'proof'; readonly bytes: Bytes };

type ToldIn<S> = S extends { kind: 'json'; schema: infer J extends z.ZodMiniType }
  ? Extract<Told<z.input<J>>, { kind: 'json' }>
  : S extends { kind: 'page'; item: infer I extends z.ZodMiniType }
    ? Extract<Told<unknown, z.input<I>>, { kind: 'page' }>
    : S extends { kind: 'torrent'; underWay: infer U extends z.ZodMiniType }
      ? Extract<Told<unknown, unknown, z.input<U>>, { kind: 'torrent' | 'under-way' }>
      : S extends { kind: infer K }
        ? Extract<Told, { kind: K }>
        : never;
