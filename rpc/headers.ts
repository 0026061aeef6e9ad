/**
 * Headers of every answer, and the questions that browsers ask before. Any page may read what a signature protects: the
 * API knows no cookies and no credentials, so there is nothing that a foreign page could borrow. What no signature
 * protects is refused to foreign pages by the call itself (page.ts): here, only that it says so can be read.
 */
import type { IncomingMessage } from 'node:http';
import type { RequestHandler } from 'express';
import { limits } from '../core/limits.ts';
import { isOurs } from '../http/host-name.ts';
import type { Names, RpcPorts } from './ports.ts';
import type { Problem } from './problem.ts';
import { sendProblem } from './respond.ts';

export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** Before anything else is looked at. */
export function admitHead({ names }: Pick<RpcPorts, 'names'>): RequestHandler {
  return (request, response, next) => {
    const wrong = faultOf(request, names);
    return wrong === undefined ? next() : sendProblem(response, wrong);
  };
}

/** What is wrong with the head of a request, whatever it asks. */
export function faultOf(request: IncomingMessage, names: Names): Problem | undefined {
  // RFC 9112, section 3.2.
  const count = request.rawHeaders.filter((text, index) => index % 2 === 0 && /^host$/i.test(text)).length;
  if (count > 1 || (count === 0 && request.httpVersion === '1.1')) {
    return { code: 'request.malformed', detail: 'A request names one host.' };
  }
  const { host } = request.headers;
  // Browsers always name one, and only they are led here by a name.
  if (host !== undefined && !isOurs(host, (name) => names.isOwn(name))) {
    return { code: 'host.foreign', detail: 'Its operator adds a name with --allowed-hosts.' };
  }
  return (request.url ?? '').length > limits.queryBytesMax ? { code: 'request.too-long' } : undefined;
}

/** Also of what is refused before it is looked at: a program in a page reads when to come again. */
export const anyOrigin: RequestHandler = (_request, response, next) => {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Expose-Headers', SHOWN);
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  next();
};

const SHOWN = [
  'Link, Content-Disposition, Retry-After, X-Request-Id, Location, Upload-Offset, Upload-Length, Upload-Expires, Upload-Metadata',
  'Tus-Resumable, Tus-Version, Tus-Extension, Tus-Max-Size',
].join(', ');

export const answerPreflight = preflight('GET, HEAD, POST', 'Content-Type');
export const answerTusPreflight = preflight(
  'POST, HEAD, PATCH, DELETE',
  'Content-Type, Tus-Resumable, Upload-Length, Upload-Metadata, Upload-Offset, X-HTTP-Method-Override, X-Requested-With, X-Request-ID',
);

function preflight(methods: string, headers: string): RequestHandler {
  return (request, response, next) => {
    if (request.method !== 'OPTIONS') return next();
    response.setHeader('Access-Control-Allow-Methods', methods);
    response.setHeader('Access-Control-Allow-Headers', headers);
    response.setHeader('Access-Control-Max-Age', '86400');
    response.statusCode = 204;
    response.end();
  };
}
