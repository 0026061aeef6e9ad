/**
 * Headers of every answer, and the questions that browsers ask before. Any page may read the API: it knows no
 * cookies and no credentials, only signatures, so there is nothing that a foreign page could borrow.
 */
import type { RequestHandler } from 'express';
import { limits } from '../core/limits.ts';
import { sendProblem } from './respond.ts';

export const securityHeaders: RequestHandler = (_request, response, next) => {
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  response.setHeader('Referrer-Policy', 'no-referrer');
  response.setHeader('Cache-Control', 'no-store');
  next();
};

/** RFC 9112, section 3.2. */
export const oneHost: RequestHandler = (request, response, next) => {
  const names = request.rawHeaders.filter((text, index) => index % 2 === 0 && /^host$/i.test(text));
  if (names.length === 1 || (names.length === 0 && request.httpVersion !== '1.1')) return next();
  return sendProblem(response, { code: 'request.malformed', detail: 'A request names one host.' });
};

export const boundedUrl: RequestHandler = (request, response, next) => {
  if (request.url.length > limits.queryBytesMax) sendProblem(response, { code: 'request.too-long' });
  else next();
};

export const anyOrigin: RequestHandler = (request, response, next) => {
  response.setHeader('Access-Control-Allow-Origin', '*');
  response.setHeader('Access-Control-Expose-Headers', 'Link, Content-Disposition');
  response.setHeader('Cross-Origin-Resource-Policy', 'cross-origin');
  if (request.method !== 'OPTIONS') return next();
  response.setHeader('Access-Control-Allow-Methods', 'GET, HEAD, POST');
  response.setHeader('Access-Control-Allow-Headers', 'Content-Type');
  response.setHeader('Access-Control-Max-Age', '86400');
  response.statusCode = 204;
  response.end();
};
