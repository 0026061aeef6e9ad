/**
 * What every request to a server for readers passes before anything is done for it, whichever pages stand behind: the
 * headers of every answer, the names that the library goes by, and behind proxies the share of each client.
 */
import type { IncomingMessage } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type RequestHandler } from 'express';
import type { Verdict } from '../core/verdict.ts';
import { networkName } from './client-name.ts';
import type { RpcPolicy, RpcServices } from './context.ts';
import { admitHead, anyOrigin, securityHeaders } from './headers.ts';
import { payForLook } from './look.ts';
import type { RpcPorts } from './ports.ts';
import { problemOf } from './problem-of.ts';
import { REQUEST_ID_HEADER, requestIdOf } from './request-id.ts';
import { sendProblem } from './respond.ts';
import { clientOf } from './upload-slots.ts';

export type Entrance = Pick<RpcServices, 'connections' | 'untaken'> & {
  /** What every request costs, whatever becomes of it. */
  look(request: IncomingMessage): Verdict;
  readonly ports: Pick<RpcPorts, 'names' | 'clock' | 'log' | 'fail'>;
  readonly policy: Pick<RpcPolicy, 'trustedProxies'>;
};

/** @returns an app without pages. */
export function createEntrance(entrance: Entrance): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.set('query parser', false);
  app.enable('case sensitive routing');
  app.enable('strict routing');

  const { ports, policy, untaken } = entrance;
  app.use((request, response, next) => {
    untaken.watch(response, networkName(clientOf(request, policy.trustedProxies), false));
    next();
  });
  app.use(nameRequest(ports));
  app.use(securityHeaders);
  for (const path of ['/api', '/rpc']) app.use(path, anyOrigin);
  app.use(payForLook({ clock: ports.clock, trustedProxies: policy.trustedProxies, pay: entrance.look }));
  app.use(admitHead(ports));
  if (policy.trustedProxies > 0) app.use(shareRequests(entrance));
  return app;
}

/** Every answer has the id of its request; of a refusal so has the log, for an operator who asks it for such lines. */
function nameRequest({ log }: Pick<RpcPorts, 'log'>): RequestHandler {
  return (request, response, next) => {
    const id = requestIdOf(request);
    response.setHeader(REQUEST_ID_HEADER, id);
    response.once('prefinish', () => {
      const code: unknown = response.locals.refused;
      if (typeof code === 'string') log.debug('a request was refused', { request: id, code });
    });
    next();
  };
}

/** Behind proxies, where a connection is not a client's. */
function shareRequests({ connections, policy }: Entrance): RequestHandler {
  return (request, response, next) => {
    if (connections.forwarded(request, response, clientOf(request, policy.trustedProxies))) return next();
    return sendProblem(response, { code: 'request.too-many' });
  };
}

/** The one handler for what was thrown: behind all pages. */
export function sendsProblems({ ports }: Pick<Entrance, 'ports'>): ErrorRequestHandler {
  return (thrown, request, response, _next) =>
    sendProblem(response, problemOf(thrown, ports, requestIdOf(request)));
}
