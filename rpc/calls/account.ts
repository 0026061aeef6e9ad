/**
 * `account`: whether a key is registered, for anybody; its totals for the key itself. They are not for others: the
 * steps in which they grow are the sizes of what was bought. What that was, no answer tells.
 */

import type { Fields } from '../../api/calls.ts';
import { jsonAmount } from '../../api/fields.ts';
import { type AccountRecord, account as accountOf } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { cardOf, shownCard } from '../card-of-reader.ts';
import { admitHistory } from '../claim.ts';
import type { RpcContext } from '../context.ts';

export async function account(
  context: RpcContext,
  fields: Fields<'account'>,
): Promise<Verdict<AnswerTo<'account'>>> {
  const { public_key: key, expires, signed_hash: signature } = fields;
  const { ledger } = context.ports;
  if (expires === undefined && signature === undefined) {
    const registered = accountOf(ledger.view(), key) !== undefined;
    const value = { public_key: toHex(key), registered };
    return accept({ kind: 'json', value, ...(!registered && { tells: 'nothing' }) });
  }
  const signed = await admitHistory(context, key, expires, signature);
  if (signed.kind !== 'accept') return signed;
  const found = accountOf(ledger.view(), key);
  const card = cardOf(context.ports, key);
  const figures = { ...totals(found ?? NOTHING), card: card === undefined ? null : shownCard(card) };
  const value = { public_key: toHex(key), registered: found !== undefined, ...figures };
  return accept({ kind: 'json', value, tells: found === undefined ? 'nothing' : 'figures' });
}

type Totals = Omit<AccountRecord, 'key'>;

function totals({ tokens, locked, pending, uploaded, downloaded }: Totals) {
  return {
    tokens: jsonAmount(tokens),
    locked: jsonAmount(locked),
    pending: jsonAmount(pending),
    uploaded: jsonAmount(uploaded),
    downloaded: jsonAmount(downloaded),
    // A ratio has no value before the first download.
    ratio: downloaded === 0n ? null : Number(uploaded) / Number(downloaded),
  };
}

const NOTHING: Totals = { tokens: 0n, locked: 0n, pending: 0n, uploaded: 0n, downloaded: 0n };
