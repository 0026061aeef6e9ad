/** `review-list`, `review-show`, `review-accept`, `review-decline`: what waits for a person. Who asks has been looked at. */
import { CALLS, type Fields, type Sent } from '../../api/calls.ts';
import { jsonAmount } from '../../api/fields.ts';
import { toHex } from '../../core/bytes.ts';
import { isCleanText } from '../../core/clean-text.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { AnswerTo } from '../answer.ts';
import type { RpcContext } from '../context.ts';
import type { LikeFile, WaitingFile } from '../ports.ts';

type Which = Pick<Fields<'review-show'>, 'hash' | 'by'>;
type Shown = Pick<Fields<'review-accept'>, 'hash' | 'by' | 'mark'>;

export async function reviewList(
  { ports, queue, charge }: RpcContext,
  { limit, cursor }: Pick<Fields<'review-list'>, 'limit' | 'cursor'>,
): Promise<Verdict<AnswerTo<'review-list'>>> {
  const spent = beyond(CALLS['review-list'].cost, charge);
  const page = await ports.review.list({ limit, cursor, queue, spent });
  if (page.kind !== 'accept') return page;
  const { waiting, total, next } = page.value;
  return accept({ kind: 'json', value: { waiting: waiting.map(shown), total, next: next ?? null } });
}

export async function reviewShow(
  { ports, queue, charge, byOperator }: RpcContext,
  { hash, by }: Which,
): Promise<Verdict<AnswerTo<'review-show'>>> {
  const spent = beyond(CALLS['review-show'].cost, charge);
  const found = await ports.review.show(hash, by, { queue, spent });
  if (found.kind !== 'accept') return found;
  const { path, declined, reason, ...waiting } = found.value;
  const value = {
    ...{ ...shown(waiting), declined },
    ...(reason !== undefined && { reason }),
    // Where something lies on the machine is the affair of those who sit at it.
    ...(byOperator && path !== undefined && { path }),
  };
  return accept({ kind: 'json', value });
}

export async function reviewAccept(
  { ports }: RpcContext,
  { hash, by, mark }: Shown,
): Promise<Verdict<AnswerTo<'review-accept'>>> {
  const done = await ports.review.accept({ hash, by, mark });
  if (done.kind !== 'accept') return done;
  return accept({ kind: 'json', value: { hash: toHex(hash), by: toHex(done.value) } });
}

export async function reviewDecline(
  { ports }: RpcContext,
  { hash, by, mark, reason }: Shown & Pick<Fields<'review-decline'>, 'reason'>,
): Promise<Verdict<AnswerTo<'review-decline'>>> {
  if (reason !== undefined && !isCleanText(reason)) {
    return reject('request.wrong-value', {
      field: 'reason',
      want: 'one line of text that shows what it is',
      detail: 'reason must be one line of text that shows what it is.',
    });
  }
  const done = await ports.review.decline({ hash, by, mark }, reason);
  if (done.kind !== 'accept') return done;
  return accept({ kind: 'json', value: { hash: toHex(hash), by: done.value.map(toHex) } });
}

function shown({ hash, name, size, brought, by, since, until, ...marks }: WaitingFile) {
  const value: Sent<'review-list'>['waiting'][number] = {
    ...{ hash: toHex(hash), filename: name, size: jsonAmount(size), brought, by: toHex(by) },
    ...{ since: Math.floor(since / 1_000), until: Math.floor(until / 1_000) },
    same_size: marks.sameSize.map(likeShown),
    near_title: marks.nearTitle.map(likeShown),
    ...{ declined_before: marks.declinedBefore, mark: toHex(marks.mark) },
  };
  return value;
}

function likeShown({ hash, name, available }: LikeFile) {
  return { hash: toHex(hash), filename: name, available };
}

/** What searches in the catalogue have cost more than the price of the call. */
function beyond(paid: number, charge: RpcContext['charge']): (costMs: number) => void {
  let left = paid;
  return (costMs) => {
    if (costMs > left) charge(costMs - left);
    left = Math.max(0, left - costMs);
  };
}
