/** The id of a request: drawn here, in its answer and in the log, so that an operator finds what a reader quotes. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export const REQUEST_ID_HEADER = 'X-Request-Id';
const ID_BYTES = 8;

/** By the request: whoever asks for it first draws it. */
const ids = new WeakMap<IncomingMessage, string>();

export function requestIdOf(request: IncomingMessage): string {
  const known = ids.get(request);
  if (known !== undefined) return known;
  const id = drawRequestId();
  ids.set(request, id);
  return id;
}

/** For what is not asked by a request of its own. Nobody else's word is taken for it: it would stand in the log. */
export function drawRequestId(): string {
  return randomBytes(ID_BYTES).toString('hex');
}
