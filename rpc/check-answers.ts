/** Holds the handlers to the contract; on in tests. A wrong answer is a mistake of ours, and stops what made it. */
import type * as z from 'zod/mini';
import type { Shape } from '../api/call.ts';
import { type CallName, contractOf, mayRefuseWith } from '../api/calls.ts';
import type { LiveCallName } from '../api/subscriptions.ts';
import { assert } from '../core/assert.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Answer } from './answer.ts';

/** @throws AssertionFailed when the contract of the call says otherwise. */
export function assertAnswer(name: CallName | LiveCallName, verdict: Verdict<Answer>): void {
  if (verdict.kind !== 'accept') {
    assert(mayRefuseWith(name, verdict.code), `api/: ${name} may not be refused with ${verdict.code}`);
    return;
  }
  const shape: Shape = contractOf(name).answer;
  const answer = verdict.value;
  const isAsked = shape.kind === answer.kind || (shape.kind === 'torrent' && answer.kind === 'under-way');
  assert(isAsked, `api/: ${name} answers with a ${shape.kind}, not with a ${answer.kind}`);
  if (answer.kind === 'json' && shape.kind === 'json') assertReads(name, shape.schema, answer.value);
  if (answer.kind === 'under-way' && shape.kind === 'torrent') {
    assertReads(name, shape.underWay, answer.value);
  }
  if (answer.kind === 'page' && shape.kind === 'page') {
    for (const item of answer.items) assertReads(name, shape.item, item);
  }
}

function assertReads(name: string, schema: z.ZodMiniType | undefined, value: unknown): void {
  assert(schema !== undefined, `api/: ${name} is never under way`);
  const read = schema.safeParse(value);
  const path = read.success ? '' : read.error.issues[0]?.path.join('.');
  assert(read.success, `api/: the answer of ${name} has a wrong value for ${path || 'itself'}`);
}
