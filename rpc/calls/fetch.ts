/**
 * `fetch`: the torrent of what the key owns, or brings to this library. Its text is used by no kind of the ledger, so
 * that nothing which stands there opens anything; and it is good for a day.
 */
import type { Fields } from '../../api/calls.ts';
import { file, isTakenDown, right } from '../../chain/queries.ts';
import { limits } from '../../core/limits.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import { admitClaim, type Claim, claimOf, fetchTextOf } from '../claim.ts';
import type { RpcContext } from '../context.ts';
import { answerTorrent } from './torrent.ts';
import { standingOf } from './upload-state.ts';

export async function fetchTorrent(
  context: RpcContext,
  fields: Fields<'fetch'>,
): Promise<Verdict<AnswerTo<'fetch'>>> {
  const claim = claimOf('fetch', fields);
  const admitted = await admitClaim(context, claim);
  if (admitted.kind !== 'accept') return admitted;
  const { hash, key } = claim;
  const view = context.ports.ledger.view();
  if (isTakenDown(view, hash)) return reject('file.taken-down');
  if (file(view, hash) !== undefined && right(view, key, hash) === 'reader') {
    return answerTorrent(context, claim, fields.format);
  }
  const standing = context.ports.archive.standing(hash, key);
  if (standing === undefined || standing.state === 'refused') return reject('right.missing');
  if (standing.state === 'fetching') return answerTorrent(context, claim, fields.format, standing.name);
  return accept({ kind: 'under-way', value: standingOf(standing) });
}

/** Refuses a request whose signature has done what it could, and says what to sign. */
export function signFetch(context: RpcContext, claim: Claim): Verdict<never> {
  const expires = Math.floor((context.ports.clock.now() + limits.fetchShownMs) / 1_000);
  const text = fetchTextOf(context, claim, expires);
  return reject('request.sign-fetch', {
    text,
    detail: `Ask for /api/fetch with expires=${expires}, signed over ${text}`,
  });
}
