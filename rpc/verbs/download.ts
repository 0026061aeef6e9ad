/**
 * `download`: buys a file, once, and hands out the torrent with this reader's pass. The torrent leaves only after
 * a signature of the reader was verified: by `submit` for a new purchase, here for one that the ledger has already.
 */
import { file, purchase, right } from '../../chain/queries.ts';
import type { StateView } from '../../chain/state.ts';
import type { Transaction } from '../../chain/transaction.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Answer } from '../answer.ts';
import { admitClaim, type Claim, claimOf, verifyClaim } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import type { Fields } from '../schemas.ts';
import { answerTorrent } from './torrent.ts';

export async function download(context: RpcContext, fields: Fields<'download'>): Promise<Verdict<Answer>> {
  const claim = claimOf('download', fields);
  const admitted = admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  const { ledger } = context.ports;
  if (file(ledger.view(), claim.hash)?.takenDown === true) return reject('file.taken-down');
  const paid = await buy(context, claim);
  return paid.kind === 'accept' ? answerTorrent(context, claim, fields.format) : paid;
}

async function buy(context: RpcContext, claim: Claim): Promise<Verdict> {
  const { ledger } = context.ports;
  if (owns(ledger.view(), claim)) return verifyClaim(context, claim);
  const verdict = await ledger.submit(transactionOf(claim));
  if (verdict.kind === 'accept') return accept();
  // Nobody may have looked at this signature yet. A stranger who is told "not enough tokens" for one key and
  // "wrong signature" for another would know which of them has bought the file.
  const verified = await verifyClaim(context, claim);
  if (verified.kind !== 'accept') return verified;
  return verdict.kind === 'ignore' && owns(ledger.view(), claim) ? accept() : verdict;
}

/** Bought, or uploaded and credited: asks for no payment. */
function owns(view: StateView, { hash, key }: Claim): boolean {
  return purchase(view, hash, key) || right(view, key, hash) === 'reader';
}

function transactionOf({ hash, key, signature, expires }: Claim): Transaction {
  return { kind: 'download', hash, key, expires, signature };
}
