/**
 * `upload` without bytes, for the key that brings them here: the torrent to seed with, until the upload is on the
 * ledger, or how it stands. A newer signature takes the place of the one that is kept. (Bytes or a torrent come in by
 * rpc/calls/upload-form.ts.)
 */
import type { Fields } from '../../api/calls.ts';
import { file, isTakenDown, pendingUpload, right } from '../../chain/queries.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitClaim, type UploadClaim, uploadClaimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import type { UploadStanding } from '../upload-ports.ts';
import { signFetch } from './fetch.ts';
import { answerTorrent } from './torrent.ts';
import { standingOf } from './upload-state.ts';

export async function upload(
  context: RpcContext,
  fields: Fields<'upload'>,
): Promise<Verdict<AnswerTo<'upload'>>> {
  const claim = uploadClaimOf(fields);
  if (claim.kind !== 'accept') return claim;
  // Before anything is looked up: the answer to a stranger must not depend on who is uploading what.
  const admitted = await admitClaim(context, claim.value);
  if (admitted.kind !== 'accept') return admitted;
  const open = mayBring(context, claim.value, false);
  if (open.kind !== 'accept') return open;
  const standing = await context.ports.archive.signAgain(claim.value);
  if (standing === undefined) return reject('torrent.unknown', BRING_IT);
  if (standing.state === 'fetching') return answerTorrent(context, claim.value, fields.format, standing.name);
  return accept({ kind: 'under-way', value: standingOf(standing) });
}

/** Without bytes there is nothing that could be signed once more. */
const BRING_IT =
  'Send the file, or a torrent of it, in a form: multipart/form-data by POST to /api/upload, the fields before it.';

/**
 * Is there anything left to bring? The signature has been verified.
 * @param bytes - they come with this request: to a second library they may, and it attests them.
 * @returns reject("file.taken-down" | "request.sign-fetch" | "upload.already-available").
 */
export function mayBring(context: RpcContext, claim: UploadClaim, bytes: boolean): Verdict {
  const { ledger, archive } = context.ports;
  const { hash, key } = claim;
  const view = ledger.view();
  if (isTakenDown(view, hash)) return reject('file.taken-down');
  // What is on the ledger opens nothing: anybody may have this signature from there.
  const isPending = pendingUpload(view, hash, key, ledger.head().time) !== undefined;
  if (isPending && (!bytes || isHere(archive.standing(hash, key)))) return signFetch(context, claim);
  if (right(view, key, hash) === 'reader') return signFetch(context, claim);
  return file(view, hash) === undefined ? accept() : reject('upload.already-available');
}

/** What came to nothing here may come to something yet. */
function isHere(standing: UploadStanding | undefined): boolean {
  return standing !== undefined && standing.state !== 'refused';
}
