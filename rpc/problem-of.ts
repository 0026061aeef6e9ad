/**
 * What was thrown, as a code. A Fault is an error of the operation; what express or the URL decoder threw for a request
 * is the caller's; everything else is a mistake of ours, and the node hears of it.
 */
import { Fault } from '../core/fault.ts';
import type { RpcPorts } from './ports.ts';
import { isCode, type Problem } from './problem.ts';

/** @param request - its id, which stands in the log beside what has failed. */
export function problemOf(thrown: unknown, ports: Pick<RpcPorts, 'log' | 'fail'>, request: string): Problem {
  if (thrown instanceof Fault) {
    const code: string = thrown.code;
    if (isCode(code)) return { code };
    ports.log.error('a request failed', { request, error: thrown });
    return { code: 'node.fault' };
  }
  if (isCallers(thrown)) return { code: 'request.malformed' };
  const error = thrown instanceof Error ? thrown : new Error('something was thrown that is no error');
  ports.log.error('a request failed', { request, error });
  ports.fail(error);
  return { code: 'node.fault' };
}

/** Errors of the router for a path that cannot be decoded carry the status that they ask for. */
function isCallers(thrown: unknown): boolean {
  return thrown instanceof URIError && 'status' in thrown && thrown.status === 400;
}
