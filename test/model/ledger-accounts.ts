/** register, as docs/ledger.md has it: what it holds, what is signed of it, and its rule. */
import { isAcceptableKey } from './ledger-keys.ts';
import { count, type State } from './ledger-state.ts';
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
  state.accounts.set(key, { tokens: 0n, locked: 0n, uploaded: 0n, downloaded: 0n });
  return ACCEPT;
}
