/** docs/reference.md, made of the contract: `npm run reference` writes it, and a test compares. */
import type * as z from 'zod/mini';
import { CODES, type Code } from '../core/codes.ts';
import { BY_RULES, type Call, EVERY_CODE, type Group, type Shape, type Who } from './call.ts';
import { CALL_NAMES, CALLS, type CallName, contractOf, methodOf } from './calls.ts';
import { type JsonSchema, jsonSchemaOf } from './json-schema.ts';
import { type FieldName, MEANING } from './meaning.ts';
import { NUMBERS, problem, statusOf } from './problem.ts';
import { LIVE_CALLS, type LiveCallName, NOTE_METHOD, note } from './subscriptions.ts';

const GROUPS: Readonly<Record<Group, string>> = {
  library: 'For readers',
  ledger: 'The ledger, whichever library is asked',
  node: 'For operators and programs',
  desk: 'For librarians',
};

const WHO: Readonly<Record<Who, string>> = {
  anybody: 'For anybody, but not for pages of other sites.',
  key: 'For whoever signs with the key.',
  either: 'For anybody, but not for pages of other sites; with a signature for the key.',
  transaction: 'For anybody: the transaction is signed.',
  desk: 'For librarians, who sign the call ([talk-to-a-library.md](talk-to-a-library.md#at-the-desk)); for the operator at the socket in the home.',
};

const HEAD = `# Reference of the API

Written by \`npm run reference\` from what is declared in \`api/\`; do not edit it here. What is signed, and the way of a reader
from end to end, is in [talk-to-a-library.md](talk-to-a-library.md); proofs are in [proofs.md](proofs.md).

Each call is asked for by GET with its fields in the URL, by POST with the same fields in a JSON body, or at \`/rpc\` by the
method of JSON-RPC 2.0. A browser changes nothing by GET. By JSON-RPC a torrent is \`{"torrent": <base64>, "filename": text}\`, a
proof \`{"proof": <base64>}\`, and a list \`{"items": […], "cursor": text or null}\`. A library may say more than what stands here.
Fields go by name, or at \`/rpc\` by position in the order of the tables (\`null\` where one is left out). An id of JSON-RPC comes back as
it was written, whatever its size. A body is UTF-8 with or without a mark of byte order, \`application/json\` or \`application/json-rpc\`.
Amounts and sizes are JSON numbers up to 2^53−1, and decimal strings beyond.
The cost is paid by the address, or by a key that has paid for something ([calls.md](calls.md)); at the desk by the
librarian's key.
`;

export function reference(): string {
  const groups = Object.entries(GROUPS).map(([group, title]) => {
    const calls = CALL_NAMES.filter((name) => CALLS[name].group === group).map(partOf);
    return `## ${title}\n\n${calls.join('\n\n')}`;
  });
  return [HEAD, ...groups.map((group) => `${group}\n`), livePart(), problemPart(), codesPart()].join('\n');
}

function livePart(): string {
  const calls = LIVE_NAMES.map(partOf);
  return `## Over a WebSocket

A WebSocket at \`/rpc\` takes every call above by its method of JSON-RPC, a message each, and two more, which have no path of HTTP
([events.md](events.md#subscriptions)).

${calls.join('\n\n')}

### ${NOTE_METHOD}

What comes for a subscription is a notification with this method and one of these as its \`params\`:

\`\`\`
${sketch(jsonSchemaOf(note))}
\`\`\`
`;
}
const LIVE_NAMES = Object.keys(LIVE_CALLS) as LiveCallName[];

function partOf(name: CallName | LiveCallName): string {
  const call = contractOf(name);
  const path = call.inPath === undefined ? '' : `, or \`/api/${name}/<${call.inPath}>\``;
  const more = call.costMore === undefined ? '' : ', and more for more results';
  const old = call.deprecated?.map((method) => `\`${method}\``).join(', ');
  const before = old === undefined ? '' : ` (deprecated: ${old})`;
  const changes = call.changes ? 'Changes the ledger. ' : '';
  const codes = call.codes.map((code) =>
    code === BY_RULES ? 'what a rule of the ledger says' : `\`${code}\``,
  );
  return [
    `### ${name}`,
    call.summary,
    `${name in LIVE_CALLS ? 'Method' : `\`/api/${name}\`${path}; method`} \`${methodOf(name)}\`${before}. ${WHO[call.who]} ${changes}Costs ${call.cost} ms${more}.`,
    ...fieldsPart(call),
    answerPart(call.answer),
    ...(codes.length === 0 ? [] : [`Refused with ${codes.join(', ')}.`]),
  ].join('\n\n');
}

function fieldsPart({ fields }: Call): readonly string[] {
  const { properties = {}, required = [] } = jsonSchemaOf(fields);
  const rows = Object.entries(properties).map(([name, form]) => {
    const { defaultValue } = fields.shape[name]!._zod.def as { readonly defaultValue?: unknown };
    const otherwise = defaultValue === undefined ? '' : `; \`${String(defaultValue)}\` when it is left out`;
    const need = required.includes(name) ? 'yes' : 'no';
    return `| \`${name}\` | ${need} | ${sketch(form)}${otherwise} | ${MEANING[name as FieldName]} |`;
  });
  if (rows.length === 0) return [];
  return [['| field | required | is | what for |', '|---|---|---|---|', ...rows].join('\n')];
}

function answerPart(shape: Shape): string {
  const block = (schema: z.ZodMiniType): string => `\`\`\`\n${sketch(jsonSchemaOf(schema))}\n\`\`\``;
  switch (shape.kind) {
    case 'json':
      return `Answers:\n\n${block(shape.schema)}`;
    case 'page':
      return `Answers a list; the header \`Link\` with \`rel="next"\` has the address of the next page. Each item:\n\n${block(shape.item)}`;
    case 'torrent':
      if (shape.underWay === undefined) return 'Answers a torrent.';
      return `Answers a torrent; or, with status 202, how the upload stands:\n\n${block(shape.underWay)}`;
    case 'proof':
      return 'Answers a proof in DAG-CBOR.';
  }
}

function problemPart(): string {
  const rows = Object.entries(NUMBERS)
    .filter(([status]) => Number(status) >= 400)
    .map(([status, number]) => `| ${status} | ${number} |`);
  return `## Refusals

A refusal is a problem document (RFC 9457); by JSON-RPC it is \`error.data\`, with \`code\` in the place of \`type\`, and without \`title\`,
which is the \`message\`. The \`request\` is also the header \`X-Request-Id\` of every answer.

\`\`\`
${sketch(jsonSchemaOf(problem))}
\`\`\`

The \`code\` of a JSON-RPC error follows from the status, beside those of the specification for what is no JSON (-32700), no call
(-32600) or no method (-32601):

| status | code |
|---|---|
${rows.join('\n')}
`;
}

function codesPart(): string {
  const said = [...CALL_NAMES, ...LIVE_NAMES]
    .flatMap((name) => contractOf(name).codes)
    .filter((code) => code !== BY_RULES);
  const others = [...new Set(said)].filter((code) => !EVERY_CODE.includes(code)).sort();
  return `## Codes

Any call may be refused with these, before it is begun or when something breaks:

${codesTable(EVERY_CODE)}

And some with these; what the rules of the ledger say is in [ledger.md](ledger.md):

${codesTable(others)}
`;
}

function codesTable(codes: readonly Code[]): string {
  const rows = codes.map((code) => `| \`${code}\` | ${statusOf(code)} | ${CODES[code].title} |`);
  return ['| code | status | says |', '|---|---|---|', ...rows].join('\n');
}

/** A form in words, and an object as it would be written. */
function sketch(schema: JsonSchema, indent = ''): string {
  const { description, anyOf, items, properties, additionalProperties, required = [] } = schema;
  if (description !== undefined) return description;
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  if (anyOf !== undefined) {
    const between = anyOf.every((form) => form.properties !== undefined)
      ? `\n${indent}or\n${indent}`
      : ' or ';
    return anyOf.map((form) => sketch(form, indent)).join(between);
  }
  if (items !== undefined) return `[ ${sketch(items, indent)}, … ]`;
  if (properties !== undefined) {
    const deeper = `${indent}  `;
    const lines = Object.entries(properties).map(([name, form]) => {
      const missing = required.includes(name) ? '' : ' (may be missing)';
      return `${deeper}"${name}": ${sketch(form, deeper)}${missing}`;
    });
    const more = isOpen(additionalProperties) ? [`${deeper}…`] : [];
    return `{\n${[...lines, ...more].join('\n')}\n${indent}}`;
  }
  if (typeof additionalProperties === 'object')
    return `{ <name>: ${sketch(additionalProperties, indent)}, … }`;
  return [schema.type ?? 'anything'].flat().map(wordOf).join(' or ');
}

/** Does it say that there is more, of whatever form? */
function isOpen(more: JsonSchema | boolean | undefined): boolean {
  return typeof more === 'object';
}

const WORDS: Readonly<Record<string, string>> = {
  string: 'text',
  boolean: 'true or false',
  number: 'a number',
  integer: 'a whole number',
};
function wordOf(type: string): string {
  return WORDS[type] ?? type;
}
