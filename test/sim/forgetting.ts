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
const DECIDES_AGAIN_MS = 3_000;
const WAYS = ['disks lost', 'disks lost', 'old copies put back', 'backups put back'] as const;
/** What a backup leaves out (node/home/backup.ts). */
const UNTIED = ['incarnation', 'fence'].map((name) => metaKey(name));

/** @param forgetsMs - how long after the start. @param decidesMs - how long after that the operator decides. */
export function makeForgetful(
  node: SimNode,
  forgetsMs: number,
  decidesMs: number | undefined,
  ports: Ports,
): void {
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
    if (decidesMs !== undefined) schedule.after(decidesMs, () => void decide());
  };
  /** What reached none of those who answer stays forgotten: from now on it counts as one that may contradict itself. */
  const decide = async (): Promise<void> => {
    node.crash(0);
    judge.rollsBack(node.name);
    await node.start({ signAfterAmnesia: true });
    schedule.after(DECIDES_AGAIN_MS, () => {
      const isWaiting = node.replica === undefined || node.replica.engine.role === 'amnesic';
      if (isWaiting) void decide(); // it died before it had heard enough, and came back without the word
    });
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

/**
 * The whole home of this node is put back to what it was, database and mark together, as a machine's snapshot does: it
 * fits itself, and only the others can know. Again and again.
 */
export function makeRolledBack(node: SimNode, rollsBackMs: number, ports: Ports): void {
  const { schedule, random, coverage, judge, healed } = ports;
  let homes: { readonly rows: Rows; readonly mark: ReturnType<SimNode['witness']['copy']> }[] = [];
  const copyLater = (): void => {
    schedule.after(random.between(1, COPY_MS / 2), () => {
      if (healed()) return;
      const mark = node.witness.copy(); // first: of a home of one moment the database may know more
      void node.disk.copy().then(
        (rows) => {
          homes = [...homes.slice(-3), { rows, mark }];
        },
        () => {}, // it is down
      );
      copyLater();
    });
  };
  const rollBack = async (): Promise<void> => {
    if (homes.length === 0) return;
    const { rows, mark } = random.pick(homes);
    coverage.count('homes rolled back');
    node.crash(0);
    judge.rollsBack(node.name);
    await node.disk.restore(rows);
    node.witness.restore(mark);
    if (!node.up) await node.start();
  };
  const rollBackLater = (): void => {
    schedule.after(random.between(rollsBackMs >> 1, rollsBackMs << 1), () => {
      if (healed()) return;
      void rollBack();
      rollBackLater();
    });
  };
  copyLater();
  rollBackLater();
}
