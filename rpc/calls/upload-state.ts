/** `upload-state`: how an upload stands, for the key that brings or has brought it to this library. */
import type { Fields, Sent } from '../../api/calls.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitClaim, claimOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import type { UploadStanding } from '../upload-ports.ts';

export async function uploadState(
  context: RpcContext,
  fields: Fields<'upload-state'>,
): Promise<Verdict<AnswerTo<'upload-state'>>> {
  const claim = claimOf('fetch', fields);
  const admitted = await admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  const standing = context.ports.archive.standing(claim.hash, claim.key);
  if (standing === undefined) return reject('upload.unknown');
  return accept({ kind: 'json', value: standingOf(standing) });
}

/** `until`: Unix time in seconds. */
export function standingOf({ state, until, code, reason }: UploadStanding): Sent<'upload-state'> {
  const told = { state, until: Math.floor(until / 1_000) };
  return { ...told, ...(code !== undefined && { code }), ...(reason !== undefined && { reason }) };
}
