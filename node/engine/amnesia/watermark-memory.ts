/** The witness in memory, for tests and the simulator: it may be copied, put back and lost like a file. */
import { type Mark, UNUSED_MARK, type Watermark } from './watermark.ts';

export type MemoryWatermark = Watermark & {
  /** What a copy of the file would hold. Set it to put an old copy back, or to undefined to lose it. */
  mark: Mark | undefined;
};

/** Of a new library, unless something else is given. */
export function createMemoryWatermark(mark: Mark | undefined = UNUSED_MARK): MemoryWatermark {
  return {
    mark,
    async read() {
      return this.mark;
    },
    async write(next) {
      this.mark = next;
    },
  };
}
