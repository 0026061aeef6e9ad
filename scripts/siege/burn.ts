/** Busy loops: as much processor time as the attackers took, and nothing else. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

/** @param share - of one processor; above 1 with several threads. Until `ended`. */
export async function burn(share: number, ended: AbortSignal): Promise<void> {
  const threads = Math.max(1, Math.ceil(share));
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL('./burn-thread.ts', import.meta.url), { workerData: share / threads }),
  );
  if (!ended.aborted) await once(ended, 'abort');
  await Promise.all(workers.map((worker) => worker.terminate()));
}
