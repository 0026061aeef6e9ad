/**
 * POST /rpc: JSON-RPC 2.0 (https://www.jsonrpc.org/specification) over the same calls. A batch is bounded, in calls
 * and in the bytes of its answers, and its calls run at the same time. An error has a code of
 * JSON-RPC by its status (api/problem.ts), our sentence, and our own code in `data.code`.
 */
import {
  createJSONRPCErrorResponse,
  createJSONRPCSuccessResponse,
  JSONRPCErrorCode,
  type JSONRPCErrorResponse,
  type JSONRPCID,
  type JSONRPCRequest,
  type JSONRPCResponse,
  JSONRPCServer,
} from 'json-rpc-2.0';
import { rpcNumberOf } from '../api/problem.ts';
import { toBase64 } from '../core/base64.ts';
import type { Code } from '../core/codes.ts';
import { limits } from '../core/limits.ts';
import { nearestOf } from '../core/nearest.ts';
import { accept, type Verdict } from '../core/verdict.ts';
import type { Answer } from './answer.ts';
import { type Served, served } from './calls.ts';
import type { RpcContext } from './context.ts';
import { UNKNOWN_COST } from './costs.ts';
import { discovery } from './discovery.ts';
import { liveCalls } from './live/calls.ts';
import type { RpcPorts } from './ports.ts';
import { type Problem, problemDocument } from './problem.ts';
import { problemOf } from './problem-of.ts';

/** @returns undefined when there is nothing to answer: notifications only. */
export type JsonRpc = (
  message: unknown,
  context: RpcContext,
) => Promise<JSONRPCResponse | readonly JSONRPCResponse[] | undefined>;

/** What the calls of JSON-RPC are, beside those that HTTP serves as well. */
const METHODS: readonly Method[] = [...served, ...liveCalls, discovery];
type Method = Pick<Served, 'method' | 'oldMethods' | 'fields' | 'cost' | 'refuses' | 'run'>;

export function createJsonRpc(ports: RpcPorts): JsonRpc {
  const server = new JSONRPCServer<Caller>();
  for (const [method, one] of byMethod) {
    server.addMethodAdvanced(method, ({ id = null, params }, caller) => call(one, id, params ?? {}, caller));
  }

  /** Never rejects, so that the library has no error of its own to tell. */
  async function call(
    { run }: Method,
    id: JSONRPCID,
    params: unknown,
    { context, room }: Caller,
  ): Promise<JSONRPCResponse> {
    try {
      const verdict = await run(context, params);
      if (verdict.kind !== 'accept') return failure(id, verdict, context);
      if (room !== undefined && !fits(room, verdict.value)) return failure(id, TOO_LONG_TOGETHER, context);
      return createJSONRPCSuccessResponse(id, resultOf(verdict.value));
    } catch (thrown) {
      return failure(id, problemOf(thrown, ports, context.request), context);
    }
  }

  async function one(message: unknown, caller: Caller): Promise<JSONRPCResponse | undefined> {
    if (!isCall(message)) return invalid('request.malformed', caller.context);
    if (!byMethod.has(message.method)) {
      return message.id === undefined ? undefined : unknownMethod(message, caller.context);
    }
    // What it does with an id is nothing to us: ours may be a number that is none in JavaScript.
    const response = await server.receive({ ...message, id: null }, caller);
    return message.id === undefined || response === null ? undefined : { ...response, id: message.id };
  }

  return async (given, context) => {
    const message = Array.isArray(given) ? given.map(byName) : byName(given);
    const paid = payFor(message, context);
    if (paid.kind !== 'accept') return failure(idOf(message), paid, context);
    if (!Array.isArray(message)) return one(message, { context });
    const caller = { context, room: { bytes: limits.rpcBatchAnswerBytesMax } };
    if (message.length === 0) return invalid('request.malformed', context);
    if (message.length > limits.rpcBatchMax) return invalid('request.too-long', context);
    const responses = await Promise.all(
      message.map(async (each) => {
        await ports.yieldToLoop();
        return one(each, caller);
      }),
    );
    const answers = responses.filter((response) => response !== undefined);
    return answers.length === 0 ? undefined : answers;
  };
}

/** All calls of a batch together, before the first of them. One that is too long is refused, and costs nothing more. */
function payFor(message: unknown, { pay, caller }: RpcContext): Verdict {
  const calls = Array.isArray(message) ? message : [message];
  if (calls.length > limits.rpcBatchMax) return accept();
  return pay(calls.reduce((sum, each) => sum + costOf(each, caller), 0));
}

function costOf(call: unknown, caller: RpcContext['caller']): number {
  if (!isCall(call)) return UNKNOWN_COST;
  const known = byMethod.get(call.method);
  return known === undefined || known.refuses(caller, call.params) ? UNKNOWN_COST : known.cost(call.params);
}
/** Its fields by name, where they stand in the order of the contract; null is one that is left out there. */
function byName(call: unknown): unknown {
  if (!isCall(call) || !Array.isArray(call.params)) return call;
  const { fields = [] } = byMethod.get(call.method) ?? {};
  // More of them than there are fields: refused, as whatever is no object of fields.
  if (call.params.length > fields.length) return call;
  const given = call.params.flatMap((value: unknown, index) =>
    value === null ? [] : [[fields[index]!, value] as const],
  );
  return { ...call, params: Object.fromEntries(given) };
}

/** By the names of before, too. */
const byMethod: ReadonlyMap<string, Method> = new Map(
  METHODS.flatMap((one) => [one.method, ...one.oldMethods].map((method) => [method, one] as const)),
);

/** For the answers of one batch: they are all in memory until the last of them is there. */
type Room = { bytes: number };
type Caller = { readonly context: RpcContext; readonly room?: Room };

/** What the call has done is done; asked for again by itself, it answers. */
const TOO_LONG_TOGETHER: Problem = {
  code: 'request.too-long',
  detail: 'The answers of this batch are too long together. Ask for this one by itself.',
};

/** What does not fit takes nothing: a short answer behind it still may. */
function fits(room: Room, answer: Answer): boolean {
  const length = lengthOf(answer);
  if (length > room.bytes) return false;
  room.bytes -= length;
  return true;
}

function lengthOf(answer: Answer): number {
  switch (answer.kind) {
    case 'json':
    case 'under-way':
      return JSON.stringify(answer.value).length;
    case 'page':
      return JSON.stringify(answer.items).length;
    case 'torrent':
    case 'proof':
      return Math.ceil(answer.bytes.length / 3) * 4;
  }
}

/** What a message is that was read, but not done. */
export function refused(message: unknown, problem: Problem, context: RpcContext): JSONRPCErrorResponse {
  return failure(idOf(message), problem, context);
}

/** Over a WebSocket nothing else says which call it was. */
function idOf(message: unknown): JSONRPCID {
  return isCall(message) ? (message.id ?? null) : null;
}

/** The error for a message that could not be read at all. @param request - its id. */
export function unreadable(problem: Problem, request: string): JSONRPCErrorResponse {
  const isJson = problem.code !== 'request.malformed';
  const number = isJson ? rpcNumberOf(problem.code) : JSONRPCErrorCode.ParseError;
  return errorResponse(null, number, problem, request);
}

function invalid(code: Code, { request }: RpcContext): JSONRPCErrorResponse {
  return errorResponse(null, JSONRPCErrorCode.InvalidRequest, { code }, request);
}

function unknownMethod({ id = null, method }: JSONRPCRequest, { request }: RpcContext): JSONRPCErrorResponse {
  const nearest = nearestOf(method, [...byMethod.keys()]);
  const hint = nearest && { nearest, detail: `Did you mean ${nearest}?` };
  return errorResponse(
    id,
    JSONRPCErrorCode.MethodNotFound,
    { code: 'request.unknown-method', ...hint },
    request,
  );
}

function failure(id: JSONRPCID, problem: Problem, { request, ports }: RpcContext): JSONRPCErrorResponse {
  ports.log.debug('a request was refused', { request, code: problem.code });
  return errorResponse(id, rpcNumberOf(problem.code), problem, request);
}

function errorResponse(
  id: JSONRPCID,
  number: number,
  problem: Problem,
  request: string,
): JSONRPCErrorResponse {
  const { type: code, title, status, ...more } = problemDocument(problem, request);
  return createJSONRPCErrorResponse(id, number, title, { code, status, ...more });
}

/** The library itself takes any object for a call, and any id. */
function isCall(value: unknown): value is JSONRPCRequest {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const { jsonrpc, method, id } = value as Record<string, unknown>;
  const idFits = id === undefined || id === null || JSON.isRawJSON(id) || ID_TYPES.has(typeof id);
  return jsonrpc === '2.0' && typeof method === 'string' && idFits;
}

const ID_TYPES: ReadonlySet<string> = new Set(['string', 'number']);

function resultOf(answer: Answer): unknown {
  switch (answer.kind) {
    case 'json':
    case 'under-way':
      return answer.value;
    case 'page':
      return { items: answer.items, cursor: answer.next ?? null };
    case 'torrent':
      return { torrent: toBase64(answer.bytes), filename: answer.filename };
    case 'proof':
      return { proof: toBase64(answer.bytes) };
  }
}
