/** Answers and problems as HTTP. The only file that writes a response of the API. */
import type { Response } from 'express';
import type { Answer } from './answer.ts';
import { type Problem, problemDocument } from './problem.ts';
import { requestIdOf } from './request-id.ts';

export function sendAnswer(response: Response, answer: Answer): void {
  switch (answer.kind) {
    case 'json':
      sendJson(response, 200, answer.value);
      break;
    case 'under-way':
      sendJson(response, 202, answer.value);
      break;
    case 'page':
      if (answer.next !== undefined) response.setHeader('Link', nextLink(response, answer.next));
      sendJson(response, 200, answer.items);
      break;
    case 'torrent':
      // RFC 6266: express writes both the plain and the encoded form of the name.
      response.attachment(answer.filename);
      response.setHeader('Content-Type', 'application/x-bittorrent');
      response.setHeader('Content-Length', answer.bytes.length);
      response.end(answer.bytes);
      break;
    case 'proof':
      response.setHeader('Content-Type', 'application/vnd.ipld.dag-cbor');
      response.setHeader('Content-Length', answer.bytes.length);
      response.end(answer.bytes);
      break;
  }
}

export function sendProblem(response: Response, problem: Problem): void {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  const document = problemDocument(problem, requestIdOf(response.req));
  response.locals.refused = problem.code;
  if (document.retry_after !== undefined) response.setHeader('Retry-After', document.retry_after);
  sendJson(response, document.status, document, 'application/problem+json');
}

export function sendJson(
  response: Response,
  status: number,
  value: unknown,
  type = 'application/json; charset=utf-8',
): void {
  const body = Buffer.from(`${JSON.stringify(value)}\n`); // a line of its own in a terminal
  response.statusCode = status;
  response.setHeader('Content-Type', type);
  response.setHeader('Content-Length', body.length);
  response.end(body);
}

/** RFC 8288: the same search, from `cursor` on; by GET, whatever the method was. */
function nextLink(response: Response, cursor: string): string {
  const query = new URLSearchParams({ ...response.locals.fields, cursor });
  return `</api/search?${query}>; rel="next"`;
}
