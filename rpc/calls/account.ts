/**
 * `account`: whether a key is registered, for anybody; its totals for the key itself. They are not for others: the
 * steps in which they grow are the sizes of what was bought. What that was, no answer tells.
 */

import type { Fields } from '../../api/calls.ts';
import { jsonAmount } from '../../api/fields.ts';
import { historyText } from '../../chain/kind/texts.ts';
import { type AccountRecord, account as accountOf } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Signature64, UnixSeconds } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitSignature } from '../claim.ts';
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
  const value = { public_key: toHex(key), registered: found !== undefined, ...totals(found ?? NOTHING) };
  return accept({ kind: 'json', value, tells: found === undefined ? 'nothing' : 'figures' });
}

/** reject("request.missing-field" | "request.expired" | "request.expires-too-far"), and the rejects of `admitSignature`. */
async function admitHistory(
  context: RpcContext,
  key: Fields<'account'>['public_key'],
  expires: UnixSeconds | undefined,
  signature: Signature64 | undefined,
): Promise<Verdict> {
  if (expires === undefined) return reject('request.missing-field', 'expires is missing.');
  if (signature === undefined) return reject('request.missing-field', 'signed_hash is missing.');
  const { clock, ledger } = context.ports;
  const leftMs = expires * 1_000 - clock.now();
  if (leftMs < 0) return reject('request.expired');
  if (leftMs > limits.historyLifeMs) {
    return reject('request.expires-too-far', 'expires lies at most one hour ahead.');
  }
  return admitSignature(context, key, historyText(toHex(ledger.chainId), toHex(key), expires), signature);
}

type Totals = Pick<AccountRecord, 'tokens' | 'locked' | 'uploaded' | 'downloaded'>;

function totals({ tokens, locked, uploaded, downloaded }: Totals) {
  return {
    tokens: jsonAmount(tokens),
    locked: jsonAmount(locked),
    uploaded: jsonAmount(uploaded),
    downloaded: jsonAmount(downloaded),
    // A ratio has no value before the first download.
    ratio: downloaded === 0n ? null : Number(uploaded) / Number(downloaded),
  };
}

const NOTHING: Totals = { tokens: 0n, locked: 0n, uploaded: 0n, downloaded: 0n };
