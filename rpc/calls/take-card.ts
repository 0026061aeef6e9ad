/**
 * `take-card`: a key that is registered has a card lent to it, by an invitation of the librarian or as one who comes. Signed, for
 * the answer tells whether the key has one: that is nobody else's business, nor may others use up in its name what there is.
 */
import type { Fields } from '../../api/calls.ts';
import { takeCardText } from '../../api/card.ts';
import { account } from '../../chain/queries.ts';
import { toHex } from '../../core/bytes.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { cardOf, shownCard } from '../card-of-reader.ts';
import { admitOwn } from '../claim.ts';
import type { RpcContext } from '../context.ts';

export async function takeCard(
  context: RpcContext,
  { public_key: key, code, expires, signed_hash: signature }: Fields<'take-card'>,
): Promise<Verdict<AnswerTo<'take-card'>>> {
  const { ports } = context;
  const text = takeCardText(toHex(ports.ledger.chainId), toHex(key), expires);
  const signed = await admitOwn(context, { key, text, expires, signature });
  if (signed.kind !== 'accept') return signed;
  if (account(ports.ledger.view(), key) === undefined) return reject('reader.unknown');
  const lent =
    code === undefined ? await ports.cards.lendOpen(key, context.from) : await redeem(context, key, code);
  if (lent.kind !== 'accept') return lent;
  const card = cardOf(ports, key);
  return card === undefined
    ? reject('card.none')
    : accept({ kind: 'json', value: { card: shownCard(card) } });
}

async function redeem({ ports }: RpcContext, key: Uint8Array, code: string): Promise<Verdict> {
  const spent = await ports.cards.spend(code, key);
  if (spent === undefined) return reject('card.code-needed');
  const lent = await ports.cards.lend(key);
  await spent.settle(lent);
  return lent;
}
