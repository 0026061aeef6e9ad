/**
 * The rest of a request that was answered before it was read: thrown away in constant memory, so that its sender
 * gets to see the answer instead of a broken connection; cut off beyond a bound of bytes and time.
 */
import type { IncomingMessage } from 'node:http';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';

export function drain(request: IncomingMessage, clock: Clock): void {
  if (request.readableEnded || request.destroyed) return;
  request.unpipe();
  request.removeAllListeners('data');
  request.on('error', () => request.destroy()); // the sender left: that is what we wait for
  if (hasBody(request)) cutOff(request, clock);
  request.resume();
}

/** Does more come of it than its head? */
export function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** A body in pieces of a byte costs as if they were longer. */
const PIECE_BYTES_MIN = 512;

function cutOff(request: IncomingMessage, clock: Clock): void {
  let left: number = limits.refusedBytesMax;
  const cancel = clock.after(limits.bodyTimeoutMs, () => request.destroy());
  request.on('close', cancel);
  request.on('data', (chunk: Uint8Array) => {
    left -= Math.max(chunk.length, PIECE_BYTES_MIN);
    if (left < 0) request.destroy();
  });
}
