/** `npm run reference`: writes docs/reference.md, and OpenRPC and OpenAPI beside it, from the contract of the API (api/). */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApi } from '../api/openapi.ts';
import { openRpc } from '../api/openrpc.ts';
import { reference } from '../api/reference.ts';

const ROOT = join(import.meta.dirname, '..');
const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly version: string;
};

writeFileSync(join(ROOT, 'docs/reference.md'), reference());
for (const [name, document] of [
  ['openrpc.json', openRpc(version)],
  ['openapi.json', openApi(version)],
] as const) {
  writeFileSync(join(ROOT, 'docs/reference', name), `${JSON.stringify(document, undefined, 1)}\n`);
}
