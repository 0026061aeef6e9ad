/** register, as docs/ledger.md has it: what it holds, what is signed of it, and its rule. And how accounts pay each other. */
import { isAcceptableKey } from './ledger-keys.ts';
import { type Account, count, type State, TOKENS_MAX } from './ledger-state.ts';
import { ACCEPT, ignore, reject, type Verdict } from './ledger-types.ts';

export type Register = {
  readonly kind: 'register';
  readonly key: string;
  readonly sponsor: string;
  readonly signature: string;
};

export const ACCOUNTS = {
  register: { words: ({ key, sponsor }: Register) => [key, sponsor], judge: register },
};

function register(state: State, { key, sponsor }: Register): Verdict {
  if (!state.members.has(sponsor)) return reject('member.unknown');
  if (state.accounts.has(key)) return ignore('register.already-known');
  if (!isAcceptableKey(key)) return reject('key.unacceptable');
  const counter = `registrations ${sponsor}`;
  if (count(state, counter) >= state.parameters.registrationsPerNodePerDay) {
    return reject('register.daily-cap');
  }
  state.counters.set(counter, count(state, counter) + 1n);
  state.accounts.set(key, { tokens: 0n, locked: 0n, uploaded: 0n, downloaded: 0n, pending: 0n });
  return ACCEPT;
}

/** Tokens go from one account to another. */
export function pay(state: State, from: string, to: string, amount: bigint): Verdict {
  if (amount === 0n) return reject('amount.wrong');
  if (from === to) return reject('transfer.to-self');
  const payer = state.accounts.get(from);
  const payee = state.accounts.get(to);
  if (payer === undefined || payee === undefined) return reject('reader.unknown');
  if (payer.tokens < amount) return reject('transfer.not-enough-tokens');
  if (!hasRoom(payee, amount)) return reject('amount.too-much');
  payer.tokens -= amount;
  payee.tokens += amount;
  return ACCEPT;
}

export function hasRoom({ tokens, locked }: Account, amount: bigint): boolean {
  return tokens + locked + amount <= TOKENS_MAX;
}
