/** A problem over a connection that has no response of HTTP: written as it is, and then the connection ends. */
import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';
import { type Problem, problemDocument } from './problem.ts';
import { drawRequestId, REQUEST_ID_HEADER } from './request-id.ts';

export function refuseRaw(socket: Duplex, problem: Problem): void {
  socket.end(rawProblem(problem), () => socket.destroy());
}

function rawProblem(problem: Problem): string {
  const request = drawRequestId();
  const document = problemDocument(problem, request);
  const body = JSON.stringify(document);
  return [
    `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status]}`,
    'Content-Type: application/problem+json',
    `${REQUEST_ID_HEADER}: ${request}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    ...(document.retry_after === undefined ? [] : [`Retry-After: ${document.retry_after}`]),
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
