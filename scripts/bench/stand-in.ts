/**
 * Uses as much of a processor as something that is dead would have used: on a machine whose processors are the limit,
 * whoever dies leaves his share to the others, which would look like an advantage. A thread of its own.
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';

const TURN_MS = 10;

/** @param share - of one processor, 0 … 1. @returns how to end it. */
export function standIn(share: number): () => Promise<unknown> {
  const worker = new Worker(new URL(import.meta.url), { workerData: Math.min(1, share) });
  return () => worker.terminate();
}

if (!isMainThread) {
  const share = workerData as number;
  const from = process.threadCpuUsage().user;
  const began = performance.now();
  setInterval(() => {
    const wantedMs = share * (performance.now() - began);
    const turnMs = Math.min(2 * TURN_MS, wantedMs - spentMs());
    const until = performance.now() + turnMs;
    while (performance.now() < until);
  }, TURN_MS);

  /** Of this thread alone. */
  function spentMs(): number {
    return (process.threadCpuUsage().user - from) / 1_000;
  }
}
