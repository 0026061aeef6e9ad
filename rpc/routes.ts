/**
 * The paths of the API: which call, with which fields from where. GET takes them from the URL, POST from
 * a JSON body; /api/upload takes a form as well. For readers: docs/reference.md.
 */
import type { IncomingMessage } from 'node:http';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import { CALL_NAMES, CALLS } from '../api/calls.ts';
import { toHex } from '../core/bytes.ts';
import { nearestOf } from '../core/nearest.ts';
import type { PublicKey32 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Answer } from './answer.ts';
import { unlessBehind } from './behind.ts';
import { readJson } from './body.ts';
import { uploadForm } from './calls/upload-form.ts';
import { type Served, served } from './calls.ts';
import { assertAnswer } from './check-answers.ts';
import { queueOf } from './client-name.ts';
import { JSON_BODY, UPLOAD_BODY, wrongEncoding } from './content-type.ts';
import type { RpcContext, RpcServices } from './context.ts';
import { readingCost, UNKNOWN_COST } from './costs.ts';
import { serveOpenApi } from './discovery.ts';
import type { WhenGone } from './event-ports.ts';
import { readForm } from './form.ts';
import { answerPreflight } from './headers.ts';
import { callerOf, mayBeForeign } from './page.ts';
import { parseQuery, queryNames } from './parse.ts';
import { requestIdOf } from './request-id.ts';
import { sendAnswer, sendProblem } from './respond.ts';
import { tusRoutes } from './tus.ts';
import { clientOf } from './upload-slots.ts';

export function apiRoutes(services: RpcServices): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(
    '/uploads',
    tusRoutes(services, (request) => callOf(services, request)),
  );
  router.use(answerPreflight);
  router.post('/upload', serveForm(services));
  router.all(
    '/openapi.json',
    serveOpenApi((request) => callOf(services, request)),
  );
  for (const call of served) {
    if (call.inPath !== undefined) router.all(`/${call.name}/:${call.inPath}`, serve(services, call));
    router.all(`/${call.name}`, serve(services, call));
  }
  router.use((request, response) => {
    const nearest = nearestOf(request.path.slice(1), CALL_NAMES);
    const path = nearest && `/api/${nearest}`;
    const hint = path && { nearest: path, detail: `Did you mean ${path}?` };
    sendProblem(response, { code: 'request.not-found', ...hint });
  });
  return router;
}

function serve(services: RpcServices, call: Served): RequestHandler {
  return async (request, response) => {
    const context = callOf(services, request);
    const read = context.pay(readingCost(request));
    if (read.kind !== 'accept') return finish(response, read);
    const fields = await fieldsOf(request, response, call, context);
    if (fields.kind === 'accept') response.locals.fields = fields.value;
    const names = request.method === 'POST' ? undefined : queryNames(request.url);
    finish(response, await answer(call, context, fields, names));
  };
}

/** The page rule before any price: what it refuses costs no more than to say that there is too little left. */
async function answer(
  call: Served,
  context: RpcContext,
  fields: Verdict<unknown>,
  names: readonly string[] | undefined,
): Promise<Verdict<Answer>> {
  const refused = fields.kind === 'accept' ? call.refuses(context.caller, fields.value) : undefined;
  if (refused?.kind === 'reject') return refused;
  const paid = context.pay(fields.kind === 'accept' ? call.cost(fields.value) : UNKNOWN_COST);
  if (paid.kind !== 'accept') return paid;
  return fields.kind === 'accept' ? await call.run(context, fields.value, names) : fields;
}

async function fieldsOf(
  request: Request,
  response: Response,
  call: Served,
  { ports }: RpcContext,
): Promise<Verdict<unknown>> {
  if (request.method === 'POST') {
    const body = await readJson(request, ports.clock, call.name === 'upload' ? UPLOAD_BODY : JSON_BODY);
    return body.kind === 'accept' ? withPath(request, call, body.value) : body;
  }
  // It would be done, and its nonce spent, for an answer that nobody reads.
  const mayBeHead = !call.changesLedger && !call.isOfDesk;
  // A body has no meaning here.
  if (request.method === 'GET' || (request.method === 'HEAD' && mayBeHead)) {
    const query = parseQuery(request.url, call.fields);
    return query.kind === 'accept' ? withPath(request, call, query.value) : query;
  }
  response.setHeader('Allow', mayBeHead ? 'GET, HEAD, POST' : 'GET, POST');
  return reject('request.method-not-allowed');
}

/** /api/file/<hash>: the field stands in the path, and then nowhere else. */
function withPath(request: Request, { inPath }: Served, fields: unknown): Verdict<unknown> {
  const value = inPath === undefined ? undefined : request.params[inPath];
  if (inPath === undefined || value === undefined) return accept(fields);
  if (typeof fields !== 'object' || fields === null || Object.hasOwn(fields, inPath)) {
    return reject('request.wrong-value', { field: inPath, detail: `The ${inPath} stands in the path.` });
  }
  return accept({ ...fields, [inPath]: value });
}

function serveForm(services: RpcServices): RequestHandler {
  return async (request, response, next) => {
    if (!(request.headers['content-type'] ?? '').toLowerCase().startsWith('multipart/')) return next();
    const context = callOf(services, request);
    const paid = context.pay(CALLS.upload.cost);
    if (paid.kind !== 'accept') return finish(response, paid);
    const wrong = wrongEncoding(request.headers);
    if (wrong !== undefined) return finish(response, wrong);
    const form = readForm(request, context.ports.clock);
    try {
      const answered = unlessBehind(context, await uploadForm(context, form));
      if (context.checkAnswers) assertAnswer('upload', answered);
      finish(response, answered);
    } finally {
      form.close();
    }
  };
}

export function callOf(services: RpcServices, request: IncomingMessage): RpcContext {
  const { ports, policy } = services;
  const caller = callerOf(request, (origin) => ports.names.isListed(origin));
  const from = clientOf(request, policy.trustedProxies);
  const paying = (key: PublicKey32): void => services.connections.signed(request, key);
  const byPage = mayBeForeign(caller);
  const reader = services.connections.readerOf(request);
  const payer = { from, byPage, reader };
  const queue = queueOf(from, byPage, reader);
  const pay = (cost: number): Verdict => services.budget.pay(payer, cost);
  const payAtDesk = (key: PublicKey32, cost: number): Verdict =>
    services.budget.pay({ ...payer, librarian: toHex(key) }, cost);
  const charge = (cost: number): void => services.budget.charge(payer, cost);
  const whenGone = whenGoneOf(request);
  const id = requestIdOf(request);
  return {
    ...services,
    request: id,
    from,
    caller,
    queue,
    paying,
    pay,
    payAtDesk,
    charge,
    whenGone,
    byOperator: false,
  };
}

/** One listener a request, however many of its calls wait, and none when none of them does any more. */
function whenGoneOf({ socket }: IncomingMessage): WhenGone {
  const told = new Set<() => void>();
  const tell = (): void => {
    for (const one of [...told]) one();
  };
  return (one) => {
    if (socket.destroyed) {
      one();
      return () => {};
    }
    if (told.size === 0) socket.once('close', tell);
    told.add(one);
    return () => {
      told.delete(one);
      if (told.size === 0) socket.off('close', tell);
    };
  };
}

function finish(response: Response, verdict: Verdict<Answer>): void {
  if (verdict.kind === 'accept') sendAnswer(response, verdict.value);
  else sendProblem(response, verdict);
}
