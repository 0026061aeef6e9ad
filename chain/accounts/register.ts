/**
 * register: a member stores the key of a reader, with 0 tokens. Idempotent. Keys cost nothing and accounts are kept for
 * ever, so a member registers so many in a day and no more.
 */
import { isAcceptableKey } from '../../core/sign.ts';
import { accept, ignore, reject } from '../../core/verdict.ts';
import { isMember, parameters } from '../federation/federation.ts';
import { member, reader, signature, type Transacted } from '../kind/field.ts';
import { declareKind } from '../kind/kind.ts';
import type { Rule } from '../kind/rule.ts';
import { addToDay, countOfDay } from '../state/day.ts';
import { registrationsOfDayKey } from '../state/keys.ts';
import { secretSalt } from '../state/salt.ts';
import { account, openAccount } from './account.ts';

const fields = { key: reader, sponsor: member, signature };
export type Register = Transacted<'register', typeof fields>;

/** @returns reject("member.unknown" | "key.unacceptable" | "register.daily-cap"), ignore("register.already-known"). */
const rule: Rule<Register> = (view, { key, sponsor, signature }, { time }) => {
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

export const register = declareKind({
  kind: 'register',
  since: 1,
  fields,
  signer: 'sponsor',
  events: ['registered'],
  rule,
});
