/** All pages of a node in one place, behind the entrance. */
import type { Express, RequestHandler } from 'express';
import { statusOf } from '../api/problem.ts';
import { readJson } from './body.ts';
import { RPC_BODY } from './content-type.ts';
import type { RpcServices } from './context.ts';
import { LOOK_COST, readingCost } from './costs.ts';
import { createEntrance, sendsProblems } from './entrance.ts';
import { answerPreflight } from './headers.ts';
import { createJsonRpc, unreadable } from './json-rpc.ts';
import { problemDocument } from './problem.ts';
import { requestIdOf } from './request-id.ts';
import { sendJson, sendProblem } from './respond.ts';
import { apiRoutes, callOf } from './routes.ts';

export function createApp(context: RpcServices): Express {
  const app = createEntrance({ ...context, look: (request) => callOf(context, request).pay(LOOK_COST) });
  app.use('/api', apiRoutes(context));
  app.use('/rpc', answerPreflight);
  app.all('/rpc', serveRpc(context));
  app.all(
    '/health',
    reading((_request, response) => sendJson(response, 200, { status: 'ok' })),
  );
  app.all('/ready', reading(ready(context)));
  app.use((_request, response) => sendProblem(response, { code: 'request.not-found' }));
  app.use(sendsProblems(context));
  return app;
}

function serveRpc(context: RpcServices): RequestHandler {
  const answer = createJsonRpc(context.ports);
  return async (request, response) => {
    if (request.method !== 'POST') {
      response.setHeader('Allow', 'POST');
      return sendProblem(response, { code: 'request.method-not-allowed' });
    }
    const call = callOf(context, request);
    const paid = call.pay(readingCost(request));
    if (paid.kind !== 'accept') return sendProblem(response, paid);
    const body = await readJson(request, context.ports.clock, RPC_BODY);
    if (body.kind !== 'accept') {
      return sendJson(response, statusOf(body.code), unreadable(body, call.request));
    }
    const answered = await answer(body.value, call);
    if (answered !== undefined) return sendJson(response, 200, answered);
    response.statusCode = 204; // notifications have no answer
    response.end();
  };
}

function ready({ ports }: RpcServices): RequestHandler {
  return (request, response) => {
    const [reasons, waits] = [ports.node.unready(), ports.node.waits()];
    const waiting = waits.length > 0 ? { waits } : {};
    if (reasons.length === 0) return sendJson(response, 200, { ready: true, ...waiting });
    const document = problemDocument({ code: 'node.not-ready' }, requestIdOf(request));
    const body = { ...document, reasons, ...waiting };
    return sendJson(response, document.status, body, 'application/problem+json');
  };
}

/** For machines that look: GET and HEAD. */
function reading(handler: RequestHandler): RequestHandler {
  return (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return handler(request, response, next);
    response.setHeader('Allow', 'GET, HEAD');
    return sendProblem(response, { code: 'request.method-not-allowed' });
  };
}
