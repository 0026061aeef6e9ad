/**
 * The forms of what answers are made of. Hex stays hex: a program shows it, or signs over it. What a library says beside
 * what stands here is let through by the node and left out by the SDK, so that a newer library may say more.
 */
import * as z from 'zod/mini';
import { amount, told } from './fields.ts';

const HEX_32_BYTES = /^[0-9a-f]{64}$/;
export const hashText = told(z.string().check(z.regex(HEX_32_BYTES)), '64 hexadecimal characters');
export const keyText = hashText;
export const markText = told(z.string().check(z.regex(/^[0-9a-f]{32}$/)), '32 hexadecimal characters');
/** 0 … 2^53−1. */
export const whole = told(z.int().check(z.gte(0)), 'a whole number');
/** Read only: whoever answers gives what it has. */
export const list = <T extends z.ZodMiniType>(item: T) => z.readonly(z.array(item));

/** An available file, and how many are in its swarm at the library that was asked. */
export const found = { filename: z.string(), size: amount, hash: hashText, seeders: whole, leechers: whole };

/**
 * How an upload stands; docs/talk-to-a-library.md has the words, and there may be more of them one day. `until`: when the
 * state ends by itself, or is forgotten, Unix time in seconds. `code`: why it was refused, or what it waits for. `reason`: what a
 * librarian has said to it.
 */
export const standing = z.object({
  state: z.string(),
  until: z.number(),
  code: z.optional(z.string()),
  reason: z.optional(z.string()),
});

/** What to mind before it is approved: a sentence. Older libraries say nothing of it. */
export const advice = z._default(z.nullable(z.string()), null);

/** Rules that were agreed upon; the last ones. */
export const upgrade = z.nullable(
  z.object({
    height: whole,
    version: whole,
    /** While it is to come: the authorities whose programs know these rules. Older libraries do not say. */
    ready: z.optional(list(keyText)),
  }),
);
