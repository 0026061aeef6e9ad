/** The files that can be wished for: three classes of size, in each a few that everybody wants and many that few want. */
import type { Chances } from './chances.ts';
import { MB } from './scenario.ts';

/** What is wished for and what is brought, of each class. */
export const CLASSES = [
  { name: 'texts', size: MB, wished: 0.6, brought: 0.7 },
  { name: 'scans', size: 20 * MB, wished: 0.25, brought: 0.2 },
  { name: 'audio', size: 300 * MB, wished: 0.15, brought: 0.1 },
] as const;

/** Half, on a scale of logarithms: sizes of a class go from one half to twice its size. */
const SIZE_SPREAD = 0.7;
/** Zipf: the file of rank n is wanted as often as 1 ÷ n to this power. */
const ZIPF = 0.9;

export type File = { readonly name: string; readonly kind: number; readonly size: number };

type Row = { readonly files: File[]; readonly upTo: number[] };

export class Shelf {
  readonly #chances: Chances;
  readonly #rows: readonly Row[] = CLASSES.map(() => ({ files: [], upTo: [] }));
  #brought = 0;

  constructor(chances: Chances) {
    this.#chances = chances;
  }

  /** A file as somebody may bring it, not yet wished for. */
  written(): File {
    const kind = this.#chances.kind(CLASSES.map(({ brought }) => brought));
    const size = Math.round(CLASSES[kind]!.size * this.#chances.spread(SIZE_SPREAD));
    return { name: `book ${this.#brought++}`, kind, size };
  }

  /** From now on it can be wished for. @param rank - of its class; of the first files, their number. */
  put(file: File, rank = this.#rankOfNew(file.kind)): void {
    const { files, upTo } = this.#rows[file.kind]!;
    files.push(file);
    upTo.push((upTo.at(-1) ?? 0) + 1 / rank ** ZIPF);
  }

  /** How many of this class there are. */
  count(kind: number): number {
    return this.#rows[kind]!.files.length;
  }

  /** @returns undefined where all that came to mind was refused. */
  wish(refused: (file: File) => boolean): File | undefined {
    const kind = this.#chances.kind(CLASSES.map(({ wished }) => wished));
    for (let tries = 0; tries < 8; tries++) {
      const file = this.#pick(this.#rows[kind]!);
      if (file !== undefined && !refused(file)) return file;
    }
    return undefined;
  }

  /** What comes new is liked better than most of what is there. */
  #rankOfNew(kind: number): number {
    return 1 + Math.floor(this.#chances.next() ** 2 * this.count(kind));
  }

  #pick({ files, upTo }: Row): File | undefined {
    const place = this.#chances.next() * (upTo.at(-1) ?? 0);
    let [low, high] = [0, files.length - 1];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (upTo[middle]! > place) high = middle;
      else low = middle + 1;
    }
    return files[low];
  }
}
