/**
 * `upload-begin`: the claim of an upload that may be broken off and gone on with, before its first byte; or how far it has
 * come. The bytes come by rpc/tus.ts. What can be known before they do is asked here, as of a form.
 */
import type { Fields } from '../../api/calls.ts';
import { checkFileName } from '../../chain/files/file-name.ts';
import { checkFileSize } from '../../chain/files/file-size.ts';
import { parameters } from '../../chain/queries.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitClaim, uploadClaimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import { FILE_COST } from '../costs.ts';
import { mayBeForeign } from '../page.ts';
import { mayBring } from './upload.ts';

export async function uploadBegin(
  context: RpcContext,
  fields: Fields<'upload-begin'>,
): Promise<Verdict<AnswerTo<'upload-begin'>>> {
  const { ports, from, caller } = context;
  // What is signed can no longer be made right.
  if (fields.name.isWellFormed() && fields.name !== fields.name.normalize('NFC')) {
    return reject('file.wrong-name', 'not normalised: a name is signed in its composed form (NFC)');
  }
  const named = checkFileName(fields.name);
  if (named.kind !== 'accept') return named;
  const claim = uploadClaimOf(fields);
  if (claim.kind !== 'accept') return claim;
  const admitted = await admitClaim(context, claim.value);
  if (admitted.kind !== 'accept') return admitted;
  const sized = checkFileSize(fields.size, BigInt(parameters(ports.ledger.view()).fileBytesMax));
  if (sized.kind !== 'accept') return sized;
  const open = mayBring(context, claim.value, true);
  if (open.kind !== 'accept') return open;
  const announced = { claim: claim.value, name: fields.name, from, byPage: mayBeForeign(caller) };
  const begun = await ports.resumables.begin(announced, () => context.pay(FILE_COST));
  if (begun.kind !== 'accept') return begun;
  const { id, offset, until } = begun.value;
  const value = { url: `/api/uploads/${id}`, offset, until: Math.floor(until / 1_000) };
  return accept({ kind: 'json', value });
}
