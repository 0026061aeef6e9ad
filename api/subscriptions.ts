/**
 * Following the ledger over a WebSocket at /rpc: two calls that exist nowhere else, since what they begin lives as long as the
 * connection, and what comes then. Source: docs/events.md, "Subscriptions".
 */
import * as z from 'zod/mini';
import { list, whole } from './answers.ts';
import { type Call, SIGNED_CODES } from './call.ts';
import { toldEvent } from './event.ts';
import { text } from './fields.ts';
import { LEDGER_CALLS } from './ledger.ts';

/** Names are short numbers, each once a connection. */
const SUBSCRIPTION_BYTES_MAX = 16;
const { from, kinds, file, public_key, expires, signed_hash } = LEDGER_CALLS.events.fields.shape;

/** By JSON-RPC over a WebSocket alone: there is no path of HTTP for them. */
export const LIVE_CALLS = {
  subscribe: {
    group: 'ledger',
    summary:
      'Follows what final blocks do from a place on, as `events` tells it: it comes by itself from then on, as `ledger_v1_event`.',
    who: 'either',
    changes: false,
    cost: 5,
    fields: z.strictObject({ from, kinds, file, public_key, expires, signed_hash }),
    answer: {
      kind: 'json',
      schema: z.object({
        /** What the others name it by, over this connection. */
        subscription: z.string(),
        /** The first place of which it tells. */
        next: z.string(),
        /** Height of the last final block here. */
        head: whole,
      }),
    },
    codes: [
      ...SIGNED_CODES.filter((code) => code !== 'reader.unknown'),
      'events.pruned',
      'subscription.too-many',
      'subscription.needs-websocket',
    ],
  },
  unsubscribe: {
    group: 'ledger',
    summary: 'Ends a subscription of this connection.',
    who: 'anybody',
    changes: false,
    cost: 0.5,
    fields: z.strictObject({ subscription: text(SUBSCRIPTION_BYTES_MAX) }),
    answer: {
      kind: 'json',
      /** `next`: behind the last that was told. */
      schema: z.object({ subscription: z.string(), next: z.string() }),
    },
    codes: ['subscription.unknown', 'subscription.needs-websocket'],
  },
} as const satisfies Readonly<Record<string, Call>>;
export type LiveCallName = keyof typeof LIVE_CALLS;

/** What comes for a subscription is a notification with this method. */
export const NOTE_METHOD = 'ledger_v1_event';

const subscription = z.string();
/** And with these parameters. A library may say more. */
export const note = z.union([
  /** Of one block, in order; none where only `next` has moved on. `next`: behind the last of them. */
  z.object({ subscription, events: list(toldEvent), next: z.string() }),
  /** It goes on by itself; about when. */
  z.object({
    subscription,
    pause: z.object({ code: z.string(), title: z.string(), after_ms: whole, next: z.string() }),
  }),
  /** It is over. `oldest`: of `events.pruned`, the first block that is kept. */
  z.object({
    subscription,
    stop: z.object({
      code: z.string(),
      title: z.string(),
      next: z.string(),
      oldest: z.optional(whole),
    }),
  }),
]);
export type SentNote = z.input<typeof note>;
export type Note = z.output<typeof note>;
