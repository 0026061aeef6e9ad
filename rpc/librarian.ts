/**
 * Who asks at the desk: a librarian, whose key has signed the whole call, once, for this library (api/desk-text.ts). The signature is looked at
 * before the list of librarians is, so that no stranger learns whose keys stand there. Source: docs/decisions/desk.md.
 */
import { type DeskParams, deskBody, deskText } from '../api/desk-text.ts';
import { type Bytes, toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { PublicKey32, Signature64, UnixSeconds } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { AN_HOUR, admitSignature } from './claim.ts';
import type { RpcContext } from './context.ts';
import type { Decider } from './decided.ts';

/** Of every call of the desk. */
export type DeskSignature = {
  readonly public_key: PublicKey32;
  readonly nonce: Bytes;
  readonly expires: UnixSeconds;
  readonly signed_hash: Signature64;
};

/**
 * @param sent - the fields as they came: what is signed. @param signed - of them, as they were read.
 * @param call - `cost`: its price in milliseconds, which is the librarian's; a request that comes again takes nothing.
 * `changes`: it does something, and does not only tell.
 * @returns who it is; or reject("request.expired" | "request.expires-too-far" | "desk.not-a-librarian" | "desk.repeated" |
 * "desk.too-many" | "desk.closed" | "request.over-budget"), and the rejects of `admitSignature`.
 */
export async function admitLibrarian(
  context: RpcContext,
  method: string,
  sent: DeskParams,
  { public_key: key, nonce, expires, signed_hash: signature }: DeskSignature,
  { cost, changes }: { readonly cost: number; readonly changes: boolean },
): Promise<Verdict<Decider>> {
  const { clock, ledger, librarians, sponsor } = context.ports;
  // A clock may be set back, the time of a block is not.
  const leftMs = expires * 1_000 - Math.max(clock.now(), ledger.head().time);
  if (leftMs < 0) return reject('request.expired', { field: 'expires' });
  if (leftMs > limits.deskLifeMs) {
    return reject('request.expires-too-far', AN_HOUR);
  }
  const where = { chainId: toHex(ledger.chainId), library: toHex(sponsor.key) };
  const who = { key: toHex(key), nonce: toHex(nonce), expires };
  const text = deskText({ ...where, body: deskBody(method, sent), ...who });
  const signedWell = await admitSignature(context, key, text, signature);
  if (signedWell.kind !== 'accept') return signedWell;
  const known = await librarians.knows(key);
  if (known.kind !== 'accept') return known;
  const spent = await librarians.spend({ key, nonce, expires, changes }, () => context.payAtDesk(key, cost));
  return spent.kind === 'accept' ? accept({ name: known.value, key }) : spent;
}
