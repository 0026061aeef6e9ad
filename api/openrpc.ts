/**
 * The contract as an OpenRPC 1.3.2 document (https://spec.open-rpc.org): what `rpc.discover` answers, for programs that make
 * clients, tests and pages of it. Made of the same declarations that the node serves.
 */
import * as z from 'zod/mini';
import { CODES, type Code } from '../core/codes.ts';
import { EVERY_CODE, type Shape } from './call.ts';
import { CALL_NAMES, type CallName, codesOf, contractOf, methodOf } from './calls.ts';
import { type JsonSchema, jsonSchemaOf, plain } from './json-schema.ts';
import { type FieldName, MEANING } from './meaning.ts';
import { problem, rpcNumberOf, statusOf } from './problem.ts';
import { LIVE_CALLS, type LiveCallName } from './subscriptions.ts';

/** Its one method beside the calls (OpenRPC, "Service Discovery Method"). */
export const DISCOVER = 'rpc.discover';

/** @param version - of the program that serves it. */
export function openRpc(version: string): object {
  const methods = NAMES.flatMap((name) => {
    const now = methodOf(name);
    const old = contractOf(name).deprecated ?? [];
    return [
      methodPart(name, now),
      ...old.map((method) => ({
        ...methodPart(name, method),
        deprecated: true,
        description: `Call it ${now}.`,
      })),
    ];
  });
  return {
    openrpc: '1.3.2',
    info: {
      title: 'DigitalLib',
      description:
        'A library of a federation: its readers, its ledger, its operators. By POST and by WebSocket at /rpc.',
      version,
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    methods: [...methods, DISCOVERY],
    components: { schemas: { Problem: rpcProblem() }, errors: errorsPart() },
  };
}

const NAMES = [...CALL_NAMES, ...(Object.keys(LIVE_CALLS) as LiveCallName[])];

const DISCOVERY = {
  name: DISCOVER,
  summary: 'This document.',
  params: [],
  result: { name: 'document', schema: { type: 'object' } },
  errors: EVERY_CODE.map(errorOf),
};

function methodPart(name: CallName | LiveCallName, method: string): object {
  const { summary, group, fields, answer } = contractOf(name);
  const { properties = {}, required = [] } = jsonSchemaOf(fields);
  return {
    name: method,
    summary,
    tags: [{ name: group }],
    paramStructure: 'either',
    params: Object.entries(properties).map(([field, schema]) => ({
      name: field,
      description: MEANING[field as FieldName],
      required: required.includes(field),
      schema,
    })),
    result: { name: 'answer', schema: resultOf(answer) },
    errors: codesOf(name).map(errorOf),
  };
}

/** As rpc/json-rpc.ts writes it. */
function resultOf(shape: Shape): JsonSchema {
  switch (shape.kind) {
    case 'json':
      return plain(jsonSchemaOf(shape.schema));
    case 'page':
      return plain(jsonSchemaOf(z.object({ items: z.array(shape.item), cursor: z.nullable(z.string()) })));
    case 'torrent':
      return plain(jsonSchemaOf(shape.underWay === undefined ? torrent : z.union([torrent, shape.underWay])));
    case 'proof':
      return plain(jsonSchemaOf(z.object({ proof: z.string() })));
  }
}
const torrent = z.object({ torrent: z.string(), filename: z.string() });

function errorOf(code: Code): object {
  return { $ref: `#/components/errors/${nameOf(code)}` };
}

/** Each that some call may be refused with. */
function errorsPart(): object {
  const used = new Set([...EVERY_CODE, ...NAMES.flatMap(codesOf)]);
  const parts = [...used].map((code) => {
    const data = { code, status: statusOf(code) };
    return [nameOf(code), { code: rpcNumberOf(code), message: CODES[code].title, data }];
  });
  return Object.fromEntries(parts);
}

/** What stands in `error.data`: a problem document whose type is called code, and whose title is the message. */
function rpcProblem(): JsonSchema {
  const { properties: { type, title: _, ...hints } = {} } = jsonSchemaOf(problem);
  return { type: 'object', properties: { code: type!, ...hints }, required: ['code', 'status'] };
}

/** Keys of components have no dots in them. */
function nameOf(code: Code): string {
  return code.replaceAll('.', '-');
}
