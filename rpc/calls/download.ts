/**
 * `download`: buys a file, once, and hands out the torrent with this reader's pass: to the request that has caused the
 * purchase, and to none after it, for then its signature stands on the ledger. The reader's signature is looked
 * at before anything is looked up: a stranger who is told "not enough tokens" for one key and "wrong signature" for
 * another, or told so sooner, would know which of them has bought the file.
 */
import type { Fields } from '../../api/calls.ts';
import { enoughAt, missingFor } from '../../api/card.ts';
import { account, file, isTakenDown } from '../../chain/queries.ts';
import { markChecked } from '../../chain/transaction/signing.ts';
import { encodeTransaction, type Transaction } from '../../chain/transaction/transaction.ts';
import { type Reject, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { cardOf, timeOfCards } from '../card-of-reader.ts';
import { admitClaim, type Claim, claimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import { signFetch } from './fetch.ts';
import { answerTorrent } from './torrent.ts';

export async function download(
  context: RpcContext,
  fields: Fields<'download'>,
): Promise<Verdict<AnswerTo<'download'>>> {
  const claim = claimOf('download', fields);
  const admitted = await admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  if (isTakenDown(context.ports.ledger.view(), claim.hash)) return reject('file.taken-down');
  const transaction = transactionOf(claim);
  // Its text is the one that was verified just now.
  const paid = await context.ports.ledger.submit(markChecked(encodeTransaction(transaction), transaction));
  if (paid.kind === 'reject') return withWhenEnough(context, claim, paid);
  // Bought before, or uploaded and credited: the ledger says so, and asks for no payment. Or bought now, by another call.
  const isHis = paid.kind === 'accept' && paid.value.caused;
  return isHis ? answerTorrent(context, claim, fields.format) : signFetch(context, claim);
}

function transactionOf({ hash, key, signature, expires }: Claim): Transaction {
  return { kind: 'download', hash, key, expires, signature };
}

/** To the key itself, which has signed: how much it lacks, and when its card will have gathered that. */
function withWhenEnough({ ports }: RpcContext, { hash, key }: Claim, rejected: Reject): Reject {
  const view = ports.ledger.view();
  const [size, tokens] = [file(view, hash)?.size, account(view, key)?.tokens];
  if (rejected.code !== 'download.not-enough-tokens' || size === undefined || tokens === undefined) {
    return rejected;
  }
  const means = { tokens, card: cardOf(ports, key) };
  const at = enoughAt(size, means, timeOfCards(ports));
  const missing = Number(missingFor(size, means));
  return { ...rejected, facts: { missing, ...(at !== undefined && { enough_at: at }) } };
}
