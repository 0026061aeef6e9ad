/** What a library tells operators, read strictly: a program that signs must not act on half an answer. */
import { z } from 'zod';
import { unreadable } from './answers.ts';

/** The last moment that a Date knows. */
const TIME_MS_MAX = 8.64e15;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().min(0);
/** Older libraries say nothing of it. */
const advice = z.string().nullable().default(null);

const member = z.object({
  /** 64 hex characters. */
  key: hash,
  name: z.string(),
  addresses: z.array(z.string()),
  tracker: z.string(),
  api: z.string(),
  /** Does it vote? */
  authority: z.boolean(),
});
export type MemberFacts = Readonly<z.output<typeof member>>;

const proposal = z.object({
  /** 64 hex characters: what an approval names. */
  id: hash,
  /** As in chain/governance/action.ts, with keys and hashes in hex. */
  action: z.looseObject({ kind: z.string() }),
  proposer: hash,
  /** Milliseconds since 1970. */
  expires_at: z.int().min(0).max(TIME_MS_MAX),
  approvals: z.array(hash),
  /** What to mind before it is approved: a sentence. */
  advice,
});
export type ProposalFacts = Readonly<z.output<typeof proposal>>;

const decisions = z.object({
  /** Of the next block: proposals and seats of another one are void. */
  epoch: count,
  /** How many authorities must approve. */
  needed: count,
  proposals: z.array(proposal),
  parameters: z.record(z.string(), count),
  upgrade: z
    .object({
      height: count,
      version: count,
      /** While it is to come: the authorities whose programs know these rules. Older libraries do not say. */
      ready: z.array(hash).optional(),
    })
    .nullable(),
});
export type Decisions = Readonly<z.output<typeof decisions>>;

const submitted = z.object({
  id: hash,
  /** Of the block that holds it; null when the ledger said so before. */
  height: count.nullable(),
  already: z.boolean(),
  /** Of what was proposed: what to mind before it is approved. */
  advice,
});
export type Submitted = Readonly<z.output<typeof submitted>>;

const status = z.object({ chain: z.object({ id: hash }) });
const members = z.object({ members: z.array(member) });

export const readChainId = (value: unknown): string => read(status, value).chain.id;
export const readMembers = (value: unknown): readonly MemberFacts[] => read(members, value).members;
export const readDecisions = (value: unknown): Decisions => read(decisions, value);
export const readSubmitted = (value: unknown): Submitted => read(submitted, value);

/** @throws ClientError("client.unreadable") that names the field, and never what stood there. */
function read<T extends z.ZodType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  return unreadable(`a right value for ${parsed.error.issues[0]?.path.join('.') || 'its result'}`);
}
