/**
 * @pure Which names are near to each other, as a librarian should see them beside each other: the same words in whatever
 * order, or some letters that differ. Accents, capitals, punctuation and the extension do not count. A mark, not a rule.
 */

export type Title = {
  /** Its words, folded, with a space between: as much as is compared letter by letter. */
  readonly text: string;
  /** The same in their order in the alphabet. */
  readonly sorted: string;
};

const WORD = /[\p{L}\p{N}]+/gu;
const MARKS = /\p{M}+/gu;
const EXTENSION = /\.[\p{L}\p{N}]{1,5}$/u;
/** One letter in so many may differ, and not more than so many. */
const LETTERS_PER_CHANGE = 8;
const CHANGES_MAX = 3;
/** UTF-16 units that are compared letter by letter: names that differ only behind them are near. It bounds what one comparison costs. */
const COMPARED_MAX = 64;

export function titleOf(name: string): Title {
  const words = wordsOf(name);
  return { text: words.join(' ').slice(0, COMPARED_MAX), sorted: [...words].sort().join(' ') };
}

export function wordsOf(name: string): readonly string[] {
  const bare = name.toWellFormed().replace(EXTENSION, '');
  return bare.normalize('NFKD').replace(MARKS, '').toLowerCase().match(WORD) ?? [];
}

export function isNear(a: Title, b: Title): boolean {
  if (a.text === '' || b.text === '') return false;
  if (a.sorted === b.sorted) return true;
  const shorter = Math.min(a.text.length, b.text.length);
  const changes = Math.min(CHANGES_MAX, Math.floor(shorter / LETTERS_PER_CHANGE));
  return isWithin(a.text, b.text, changes);
}

/**
 * Levenshtein's distance, as far as it is at most `most`: only the cells near the diagonal are looked at, and no more rows when
 * it is more already.
 */
function isWithin(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false;
  const over = most + 1;
  let before = Array.from({ length: b.length + 1 }, (_, column) => Math.min(column, over));
  let now = new Array<number>(b.length + 1).fill(over);
  for (let row = 1; row <= a.length; row++) {
    const from = Math.max(1, row - most);
    const to = Math.min(b.length, row + most);
    // What lies beside the cells that are looked at is too far.
    now[from - 1] = from === 1 ? Math.min(row, over) : over;
    if (row + most <= b.length) before[row + most] = over;
    let least = now[from - 1]!;
    for (let column = from; column <= to; column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      const cell = Math.min(before[column - 1]! + change, before[column]! + 1, now[column - 1]! + 1);
      now[column] = cell;
      if (cell < least) least = cell;
    }
    if (least > most) return false;
    [before, now] = [now, before];
  }
  return before[b.length]! <= most;
}
