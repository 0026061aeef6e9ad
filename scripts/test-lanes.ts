/**
 * All tests in two processes side by side: those with processes of their own wait more than they work, and all others
 * keep one core busy meanwhile. The first lane is shown as it runs, the second when it has ended.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a lane says at its end. */
export type Tally = { readonly passed: number; readonly skipped: number; readonly failed: readonly string[] };

/** @param lanes - folders of each. @returns of all together. Ends its lanes when this process is told to end. */
export async function runLanes(program: string, lanes: readonly (readonly string[])[]): Promise<Tally> {
  const children: ChildProcess[] = [];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      for (const child of children) child.kill(signal);
    });
  }
  const tallies = await Promise.all(
    lanes.map(async (folders, at) => {
      const child = spawn(process.execPath, [program, ...folders], {
        stdio: ['ignore', at === 0 ? 'inherit' : 'pipe', at === 0 ? 'inherit' : 'pipe', 'ipc'],
      });
      children.push(child);
      const shown: Buffer[] = [];
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => shown.push(chunk));
      let tally: Tally = {
        passed: 0,
        skipped: 0,
        failed: [`the lane of ${folders.join(' ')} has said nothing`],
      };
      child.on('message', (said) => {
        tally = said as Tally;
      });
      await once(child, 'close');
      return { tally, shown: Buffer.concat(shown) };
    }),
  );
  for (const { shown } of tallies) process.stdout.write(shown);
  return {
    passed: tallies.reduce((sum, { tally }) => sum + tally.passed, 0),
    skipped: tallies.reduce((sum, { tally }) => sum + tally.skipped, 0),
    failed: tallies.flatMap(({ tally }) => tally.failed),
  };
}
