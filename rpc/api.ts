/**
 * The paths of the reader's API: which verb, with which fields from where. GET takes them from the URL, POST from
 * a JSON body; /api/upload takes a form as well. Source: protocol.md, "The reader's API".
 */
import type { IncomingMessage } from 'node:http';
import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { PublicKey32 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Answer } from './answer.ts';
import { unlessBehind } from './behind.ts';
import { readJson } from './body.ts';
import { lineOf } from './client-name.ts';
import type { RpcContext, RpcHouse } from './context.ts';
import { COSTS, readingCost, UNKNOWN_COST } from './costs.ts';
import { readForm } from './form.ts';
import { answerPreflight } from './headers.ts';
import { callerOf, mayBeForeign } from './page.ts';
import { parseQuery } from './parse.ts';
import { sendAnswer, sendProblem } from './respond.ts';
import { clientOf } from './upload-slots.ts';
import { uploadForm } from './verbs/upload-form.ts';
import { type Verb, verbs } from './verbs.ts';

export function apiRoutes(house: RpcHouse): Router {
  const router = Router({ caseSensitive: true, strict: true });
  router.use(answerPreflight);
  router.all('/file/:hash', serve(house, verbs.file));
  for (const [name, verb] of Object.entries(verbs)) {
    if (verb === verbs.upload) router.post('/upload', serveForm(house));
    router.all(`/${name}`, serve(house, verb));
  }
  return router;
}

function serve(house: RpcHouse, verb: Verb): RequestHandler {
  return async (request, response) => {
    const context = callOf(house, request);
    const read = context.pay(readingCost(request));
    if (read.kind !== 'accept') return finish(response, read);
    const fields = await fieldsOf(request, response, verb, context);
    if (fields.kind === 'accept') response.locals.fields = fields.value;
    finish(response, await answer(verb, context, fields));
  };
}

/** The page rule before any price: what it refuses costs no more than to say that there is too little left. */
async function answer(verb: Verb, context: RpcContext, fields: Verdict<unknown>): Promise<Verdict<Answer>> {
  const refused = fields.kind === 'accept' ? verb.refuses(context.caller, fields.value) : undefined;
  if (refused?.kind === 'reject') return refused;
  const paid = context.pay(fields.kind === 'accept' ? verb.cost(fields.value) : UNKNOWN_COST);
  if (paid.kind !== 'accept') return paid;
  return fields.kind === 'accept' ? await verb.run(context, fields.value) : fields;
}

async function fieldsOf(
  request: Request,
  response: Response,
  verb: Verb,
  { ports }: RpcContext,
): Promise<Verdict<unknown>> {
  if (request.method === 'POST') {
    const body = await readJson(request, ports.clock);
    return body.kind === 'accept' ? withPath(request, body.value) : body;
  }
  // A body has no meaning here.
  if (request.method === 'GET' || (request.method === 'HEAD' && !verb.changesLedger)) {
    const query = parseQuery(request.url, verb.fields);
    return query.kind === 'accept' ? withPath(request, query.value) : query;
  }
  response.setHeader('Allow', verb.changesLedger ? 'GET, POST' : 'GET, HEAD, POST');
  return reject('request.method-not-allowed');
}

/** /api/file/<hash>: the field stands in the path, and then nowhere else. */
function withPath(request: Request, fields: unknown): Verdict<unknown> {
  const { hash } = request.params;
  if (hash === undefined) return accept(fields);
  if (typeof fields !== 'object' || fields === null || Object.hasOwn(fields, 'hash')) {
    return reject('request.wrong-value', 'The hash stands in the path.');
  }
  return accept({ ...fields, hash });
}

function serveForm(house: RpcHouse): RequestHandler {
  return async (request, response, next) => {
    if (!(request.headers['content-type'] ?? '').toLowerCase().startsWith('multipart/')) return next();
    const context = callOf(house, request);
    const paid = context.pay(COSTS.upload);
    if (paid.kind !== 'accept') return finish(response, paid);
    const form = readForm(request, context.ports.clock);
    try {
      finish(response, unlessBehind(context, await uploadForm(context, form)));
    } finally {
      form.close();
    }
  };
}

export function callOf(house: RpcHouse, request: IncomingMessage): RpcContext {
  const { ports, policy } = house;
  const caller = callerOf(request, (origin) => ports.names.isListed(origin));
  const from = clientOf(request, policy.trustedProxies);
  const paying = (key: PublicKey32): void => house.connections.signed(request, key);
  const byPage = mayBeForeign(caller);
  const reader = house.connections.readerOf(request);
  const payer = { from, byPage, reader };
  const line = lineOf(from, byPage, reader);
  const pay = (cost: number): Verdict => house.budget.pay(payer, cost);
  const charge = (cost: number): void => house.budget.charge(payer, cost);
  return { ...house, from, caller, line, paying, pay, charge };
}

function finish(response: Response, verdict: Verdict<Answer>): void {
  if (verdict.kind === 'accept') sendAnswer(response, verdict.value);
  else sendProblem(response, verdict);
}
