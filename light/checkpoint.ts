/**
 * @pure What an operator has heard from a person: at this height stands this block. Another one at that height is
 * refused, whoever has signed it: in synchronisation, in a state that is offered, and before anything is committed.
 */
import { equalBytes, fromHex, toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { HASH_BYTES, type Hash32, type Height, parseCount } from '../core/scalars.ts';

export type Checkpoint = { readonly height: Height; readonly hash: Hash32 };

/** @param text - `<height>:<64 hex digits>`, as `status` shows them. @returns undefined when it is not that. */
export function parseCheckpoint(text: string): Checkpoint | undefined {
  const [, digits, hex] = /^(\d{1,16}):([0-9a-f]{64})$/.exec(text) ?? [];
  const height = parseCount(Number(digits));
  const hash = hex === undefined ? undefined : fromHex(hex, HASH_BYTES);
  return height === undefined || hash === undefined ? undefined : { height, hash };
}

/** Is this another block at the height of the checkpoint? */
export function contradicts(checkpoint: Checkpoint | undefined, height: Height, hash: Hash32): boolean {
  return checkpoint !== undefined && checkpoint.height === height && !equalBytes(checkpoint.hash, hash);
}

/** @returns what ends a node whose own chain has another block there. */
export function otherChain({ height, hash }: Checkpoint, own: Hash32): Fault {
  return new Fault(
    'ledger.other-chain',
    `block ${height} is ${toHex(own)} here, and the checkpoint says ${toHex(hash)}: ` +
      'ask the other operators which is right, and begin with a new home when it is the checkpoint',
  );
}
