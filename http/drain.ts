/**
 * The rest of a request that is answered before it was read: thrown away in constant memory, so that its sender gets to see
 * the answer instead of a broken connection; cut off beyond a bound of bytes and time. Node throws it away without one. So
 * the bound is set where answers go out, for all of a server: no page can forget it.
 */
import type { IncomingMessage, Server } from 'node:http';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';

type Options = {
  readonly bytesMax?: number;
  /**
   * Who pays for what is thrown away: asked before, when it is still known where a request comes from. A piece counts as
   * `refusedPieceBytesMin` at least, here as well.
   */
  readonly payer?: (request: IncomingMessage) => (bytes: number) => void;
};

/** Call it once for each server, before anybody else listens for requests. */
export function drainBehindAnswers(server: Server, clock: Clock, options?: Options): void {
  server.prependListener('request', (request, response) => {
    if (!hasBody(request)) return;
    const end = response.end.bind(response) as (...all: unknown[]) => typeof response;
    // Before the answer is out: from then on Node throws away what nobody reads.
    response.end = (...all: unknown[]) => {
      drain(request, clock, options);
      return end(...all);
    };
  });
}

const drained = new WeakSet<IncomingMessage>();

/** For who answers when the rest has come. */
export function drain(request: IncomingMessage, clock: Clock, options: Options = {}): void {
  if (request.readableEnded || request.destroyed || drained.has(request)) return;
  drained.add(request);
  request.unpipe();
  request.removeAllListeners('data');
  request.on('error', () => request.destroy()); // the sender left: that is what we wait for
  if (hasBody(request)) cutOff(request, clock, options);
  request.resume();
}

/** Does more come of it than its head? */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

function cutOff(request: IncomingMessage, clock: Clock, options: Options): void {
  const { bytesMax = limits.refusedBytesMax, payer } = options;
  const { socket } = request;
  const pay = payer?.(request);
  const start = socket.bytesRead;
  let bytes = 0;
  const cancel = clock.after(limits.bodyTimeoutMs, () => request.destroy());
  request.once('close', () => {
    cancel();
    pay?.(bytes);
  });
  request.on('data', (chunk: Uint8Array) => {
    bytes += Math.max(chunk.length, limits.refusedPieceBytesMin);
    // What stands between the pieces is read as well.
    if (Math.max(bytes, socket.bytesRead - start) > bytesMax) request.destroy();
  });
}
