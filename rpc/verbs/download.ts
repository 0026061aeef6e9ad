/**
 * `download`: buys a file, once, and hands out the torrent with this reader's pass. The reader's signature is looked
 * at before anything is looked up: a stranger who is told "not enough tokens" for one key and "wrong signature" for
 * another, or told so sooner, would know which of them has bought the file.
 */
import { file } from '../../chain/queries.ts';
import { markChecked } from '../../chain/signing.ts';
import { encodeTransaction, type Transaction } from '../../chain/transaction.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Answer } from '../answer.ts';
import { admitClaim, type Claim, claimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import type { Fields } from '../schemas.ts';
import { answerTorrent } from './torrent.ts';

export async function download(context: RpcContext, fields: Fields<'download'>): Promise<Verdict<Answer>> {
  const claim = claimOf('download', fields);
  const admitted = await admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  if (file(context.ports.ledger.view(), claim.hash)?.takenDown === true) return reject('file.taken-down');
  const paid = await buy(context, claim);
  return paid.kind === 'accept' ? answerTorrent(context, claim, fields.format) : paid;
}

/** Bought before, or uploaded and credited: the ledger says so, and asks for no payment. */
async function buy({ ports }: RpcContext, claim: Claim): Promise<Verdict> {
  const transaction = transactionOf(claim);
  // Its text is the one that was verified just now.
  const verdict = await ports.ledger.submit(markChecked(encodeTransaction(transaction), transaction));
  return verdict.kind === 'reject' ? verdict : accept();
}

function transactionOf({ hash, key, signature, expires }: Claim): Transaction {
  return { kind: 'download', hash, key, expires, signature };
}
