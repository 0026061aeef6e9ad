/**
 * What a library that joins says at the port of its API: how far it is, and to whatever else is asked, that it is not
 * ready. It has no ledger yet, and the same strangers as ever: they come through the same door, by its names, within the
 * same shares and budgets, and pages of other sites get nothing.
 */
import type { IncomingMessage } from 'node:http';
import type { Express } from 'express';
import { CALLS } from '../api/calls.ts';
import type { Code } from '../core/codes.ts';
import { Budget } from './budget.ts';
import { Connections } from './connections.ts';
import { LOOK_COST, readingCost } from './costs.ts';
import { createDoor, type Door, type DoorOptions } from './door.ts';
import { createEntrance, sendsProblems } from './entrance.ts';
import { answerPreflight } from './headers.ts';
import { admitCaller, callerOf, mayBeForeign } from './page.ts';
import type { RpcPorts } from './ports.ts';
import { problemDocument } from './problem.ts';
import { requestIdOf } from './request-id.ts';
import { sendJson, sendProblem } from './respond.ts';
import { UntakenAnswers } from './untaken.ts';
import { clientOf } from './upload-slots.ts';

export type Joining = {
  readonly phase: string;
  /** Of the state that is fetched; null: none is chosen yet. */
  readonly height: number | null;
  readonly percent: number;
  /** Why nothing is fetched, when the operator can do something about it. */
  readonly trouble?: { readonly code: Code; readonly sentence: string };
};

type Ports = Pick<RpcPorts, 'names' | 'clock' | 'log' | 'fail'> & {
  readonly version: string;
  joining(): Joining;
};

/** In seconds: until it is worth while to look again. */
const AGAIN = '5';
/** Under the names that they have once the library is open. */
const REASONS = ['joining'];

/** `start` throws Fault("port.taken" | "host.unusable" | "network.unreachable"). */
export function createJoiningServer(ports: Ports, options: DoorOptions): Door {
  const { clock, log } = ports;
  const connections = new Connections(clock);
  const { trustedProxies } = options;
  const budget = new Budget(clock);
  const payerOf = (request: IncomingMessage) => {
    const caller = callerOf(request, (origin) => ports.names.isListed(origin));
    return { caller, from: clientOf(request, trustedProxies), byPage: mayBeForeign(caller) };
  };
  const look = (request: IncomingMessage) => budget.pay(payerOf(request), LOOK_COST);
  const untaken = new UntakenAnswers();
  const services = { ports, policy: { trustedProxies }, connections, untaken, look };
  const app = createEntrance(services);
  for (const path of ['/api', '/rpc']) app.use(path, answerPreflight);
  app.use((request, response, next) => {
    const payer = payerOf(request);
    // Nothing here is signed: the page rule holds for everything; and what is asked is paid for.
    const refused = admitCaller(payer.caller, false);
    const verdict = refused ?? budget.pay(payer, CALLS.status.cost + readingCost(request));
    return verdict.kind === 'accept' ? next() : sendProblem(response, verdict);
  });
  addPages(app, ports);
  app.use(sendsProblems(services));
  const chargeTo = (request: IncomingMessage) => {
    const payer = payerOf(request);
    return (cost: number): void => budget.charge(payer, cost);
  };
  return createDoor(app, { connections, clock, log, payer: chargeTo }, options);
}

function addPages(app: Express, { version, joining }: Ports): void {
  app.use((_request, response, next) => {
    response.setHeader('Retry-After', AGAIN);
    next();
  });
  app.get('/api/status', (_request, response) =>
    sendJson(response, 200, { version, not_ready: REASONS, joining: joining() }),
  );
  app.use((request, response) => {
    const { path } = request;
    const document = problemDocument({ code: 'node.not-ready' }, requestIdOf(request));
    const body = { ...document, ...(path === '/ready' && { reasons: REASONS }), joining: joining() };
    sendJson(response, document.status, body, 'application/problem+json');
  });
}
