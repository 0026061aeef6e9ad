/**
 * TCP with a long way: whatever goes in at one end comes out at the other so many milliseconds later, in order, in
 * both directions. A thread of its own, so that the wait is not the wait for somebody else. For machines whose
 * kernel has no netem.
 */
import { connect, createServer, type Socket } from 'node:net';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

export type Line = { readonly from: number; readonly to: number };

/** @param lines - ports of this machine. @returns how to end it. */
export async function delayLines(lines: readonly Line[], oneWayMs: number): Promise<() => Promise<unknown>> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { lines, oneWayMs } });
  await new Promise((resolve, reject) => worker.once('message', resolve).once('error', reject));
  return () => worker.terminate();
}

if (!isMainThread) {
  const { lines, oneWayMs } = workerData as { lines: readonly Line[]; oneWayMs: number };
  await Promise.all(lines.map((line) => open(line, oneWayMs)));
  parentPort!.postMessage('open');
}

function open({ from, to }: Line, oneWayMs: number): Promise<void> {
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: to, noDelay: true });
    near.setNoDelay(true);
    pass(near, far, oneWayMs);
    pass(far, near, oneWayMs);
  });
  return new Promise((resolve) => server.listen(from, '127.0.0.1', () => resolve()));
}

/** Timers of one length fire in the order in which they were set. */
function pass(source: Socket, sink: Socket, delayMs: number): void {
  source.on('data', (bytes) => setTimeout(() => sink.writable && sink.write(bytes), delayMs));
  source.on('end', () => setTimeout(() => sink.end(), delayMs));
  source.on('error', () => sink.destroy());
  source.on('close', () => setTimeout(() => sink.destroy(), 2 * delayMs));
}
