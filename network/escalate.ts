/**
 * libp2p catches whatever its callbacks throw. A mistake of ours must not end there: it is thrown again where
 * nobody catches it, so that the process stops (core/assert.ts).
 */
import { AssertionFailed } from '../core/assert.ts';

export function escalateMistake(error: unknown): void {
  if (!(error instanceof AssertionFailed)) return;
  queueMicrotask(() => {
    throw error;
  });
}
