/**
 * Before a request is looked at it is paid for, whatever it asks: a page that there is not costs as much as any other. Who has
 * nothing left for that is told so once: then his connection ends, so that a refusal costs him one. Behind proxies of the
 * operator the connection is theirs, and stays.
 */
import type { IncomingMessage } from 'node:http';
import type { RequestHandler, Response } from 'express';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import type { Verdict } from '../core/verdict.ts';
import { drain, hasBody } from '../http/drain.ts';
import { sendProblem } from './respond.ts';

type Payment = {
  readonly clock: Clock;
  readonly trustedProxies: number;
  pay(request: IncomingMessage): Verdict;
};

export function payForLook({ clock, trustedProxies, pay }: Payment): RequestHandler {
  const ends = trustedProxies === 0;
  const endWith = (response: Response): void => {
    if (ends) response.setHeader('Connection', 'close');
  };
  return (request, response, next) => {
    const paid = pay(request);
    if (paid.kind === 'accept') return next();
    if (request.method === 'OPTIONS') {
      endWith(response); // a browser that hears no, instead of how it may ask, shows its page nothing
      return next();
    }
    const refuse = (): void => {
      endWith(response);
      sendProblem(response, paid);
    };
    if (!hasBody(request)) return refuse();
    // In the middle of a body the end would come before the answer.
    const length = request.headers['content-length'];
    if (Number(length ?? Number.POSITIVE_INFINITY) <= limits.bodyBytesMax) {
      request.once('end', refuse);
      return drain(request, clock);
    }
    // He does not pay for what is thrown away: of chunks, which cost most, it is little.
    if (length === undefined) drain(request, clock, { bytesMax: limits.bodyBytesMax });
    sendProblem(response, paid);
    if (ends) request.once('end', () => request.socket.end());
  };
}
