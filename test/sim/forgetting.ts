/**
 * An honest node that loses its memory: its database is gone, or an old copy of it is put back, and sometimes the
 * witness beside it is gone too. It must notice, follow, and sign again only when the others have told it enough
 * (docs/decisions/amnesia.md). One at a time, since those who have forgotten cannot help each other.
 */

import { equalBytes } from '../../core/bytes.ts';
import { KEYSPACES, metaKey } from '../../store/keyspaces.ts';
import type { Coverage } from './coverage.ts';
import type { Judge } from './judge.ts';
import type { SimNode } from './node.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';

type Rows = readonly (readonly [key: Uint8Array, value: Uint8Array])[];
type Ports = {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly coverage: Coverage;
  readonly judge: Judge;
  /** Nothing is broken any more. */
  healed(): boolean;
};

const COPY_MS = 2_000;
const WAYS = ['disks lost', 'disks lost', 'old copies put back', 'backups put back'] as const;
/** What a backup leaves out (node/backup.ts). */
const UNTIED = ['incarnation', 'fence'].map((name) => metaKey(name));

/** @param forgetsMs - how long after the start. */
export function makeForgetful(node: SimNode, forgetsMs: number, ports: Ports): void {
  const { schedule, random, coverage, judge, healed } = ports;
  const copies: Rows[] = [];
  const copyLater = (): void => {
    schedule.after(COPY_MS, () => {
      if (healed()) return;
      void node.disk.copy().then(
        (rows) => copies.push(rows),
        () => {}, // it is down
      );
      copyLater();
    });
  };
  const forget = async (): Promise<void> => {
    coverage.count('memories lost');
    node.crash(0);
    judge.forgets(node.name);
    const how = copies.length === 0 ? 'disks lost' : random.pick(WAYS);
    coverage.count(how);
    if (random.chance(0.3)) {
      coverage.count('marks lost');
      node.witness.lose();
    }
    await node.disk.restore(how === 'disks lost' ? [] : rowsOf(how, random.pick(copies)));
    if (!node.up) await node.start();
  };
  copyLater();
  schedule.after(forgetsMs, () => healed() || void forget());
}

function rowsOf(how: (typeof WAYS)[number], copy: Rows): Rows {
  if (how !== 'backups put back') return copy;
  return copy.filter(
    ([key]) => key[0] !== KEYSPACES.journal && !UNTIED.some((untied) => equalBytes(untied, key)),
  );
}
