/**
 * The file beside the database of a node (node/engine/amnesia/watermark.ts): takes its time like a disk, survives a crash, and
 * may be lost. A write that was under way when the node died has reached it, or has not, or is torn: then the line
 * before it counts (node/engine/amnesia/watermark-file.ts), as if it had not.
 */
import { type Mark, UNUSED_MARK, type Watermark } from '../../node/engine/amnesia/watermark.ts';
import type { Coverage } from './coverage.ts';
import type { Life } from './life.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';

type Ports = { readonly schedule: Schedule; readonly random: SeededRandom; readonly coverage: Coverage };

const LATENCY_MS_MAX = 2;

export class Witness {
  #mark: Mark | undefined = UNUSED_MARK;

  lose(): void {
    this.#mark = undefined;
  }

  copy(): Mark | undefined {
    return this.#mark;
  }

  restore(mark: Mark | undefined): void {
    this.#mark = mark;
  }

  port(life: Life, { schedule, random, coverage }: Ports): Watermark {
    return {
      read: async () => this.#mark,
      write: (mark) => {
        if (!life.alive) return new Promise(() => {});
        const early = random.chance(0.5);
        if (early) this.#mark = mark;
        const written = new Promise<void>((resolve) => {
          schedule.after(random.between(0, LATENCY_MS_MAX), () => {
            if (!life.alive) {
              if (!early) coverage.count('torn marks');
              return;
            }
            this.#mark = mark;
            resolve();
          });
        });
        return life.bring(written);
      },
    };
  }
}
