/** What a block did, as it is told. Which fields a kind has: docs/events.md. */
import * as z from 'zod/mini';
import { hashText, whole } from './answers.ts';
import { amount, signedAmount } from './fields.ts';

const event = {
  /** <height>:<index> */
  at: z.string(),
  /** Of its block, in milliseconds since 1970. */
  time: whole,
  kind: z.string(),
  size: z.optional(amount),
  amount: z.optional(amount),
  card: z.optional(amount),
  allowance: z.optional(amount),
  ceiling: z.optional(amount),
};

export const toldEvent = z.looseObject(event);

/** As its key is told it. */
export const ownEvent = z.looseObject({
  ...event,
  /** The id of what did it, where that is known here, and not another reader's. */
  transaction: z.optional(hashText),
  /** Of the file, while it is there. */
  name: z.optional(z.string()),
  /** What it did to the tokens of the key, where the event says that. */
  change: z.optional(signedAmount),
});
