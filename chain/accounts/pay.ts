/** Tokens that come into an account, and those that go from one to another. */
import { type PublicKey32, TOKENS_MAX, type Tokens } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Change } from '../kind/rule.ts';
import type { StateView } from '../state/state.ts';
import { type Account, account, putAccount } from './account.ts';

/** @returns reject("amount.too-much") when tokens and locked tokens together would pass 2^63−1. */
export function checkRoom(one: Account, amount: Tokens): Verdict {
  return one.tokens + one.locked + amount <= TOKENS_MAX ? accept() : reject('amount.too-much');
}

/** The accounts on both sides of a payment. */
export type Payment = { readonly from: PublicKey32; readonly to: PublicKey32; readonly amount: Tokens };

/**
 * @returns reject("amount.wrong" | "transfer.to-self" | "reader.unknown" | "transfer.not-enough-tokens" |
 * "amount.too-much"), or the change without an event.
 */
export function pay(view: StateView, { from, to, amount }: Payment): Verdict<Change> {
  if (amount <= 0n) return reject('amount.wrong');
  if (from.every((byte, index) => byte === to[index])) return reject('transfer.to-self');
  const payer = account(view, from);
  const payee = account(view, to);
  if (payer === undefined || payee === undefined) return reject('reader.unknown');
  if (payer.tokens < amount) return reject('transfer.not-enough-tokens');
  const room = checkRoom(payee, amount);
  if (room.kind !== 'accept') return room;
  return accept((draft) => {
    putAccount(draft, from, { ...payer, tokens: payer.tokens - amount });
    putAccount(draft, to, { ...payee, tokens: payee.tokens + amount });
    return [];
  });
}
