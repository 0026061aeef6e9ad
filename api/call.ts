/**
 * What a call of the API is. Each is declared once, in the file of its group: the node serves it (rpc/), the SDK is typed by
 * it (client/), docs/reference.md is written from it. Nothing here says how it is done. Source: docs/decisions/contract.md.
 */
import type * as z from 'zod/mini';
import type { Code } from '../core/codes.ts';

/**
 * `library`: what readers do; `ledger`: what the ledger tells, whichever library is asked; `node`: what a library says of
 * itself and of the federation, and takes from whoever signs; `desk`: what its librarians do.
 */
export type Group = 'library' | 'ledger' | 'node' | 'desk';

/**
 * Who may. `anybody`: the page rule decides (docs/decisions/web-pages.md); `key`: its signature is one of the fields;
 * `either`: signed, it tells more; `transaction`: what is sent is signed itself; `desk`: a librarian has signed the whole call
 * (desk-text.ts), and no page of another site may ask; or it comes from the operator, by the socket in the home.
 */
export type Who = 'anybody' | 'key' | 'either' | 'transaction' | 'desk';

/** How an answer travels. By JSON-RPC bytes are base64, and a page is {items, cursor}. */
export type Shape =
  | { readonly kind: 'json'; readonly schema: z.ZodMiniType }
  /** A list, with the address of its next page. */
  | { readonly kind: 'page'; readonly item: z.ZodMiniType }
  /** `underWay`: what is answered instead, with 202, where that may be. */
  | { readonly kind: 'torrent'; readonly underWay?: z.ZodMiniType }
  /** DAG-CBOR (docs/proofs.md). */
  | { readonly kind: 'proof' };

export type Call = {
  readonly group: Group;
  /** Methods of JSON-RPC by which it went before: they serve on, and are marked `deprecated`. */
  readonly deprecated?: readonly string[];
  /** One sentence, for the reference. */
  readonly summary: string;
  readonly who: Who;
  /** Does it change the ledger? */
  readonly changes: boolean;
  /** Of the node, and not of what stands on its ledger: also told while that may be another one than is meant. */
  readonly ofNode?: true;
  /** Milliseconds of one core, on the scale of what `npm run bench-calls` measures (docs/calls.md). */
  readonly cost: number;
  /** What these fields cost beyond it. @param fields - as they came; what is wrong with them costs nothing more. */
  readonly costMore?: (fields: unknown) => number;
  /** In the order in which the first wrong one is told. */
  readonly fields: z.ZodMiniObject;
  /** The field that may stand in the path: /api/<name>/<field>. */
  readonly inPath?: string;
  readonly answer: Shape;
  /** What it may be refused with, beside EVERY_CODE. */
  readonly codes: readonly (Code | typeof BY_RULES)[];
};

/**
 * For `costMore`: a field as it came, before anybody has checked it. An object is never asked for its value: a stranger may have
 * written one that has none, and JavaScript throws.
 */
export function numberIn(fields: unknown, name: string): number {
  if (typeof fields !== 'object' || fields === null) return 0;
  const value = (fields as Readonly<Record<string, unknown>>)[name];
  return typeof value === 'number' || typeof value === 'string' ? Number(value) : 0;
}

/** And with whatever a rule of the ledger says (docs/ledger.md). */
export const BY_RULES = 'rules';

/** What any call may be refused with before it is begun, or when something breaks. */
export const EVERY_CODE: readonly Code[] = [
  'request.malformed',
  'request.missing-field',
  'request.wrong-hex',
  'request.wrong-value',
  'request.too-long',
  'request.too-slow',
  'request.too-many',
  'request.over-budget',
  'request.method-not-allowed',
  'request.wrong-content-type',
  'host.foreign',
  'page.foreign',
  'node.not-ready',
  'node.fault',
];

/** And one that a key has signed. */
export const SIGNED_CODES = [
  'request.expired',
  'request.expires-too-far',
  'request.expires-required',
  'key.unacceptable',
  'signature.wrong',
  'reader.unknown',
] as const satisfies readonly Code[];

/** And one of the desk. */
export const DESK_CODES = [
  'request.expired',
  'request.expires-too-far',
  'key.unacceptable',
  'signature.wrong',
  'desk.not-a-librarian',
  'desk.repeated',
  'desk.too-many',
  'desk.closed',
] as const satisfies readonly Code[];

/** And one that puts something on the ledger. */
export const LEDGER_CODES = [
  BY_RULES,
  'pool.full',
  'pool.key-full',
  'pool.sponsor-full',
  'node.finality-timeout',
] as const satisfies Call['codes'];
