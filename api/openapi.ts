/**
 * The contract as an OpenAPI 3.1.1 document (https://spec.openapis.org): what /api/openapi.json answers. Made of the same
 * declarations that the node serves.
 */
import * as z from 'zod/mini';
import type { Call, Shape } from './call.ts';
import { CALL_NAMES, CALLS, type CallName, codesOf } from './calls.ts';
import { type JsonSchema, jsonSchemaOf, plain } from './json-schema.ts';
import { type FieldName, MEANING } from './meaning.ts';
import { problem, statusOf } from './problem.ts';

/** @param version - of the program that serves it. */
export function openApi(version: string): object {
  return {
    openapi: '3.1.1',
    info: {
      title: 'DigitalLib',
      description: 'A library of a federation: its readers, its ledger, its operators.',
      version,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: Object.fromEntries(CALL_NAMES.flatMap(pathsOf)),
    components: { schemas: { Problem: plain(jsonSchemaOf(problem)) } },
  };
}

function pathsOf(name: CallName): readonly (readonly [string, object])[] {
  const call: Call = CALLS[name];
  const id = name.replaceAll('-', '_');
  const form = jsonSchemaOf(call.fields);
  const common = { summary: call.summary, tags: [call.group], responses: responsesOf(name, call) };
  const get = { operationId: id, ...common, parameters: parametersOf(form) };
  const post = { operationId: `${id}_by_post`, ...common, requestBody: bodyOf(name, form) };
  const path = [`/api/${name}`, { get, post }] as const;
  if (call.inPath === undefined) return [path];
  const ofPath = { operationId: `${id}_in_path`, ...common, parameters: parametersOf(form, call.inPath) };
  return [path, [`/api/${name}/{${call.inPath}}`, { get: ofPath }]];
}

function parametersOf({ properties = {}, required = [] }: JsonSchema, inPath?: string): readonly object[] {
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    in: name === inPath ? 'path' : 'query',
    description: MEANING[name as FieldName],
    required: required.includes(name),
    schema,
  }));
}

function bodyOf(name: CallName, form: JsonSchema): object {
  const schema = plain(form);
  const content = { 'application/json': { schema } };
  const required = (form.required ?? []).length > 0;
  if (name !== 'upload') return { required, content };
  // The bytes of the file, or a torrent of it, behind the fields.
  const part = { type: 'string', contentMediaType: 'application/octet-stream' };
  const properties = { ...schema.properties, file: part, torrent: part };
  return { required, content: { ...content, 'multipart/form-data': { schema: { ...schema, properties } } } };
}

function responsesOf(name: CallName, { answer }: Call): object {
  const statuses = [...new Set(codesOf(name).map(statusOf))].sort((one, other) => one - other);
  const refusals = statuses.map((status) => [status, refusalOf(name, status)]);
  return { ...answersOf(answer), ...Object.fromEntries(refusals) };
}

function refusalOf(name: CallName, status: number): object {
  const codes = codesOf(name).filter((code) => statusOf(code) === status);
  return {
    description: codes.join(', '),
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
}

/** As rpc/respond.ts writes it. */
function answersOf(shape: Shape): object {
  switch (shape.kind) {
    case 'json':
      return { 200: json('The answer.', shape.schema) };
    case 'page':
      return { 200: { ...json('A list.', z.array(shape.item)), headers: { Link: LINK } } };
    case 'torrent': {
      const torrent = bytes('A torrent.', 'application/x-bittorrent');
      return shape.underWay === undefined
        ? { 200: torrent }
        : { 200: torrent, 202: json('How the upload stands.', shape.underWay) };
    }
    case 'proof':
      return { 200: bytes('A proof, in DAG-CBOR.', 'application/vnd.ipld.dag-cbor') };
  }
}

const LINK = { description: 'With rel="next": the address of the next page.', schema: { type: 'string' } };

function json(description: string, schema: z.ZodMiniType): object {
  return { description, content: { 'application/json': { schema: plain(jsonSchemaOf(schema)) } } };
}

function bytes(description: string, type: string): object {
  return { description, content: { [type]: { schema: { type: 'string', contentMediaType: type } } } };
}
