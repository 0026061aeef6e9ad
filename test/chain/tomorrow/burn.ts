/** A kind of transaction that rules of tomorrow have: a reader destroys tokens. */
import { account, putAccount } from '../../../chain/accounts/account.ts';
import { putSupply, supply } from '../../../chain/accounts/supply.ts';
import { once, reader, type Transacted, tokens } from '../../../chain/kind/field.ts';
import { declareKind } from '../../../chain/kind/kind.ts';
import type { Rule } from '../../../chain/kind/rule.ts';
import { accept, reject } from '../../../core/verdict.ts';

const fields = { amount: tokens, key: reader, ...once };
export type Burn = Transacted<'burn', typeof fields>;

const rule: Rule<Burn> = (view, { amount, key }) => {
  const owner = account(view, key);
  if (owner === undefined) return reject('reader.unknown');
  if (amount <= 0n) return reject('amount.wrong');
  if (owner.tokens < amount) return reject('transfer.not-enough-tokens');
  return accept((draft) => {
    const before = supply(draft);
    putAccount(draft, key, { ...owner, tokens: owner.tokens - amount });
    putSupply(draft, { ...before, burned: before.burned + amount });
    return [];
  });
};

export const burn = declareKind({ kind: 'burn', since: 2, fields, signer: 'key', events: [], rule });
