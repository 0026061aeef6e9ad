/** `account`: the totals of a key. Never what it bought. */
import { account as accountOf } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import { type Answer, jsonAmount } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import type { Fields } from '../schemas.ts';

export function account({ ports }: RpcContext, fields: Fields<'account'>): Verdict<Answer> {
  const found = accountOf(ports.ledger.view(), fields.public_key);
  const { tokens, locked, uploaded, downloaded } = found ?? NOTHING;
  return accept({
    kind: 'json',
    value: {
      public_key: toHex(fields.public_key),
      registered: found !== undefined,
      tokens: jsonAmount(tokens),
      locked: jsonAmount(locked),
      uploaded: jsonAmount(uploaded),
      downloaded: jsonAmount(downloaded),
      // A ratio has no value before the first download.
      ratio: downloaded === 0n ? null : Number(uploaded) / Number(downloaded),
    },
  });
}

const NOTHING = { tokens: 0n, locked: 0n, uploaded: 0n, downloaded: 0n };
