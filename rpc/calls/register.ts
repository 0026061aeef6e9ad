/**
 * `register`: this library sponsors a key onto the ledger, if its policy lets it (registration.ts), and lends it a card, where
 * it lends them to whoever comes, or for an invitation. Idempotent, answered once final.
 */
import type { Fields } from '../../api/calls.ts';
import { account } from '../../chain/queries.ts';
import { encodeChecked } from '../../chain/transaction/signing.ts';
import type { Code } from '../../core/codes.ts';
import type { UnixMs } from '../../core/scalars.ts';
import { isAcceptableKey } from '../../core/sign.ts';
import { accept, ignore, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { cardOf, shownCard } from '../card-of-reader.ts';
import type { RpcContext } from '../context.ts';
import { type Admitted, admitRegistration } from '../registration.ts';

export async function register(
  context: RpcContext,
  fields: Fields<'register'>,
): Promise<Verdict<AnswerTo<'register'>>> {
  const { ledger, sponsor } = context.ports;
  const key = fields.public_key;
  const isThere = (): boolean => account(ledger.view(), key) !== undefined;
  if (isThere()) return REGISTERED;
  const admitted = await admitRegistration(context, fields);
  if (admitted.kind !== 'accept') return admitted;
  // The dearest question of all comes last: whoever floods is refused before it.
  const { code, isInvited } = admitted.value;
  if (!isAcceptableKey(key)) {
    const refused = reject('key.unacceptable');
    await code?.settle(refused);
    return refused;
  }
  const submit = () => ledger.submit(encodeChecked(sponsor.register(key)));
  const verdict = await context.registering.run(context.from, submit);
  if (verdict.kind === 'reject') {
    await code?.settle(verdict);
    return verdict;
  }
  // Another call has registered it: this one spent what it brought for nothing. And nobody is told here whether a key that was
  // there has a card, by getting one for it or none: whoever has the key asks with its signature (take-card.ts).
  if (verdict.kind === 'ignore' || !verdict.value.caused) {
    await code?.settle(ignore('register.already-known'));
    return verdict.kind === 'ignore' && !isThere() ? verdict : REGISTERED;
  }
  if (!isInvited) await code?.settle(verdict);
  return lendToNew(context, fields, admitted.value);
}

const REGISTERED = accept({ kind: 'json' as const, value: { registered: true } });

/** It is registered, whatever becomes of the card. */
async function lendToNew(
  { ports, from, policy }: RpcContext,
  { public_key: key, code }: Fields<'register'>,
  { isInvited, code: spent }: Admitted,
): Promise<Verdict<AnswerTo<'register'>>> {
  const { cards } = ports;
  if (!isInvited && cards.openTerms() === undefined) {
    // Where nobody needs a code to be registered, this one was to lend a card.
    if (code !== undefined && policy.registration === 'open') return withoutCard('card.code-needed');
    return cards.isOpen ? withoutCard('card.closed') : REGISTERED;
  }
  const lent = isInvited ? await cards.lend(key) : await cards.lendOpen(key, from);
  if (isInvited) await spent?.settle(lent);
  const card = cardOf(ports, key);
  if (card !== undefined) return accept({ kind: 'json', value: { registered: true, card: shownCard(card) } });
  return lent.kind === 'reject' ? withoutCard(lent.code, lent.facts?.room_at) : withoutCard('card.none');
}

function withoutCard(no_card: Code, room_at?: UnixMs): Verdict<AnswerTo<'register'>> {
  const value = { registered: true, no_card, ...(room_at !== undefined && { room_at }) };
  return accept({ kind: 'json', value });
}
