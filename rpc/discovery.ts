/**
 * What the API is, for programs: `rpc.discover` answers an OpenRPC document, /api/openapi.json an OpenAPI one. Both are made of
 * the contract once, when somebody asks for the first time.
 */
import type { RequestHandler } from 'express';
import { openApi } from '../api/openapi.ts';
import { DISCOVER, openRpc } from '../api/openrpc.ts';
import { accept } from '../core/verdict.ts';
import type { Served } from './calls.ts';
import type { RpcContext } from './context.ts';
import { DOCUMENT_COST } from './costs.ts';
import { admitCaller } from './page.ts';
import { sendJson, sendProblem } from './respond.ts';

const ofRpc = onceAVersion(openRpc);
const ofHttp = onceAVersion(openApi);

export const discovery: Pick<Served, 'method' | 'oldMethods' | 'fields' | 'cost' | 'refuses' | 'run'> = {
  method: DISCOVER,
  oldMethods: [],
  fields: [],
  cost: () => DOCUMENT_COST,
  refuses: (caller) => admitCaller(caller, false),
  async run({ caller, ports }) {
    const refused = admitCaller(caller, false);
    if (refused?.kind === 'reject') return refused;
    return accept({ kind: 'json', value: ofRpc(ports.node.version) });
  },
};

/** GET and HEAD. @param contextOf - who asks. */
export function serveOpenApi(
  contextOf: (request: Parameters<RequestHandler>[0]) => RpcContext,
): RequestHandler {
  return (request, response) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      return sendProblem(response, { code: 'request.method-not-allowed' });
    }
    const { caller, ports, pay } = contextOf(request);
    const refused = admitCaller(caller, false) ?? pay(DOCUMENT_COST);
    if (refused.kind !== 'accept') return sendProblem(response, refused);
    sendJson(response, 200, ofHttp(ports.node.version));
  };
}

/** A program serves one version; tests of it may serve several. */
function onceAVersion(make: (version: string) => object): (version: string) => object {
  let made: { readonly version: string; readonly document: object } | undefined;
  return (version) => {
    if (made?.version !== version) made = { version, document: make(version) };
    return made.document;
  };
}
