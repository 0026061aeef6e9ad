/**
 * What a library that is not ready does not know may stand in the blocks that it has not seen: a firm "no" would be a
 * guess, and figures would be of yesterday. Asked of each answer of each call. Source: docs/operations.md.
 */
import type { Code } from '../core/codes.ts';
import { reject, type Verdict } from '../core/verdict.ts';
import type { Answer } from './answer.ts';
import type { RpcContext } from './context.ts';

/** @returns the verdict, or reject("node.not-ready"). */
export function unlessBehind({ ports }: RpcContext, verdict: Verdict<Answer>): Verdict<Answer> {
  const { node } = ports;
  const isGuess = isUnknown(verdict) && !node.ready();
  const isOld = verdict.kind === 'accept' && verdict.value.tells === 'figures' && node.lacksBlocks();
  return isGuess || isOld ? reject('node.not-ready') : verdict;
}

function isUnknown(verdict: Verdict<Answer>): boolean {
  if (verdict.kind === 'accept') return verdict.value.tells === 'nothing';
  return verdict.kind === 'reject' && UNKNOWN.includes(verdict.code);
}

const UNKNOWN: readonly Code[] = [
  'block.unknown',
  'transaction.unknown',
  'member.unknown',
  'reader.unknown',
  'file.unknown',
  'file.not-available',
  'torrent.unknown',
  'upload.unknown',
  'right.missing',
  'proof.unavailable',
  'download.not-enough-tokens',
];
