import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate } from '@readme/openapi-parser';
import { expect } from 'chai';
import { CALL_NAMES, codesOf, methodOf } from '../../api/calls.ts';
import { openApi } from '../../api/openapi.ts';
import { openRpc } from '../../api/openrpc.ts';
import { NUMBERS, statusOf } from '../../api/problem.ts';

const ROOT = join(import.meta.dirname, '../..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
/** Its types are sources, which our compiler would check as ours. */
const OPEN_RPC: string = '@open-rpc/schema-utils-js';
/** As it travels. */
const sent = <T>(document: object) => JSON.parse(JSON.stringify(document)) as T;

describe('the documents of the API', () => {
  let validateOpenRPCDocument: (document: unknown) => unknown;
  before(async () => {
    ({ validateOpenRPCDocument } = (await import(OPEN_RPC)) as {
      readonly validateOpenRPCDocument: typeof validateOpenRPCDocument;
    });
  });

  const rpc = sent<{
    methods: { name: string; errors: { $ref: string }[] }[];
    components: { errors: object };
  }>(openRpc(version));
  const http = sent<{ paths: Record<string, { get: { responses: object } }> }>(openApi(version));

  it('stand in docs/reference as the contract says now (npm run reference writes them)', () => {
    for (const [name, document] of [
      ['openrpc.json', rpc],
      ['openapi.json', http],
    ] as const) {
      const text = readFileSync(join(ROOT, 'docs/reference', name), 'utf8');
      expect(JSON.parse(text), name).to.deep.equal(document);
    }
  });

  it('are taken by validators that others wrote', async () => {
    expect(validateOpenRPCDocument(rpc)).to.equal(true);
    expect(await validate(sent(http))).to.deep.include({ valid: true, warnings: [] });
  });

  it('are refused by those validators when something is wrong with them', async () => {
    expect(validateOpenRPCDocument({ ...rpc, methods: [{ name: 1 }] })).not.to.equal(true);
    expect(await validate(sent({ ...http, paths: { '/x': { get: { responses: 1 } } } }))).to.deep.include({
      valid: false,
    });
  });

  it('have every call, and every refusal that it knows', () => {
    for (const name of CALL_NAMES) {
      const method = rpc.methods.find((each) => each.name === methodOf(name));
      expect(method?.errors.length, name).to.equal(codesOf(name).length);
      const { responses } = http.paths[`/api/${name}`]!.get;
      for (const code of codesOf(name)) expect(responses, name).to.have.property(String(statusOf(code)));
    }
    for (const { errors } of rpc.methods) {
      for (const { $ref } of errors) expect(rpc.components.errors).to.have.property($ref.split('/').at(-1)!);
    }
    expect(Object.values(NUMBERS).every((number) => number >= -32603 && number <= -32001)).to.equal(true);
  });
});
