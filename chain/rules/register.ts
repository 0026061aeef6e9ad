/**
 * register: a member stores the key of a reader, with 0 tokens. Idempotent. Keys cost nothing and accounts are kept for
 * ever, so a member registers so many in a day and no more.
 */
import { isAcceptableKey } from '../../core/sign.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { addToDay, countOfDay } from '../day.ts';
import { isMember, parameters } from '../federation.ts';
import { registrationsOfDayKey } from '../keys.ts';
import { account, openAccount } from '../records.ts';
import type { Rule } from '../rule.ts';
import { secretSalt } from '../salt.ts';
import type { Register } from '../transaction.ts';

/** @returns reject("member.unknown" | "key.unacceptable" | "register.daily-cap"), ignore("register.already-known"). */
export const register: Rule<Register> = (view, { key, sponsor, signature }, { time }) => {
  if (!isMember(view, sponsor)) return reject('member.unknown');
  if (account(view, key) !== undefined) return ignore('register.already-known');
  if (!isAcceptableKey(key)) return reject('key.unacceptable');
  const counter = registrationsOfDayKey(sponsor);
  if (countOfDay(view, counter, time) >= parameters(view).registrationsPerNodePerDay) {
    return reject('register.daily-cap');
  }
  return accept((draft) => {
    addToDay(draft, counter, time, 1n);
    openAccount(draft, key, secretSalt(signature));
    return [{ kind: 'registered', key }];
  });
};
