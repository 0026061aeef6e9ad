/** One busy loop (burn.ts): looks at its own processor time, so that it catches up with what others kept from it. */
import { threadCpuUsage } from 'node:process';
import { workerData } from 'node:worker_threads';

const share = workerData as number;
const SLICE_MS = 5;
const MICROSECONDS = 1_000;
const from = performance.now();

for (;;) {
  const until = performance.now() + SLICE_MS;
  while (usedMs() < share * (performance.now() - from) && performance.now() < until);
  await new Promise((resolve) =>
    setTimeout(resolve, usedMs() < share * (performance.now() - from) ? 0 : SLICE_MS),
  );
}

function usedMs(): number {
  const { user, system } = threadCpuUsage();
  return (user + system) / MICROSECONDS;
}
