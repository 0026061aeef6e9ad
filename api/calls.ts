/** Every call of the API by its name, and what its types are. */
import type * as z from 'zod/mini';
import { CODES, type Code } from '../core/codes.ts';
import { BY_RULES, type Call, EVERY_CODE } from './call.ts';
import { DESK_CALLS } from './desk.ts';
import { CARD_CALLS } from './desk-cards.ts';
import { LEDGER_CALLS } from './ledger.ts';
import { LIBRARY_CALLS } from './library.ts';
import { NODE_CALLS } from './node.ts';
import { LIVE_CALLS, type LiveCallName } from './subscriptions.ts';

export const CALLS = {
  ...LIBRARY_CALLS,
  ...LEDGER_CALLS,
  ...NODE_CALLS,
  ...DESK_CALLS,
  ...CARD_CALLS,
} as const satisfies Readonly<Record<string, Call>>;
export type CallName = keyof typeof CALLS;
export const CALL_NAMES = Object.keys(CALLS) as readonly CallName[];
/** Those of the desk. */
export type DeskCallName = keyof typeof DESK_CALLS | keyof typeof CARD_CALLS;

/** As the node gets them. */
export type Fields<N extends CallName> = z.output<(typeof CALLS)[N]['fields']>;
/** As they are sent. */
export type SentFields<N extends CallName> = z.input<(typeof CALLS)[N]['fields']>;
export type ShapeOf<N extends CallName> = (typeof CALLS)[N]['answer'];
/** What is answered in JSON, as it is sent. */
export type Sent<N extends CallName> =
  ShapeOf<N> extends { schema: infer S extends z.ZodMiniType } ? z.input<S> : never;
/** And as it is read. */
export type Read<N extends CallName> =
  ShapeOf<N> extends { schema: infer S extends z.ZodMiniType } ? z.output<S> : never;

const ALL = { ...CALLS, ...LIVE_CALLS };

/** What the contract says of it. */
export function contractOf(name: CallName | LiveCallName): Call {
  return ALL[name];
}

/** The method of JSON-RPC: <group>_v<version>_<name>. */
export function methodOf(name: CallName | LiveCallName): string {
  return `${ALL[name].group}_v1_${name.replaceAll('-', '_')}`;
}

/** In milliseconds of one core. @param fields - as they came; what is wrong with them costs nothing more. */
export function costOf(name: CallName, fields: unknown): number {
  const { cost, costMore }: Call = CALLS[name];
  return cost + (costMore?.(fields) ?? 0);
}

/** Does a signature protect it: of its fields, or of the transaction in it? @param fields - as they came. */
export function isSigned(name: CallName, fields: unknown): boolean {
  const { who }: Call = CALLS[name];
  if (who === 'transaction') return true;
  return (
    typeof fields === 'object' &&
    fields !== null &&
    'signed_hash' in fields &&
    fields.signed_hash !== undefined
  );
}

/** Does the contract say that the call may be refused with this? */
export function mayRefuseWith(name: CallName | LiveCallName, code: Code): boolean {
  const { codes }: Call = ALL[name];
  if (EVERY_CODE.includes(code) || codes.includes(code)) return true;
  return codes.includes(BY_RULES) && OF_RULES.has(code.slice(0, code.indexOf('.')));
}

/** All that it may be refused with, those of the rules one by one. */
export function codesOf(name: CallName | LiveCallName): readonly Code[] {
  return (Object.keys(CODES) as Code[]).filter((code) => mayRefuseWith(name, code));
}

/** What codes of rules begin with. */
const OF_RULES: ReadonlySet<string> = new Set([
  'transaction',
  'rule',
  'reader',
  'member',
  'role',
  'file',
  'upload',
  'card',
  'attest',
  'download',
  'register',
  'transfer',
  'amount',
  'receipt',
  'sale',
  'proposal',
]);
