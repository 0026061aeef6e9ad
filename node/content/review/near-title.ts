/**
 * @pure Which names are near to each other, as a librarian should see them beside each other: the same words in whatever
 * order, or some letters that differ. Accents, capitals, punctuation and the extension do not count. A mark, not a rule.
 */

export type Title = {
  /** Its words, folded, with a space between. */
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

export function titleOf(name: string): Title {
  const words = wordsOf(name);
  return { text: words.join(' '), sorted: [...words].sort().join(' ') };
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

/** Levenshtein's distance, as far as it is at most `most`: only the cells near the diagonal are looked at. */
function isWithin(a: string, b: string, most: number): boolean {
  if (Math.abs(a.length - b.length) > most) return false;
  let before = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const now = new Array<number>(b.length + 1).fill(most + 1);
    now[0] = row;
    for (let column = Math.max(1, row - most); column <= Math.min(b.length, row + most); column++) {
      const change = a[row - 1] === b[column - 1] ? 0 : 1;
      now[column] = Math.min(before[column - 1]! + change, before[column]! + 1, now[column - 1]! + 1);
    }
    before = now;
  }
  return before[b.length]! <= most;
}
