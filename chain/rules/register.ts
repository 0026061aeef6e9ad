/** register: a member stores the key of a reader, with 0 tokens. Idempotent. */
import { isAcceptableKey } from '../../core/sign.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { isMember } from '../federation.ts';
import { account, putAccount } from '../records.ts';
import type { Rule } from '../rule.ts';
import type { Register } from '../transaction.ts';

/** @returns reject("member.unknown" | "key.unacceptable"), ignore("register.already-known"). */
export const register: Rule<Register> = (view, { key, sponsor }) => {
  if (!isMember(view, sponsor)) return reject('member.unknown');
  if (account(view, key) !== undefined) return ignore('register.already-known');
  if (!isAcceptableKey(key)) return reject('key.unacceptable');
  return accept((draft) => {
    putAccount(draft, key, { tokens: 0n, locked: 0n, uploaded: 0n, downloaded: 0n });
    return [{ kind: 'registered', key }];
  });
};
