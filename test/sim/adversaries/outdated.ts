/**
 * A node that is put back to an old copy of its disk again and again, and goes on as if nothing had happened: it has
 * forgotten what it signed.
 */
import type { SimNode } from '../node.ts';

type Rows = readonly (readonly [key: Uint8Array, value: Uint8Array])[];

const COPY_MS = 2_000;
const RESTORE_MS = 6_000;

export function makeOutdated(node: SimNode): void {
  const { schedule, random } = node;
  let copies: Rows[] = [];
  const copy = async (): Promise<void> => {
    if (node.up) copies = [...copies.slice(-3), await node.disk.copy()];
  };
  const restore = async (rows: Rows): Promise<void> => {
    node.coverage.count('old disks restored');
    node.crash(0);
    await node.disk.restore(rows);
    if (!node.up) await node.start();
  };
  const copyLater = (): void => {
    schedule.after(random.between(1, 2 * COPY_MS), () => {
      void copy();
      copyLater();
    });
  };
  const restoreLater = (): void => {
    schedule.after(random.between(1, 2 * RESTORE_MS), () => {
      if (node.up && copies.length > 0) void restore(random.pick(copies));
      restoreLater();
    });
  };
  copyLater();
  restoreLater();
}
