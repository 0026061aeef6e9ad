/** What a library says of itself and of the federation. */
import * as z from 'zod/mini';
import { advice, hashText, keyText, list, upgrade, whole } from './answers.ts';
import type { Call } from './call.ts';
import { amount } from './fields.ts';

/** The last moment that a Date knows. */
const TIME_MS_MAX = 8.64e15;

const nothing = z.strictObject({});
/** An authority that has contradicted itself, and in what. */
const contradiction = { authority: keyText, epoch: whole, view: whole, kinds: list(z.string()) };
const status = z.object({
  chain: z.object({ name: z.string(), id: hashText }),
  /** Of the last final block; `time` in milliseconds since 1970. */
  height: whole,
  hash: hashText,
  time: whole,
  /** Members connected now. */
  peers: whole,
  authorities: list(keyText),
  ready: z.boolean(),
  not_ready: list(z.string()),
  /** Why no new block comes. */
  waits: list(z.object({ reason: z.string(), detail: z.string() })),
  /** What it does for consensus: docs/operations.md has the words. */
  role: z.string(),
  evidence: list(z.object(contradiction)),
  version: z.string(),
  /** What whoever comes is lent here: bytes a day, how many gather, and how many a new card has. Older libraries do not say. */
  cards: z.optional(z.nullable(z.object({ allowance: amount, ceiling: amount, at_once: amount }))),
});

const member = z.object({
  key: keyText,
  name: z.string(),
  addresses: list(z.string()),
  tracker: z.string(),
  api: z.string(),
  /** Does it vote? */
  authority: z.boolean(),
});

const proposal = z.object({
  /** What an approval names. */
  id: hashText,
  /** As in chain/governance/action.ts, with keys and hashes in hex. */
  action: z.looseObject({ kind: z.string() }),
  proposer: keyText,
  /** Milliseconds since 1970. */
  expires_at: z.int().check(z.gte(0), z.lte(TIME_MS_MAX)),
  approvals: list(keyText),
  advice,
});

const decisions = z.object({
  /** Of the next block: proposals and seats of another one are void. */
  epoch: whole,
  /** How many authorities must approve. */
  needed: whole,
  proposals: list(proposal),
  parameters: z.record(z.string(), whole),
  upgrade,
});

const peer = z.object({
  key: keyText,
  name: z.nullable(z.string()),
  /** Milliseconds since 1970. */
  since: whole,
  /** Of its last final block, by its own word; null until it has said hello. */
  height: z.nullable(whole),
  /** Of the last hello and its answer. */
  round_trip_ms: z.nullable(whole),
});

const bounds = z.object({
  /** By their names in core/limits/. Those that end in _ms are milliseconds; of `calls_…` what one can have done, as costs are counted. */
  limits: z.record(z.string(), whole),
  /** Of each call, in milliseconds of one core. */
  costs: z.record(z.string(), z.number()),
});

export const NODE_CALLS = {
  status: {
    group: 'node',
    summary: 'Tells which chain, how far, who decides, and what this library waits for.',
    who: 'anybody',
    changes: false,
    ofNode: true,
    cost: 1,
    fields: nothing,
    answer: { kind: 'json', schema: status },
    codes: [],
  },
  members: {
    group: 'node',
    summary: 'Lists the libraries of the federation, and which of them decide.',
    who: 'anybody',
    changes: false,
    cost: 5,
    fields: nothing,
    answer: { kind: 'json', schema: z.object({ members: list(member) }) },
    codes: [],
  },
  proposals: {
    group: 'node',
    summary:
      'Lists what the authorities are asked to decide, who has approved so far, and how many it takes.',
    who: 'anybody',
    changes: false,
    cost: 10,
    fields: nothing,
    answer: { kind: 'json', schema: decisions },
    codes: [],
  },
  evidence: {
    group: 'node',
    summary: 'Shows the authorities that have contradicted themselves, with both of their signed statements.',
    who: 'anybody',
    changes: false,
    ofNode: true,
    cost: 10,
    fields: nothing,
    answer: {
      kind: 'json',
      schema: z.object({ evidence: list(z.object({ ...contradiction, proof: z.string() })) }),
    },
    codes: [],
  },
  peers: {
    group: 'node',
    summary: 'Lists the members that this library is connected to, with what they said of themselves last.',
    who: 'anybody',
    changes: false,
    ofNode: true,
    cost: 5,
    fields: nothing,
    answer: { kind: 'json', schema: z.object({ peers: list(peer) }) },
    codes: [],
  },
  limits: {
    group: 'node',
    summary: 'Tells the bounds that a client of the API meets, and what each call costs.',
    who: 'anybody',
    changes: false,
    ofNode: true,
    cost: 1,
    fields: nothing,
    answer: { kind: 'json', schema: bounds },
    codes: [],
  },
} as const satisfies Readonly<Record<string, Call>>;
