/** `card-give`, `card-invite`, `card-list`, `card-withdraw`: what librarians do with cards. */
import type { Fields } from '../../api/calls.ts';
import { jsonAmount } from '../../api/fields.ts';
import { isMember } from '../../chain/queries.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { PUBLIC_KEY_BYTES } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { cardOf, endOf, shownCard } from '../card-of-reader.ts';
import type { RpcContext } from '../context.ts';
import type { LentCard } from '../ports.ts';

export async function cardGive(
  { ports }: RpcContext,
  { reader }: Fields<'card-give'>,
): Promise<Verdict<AnswerTo<'card-give'>>> {
  if (isOut(ports)) return OUT;
  const lent = await ports.cards.lend(reader);
  if (lent.kind !== 'accept') return lent;
  const found = cardOf(ports, reader);
  if (found === undefined) return reject('card.none');
  // What is left of it is the reader's affair.
  const { credit: _, ...card } = shownCard(found);
  return accept({ kind: 'json', value: { reader: toHex(reader), card } });
}

export async function cardInvite(
  { ports }: RpcContext,
  { count, days }: Fields<'card-invite'>,
): Promise<Verdict<AnswerTo<'card-invite'>>> {
  if (isOut(ports)) return OUT;
  const made = await ports.cards.invite(count, days);
  return made.kind === 'accept' ? accept({ kind: 'json', value: { codes: made.value } }) : made;
}

export async function cardList(
  { ports }: RpcContext,
  { limit, cursor }: Fields<'card-list'>,
): Promise<Verdict<AnswerTo<'card-list'>>> {
  if (isOut(ports)) return OUT;
  const after = cursor === undefined ? undefined : fromHex(cursor, PUBLIC_KEY_BYTES);
  if (cursor !== undefined && after === undefined) {
    return reject('request.wrong-value', {
      field: 'cursor',
      want: 'what the page before has given',
      detail: 'A cursor is what the page before has given.',
    });
  }
  const { cards, next } = await ports.cards.list(after, limit);
  const value = { cards: cards.map(shown), next: next === undefined ? null : toHex(next) };
  return accept({ kind: 'json', value });
}

export async function cardWithdraw(
  { ports }: RpcContext,
  { reader }: Fields<'card-withdraw'>,
): Promise<Verdict<AnswerTo<'card-withdraw'>>> {
  if (isOut(ports)) return OUT;
  const taken = await ports.cards.withdraw(reader);
  return taken.kind === 'accept' ? accept({ kind: 'json', value: { reader: toHex(reader) } }) : taken;
}

/** Who is no member lends nothing, and what it had lent is over. */
function isOut({ ledger, sponsor }: RpcContext['ports']): boolean {
  return !isMember(ledger.view(), sponsor.key);
}
const OUT = reject('member.unknown');

function shown({ key, open, period, ...terms }: LentCard) {
  const amounts = { allowance: jsonAmount(terms.allowance), ceiling: jsonAmount(terms.ceiling) };
  return { reader: toHex(key), open, ...amounts, until: endOf(period) };
}
