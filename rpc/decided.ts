/**
 * A line in the log for whatever was decided at the desk: what, and by whom. Who comes by the socket is its operator. Invitations
 * themselves are in no line: whoever reads the log must not be able to take them.
 */
import { type Bytes, toHex } from '../core/bytes.ts';
import type { Log, LogData } from '../core/ports.ts';
import type { PublicKey32 } from '../core/scalars.ts';

/** `name`: as the operator has written it into librarians.json. */
export type Decider = 'socket' | { readonly name: string; readonly key: PublicKey32 };

/** Of the fields of a call, what tells what was decided; `by` is who has brought it. */
const TOLD = { hash: 'hash', by: 'of', reader: 'reader', reason: 'reason', count: 'count', days: 'days' };

/** @param call - of the contract. @param fields - of it, as they were read. */
export function logDecision(log: Log, call: string, decider: Decider, fields: object): void {
  const sent = new Map(Object.entries(fields));
  const told = Object.entries(TOLD).map(([field, name]) => [name, shown(sent.get(field))] as const);
  const who = decider === 'socket' ? { by: 'socket' } : { by: decider.name, key: toHex(decider.key) };
  const facts: LogData = Object.fromEntries(told.filter(([, value]) => value !== undefined));
  log.info('decided at the desk', { call, ...who, ...facts });
}

function shown(value: Bytes | string | number | undefined): string | number | undefined {
  return value instanceof Uint8Array ? toHex(value) : value;
}
