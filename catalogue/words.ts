/**
 * What is a word of a title, for the index and for a query alike. A reader's query is never FTS5 syntax:
 * every word is quoted. Source: https://www.sqlite.org/fts5.html, "FTS5 Strings" and "Unicode61 Tokenizer".
 */

export type Words = {
  /** The text that is indexed for a title: its words, separated by spaces. */
  indexText(title: string): string;
  /**
   * An FTS5 expression for all words of `query`, the last one as a prefix. A word that stands twice is looked for
   * once; behind `tokensMax` tokens nothing is looked for: each costs a walk through all files that have it. A last
   * word that is longer than the prefixes in the index is looked for by its beginning: see `restOf`.
   * @returns undefined when the query has no word at all (empty, blank or punctuation only).
   */
  matchExpression(query: string, tokensMax: number): string | undefined;
  /**
   * The last word of such an expression, when more than its beginning must be looked at in each title that was found.
   * @returns undefined when the index knows prefixes of its length, or folds it in ways that are not known here.
   */
  restOf(query: string, tokensMax: number): string | undefined;
  /** The tokens of a title or of a query, about as the tokenizer folds them: for ranking only. */
  tokensOf(text: string): string[];
};

/** Stands alone: the thread of the catalogue gets its text (catalogue/thread-code.ts). */
export function createWords(): Words {
  const WORD = /[\p{L}\p{N}\p{M}\p{Co}\p{Extended_Pictographic}]+/gu;
  /** Scripts that are written without spaces: each character becomes a word, a run of them a phrase. */
  const UNSPACED =
    /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/gu;
  /** Characters that the tokenizer does not take for letters: they are spelled as their number. */
  const UNTOKENIZED = /[\u{10000}-\u{10ffff}\p{Extended_Pictographic}]/gu;
  const MARKS = /\p{M}+/gu;
  const ASCII = /^[ -~]*$/;
  /** The longest in catalogue/schema.ts. For a longer one FTS5 first reads every file of every word that begins so. */
  const PREFIX_MAX = 8;

  const wordsOf = (text: string): string[] => text.toWellFormed().normalize('NFKC').match(WORD) ?? [];
  const spaced = (word: string): string =>
    word
      .replace(UNTOKENIZED, (character) => ` u${character.codePointAt(0)!.toString(16)} `)
      .replace(UNSPACED, ' $& ')
      .replace(/ +/g, ' ')
      .trim();
  const indexText = (title: string): string => wordsOf(title).map(spaced).join(' ');

  const matchExpression = (query: string, tokensMax: number): string | undefined => {
    const phrases = wordsOf(query).map((word) => spaced(word).split(' '));
    const kept: string[] = [];
    let left = tokensMax;
    for (const phrase of phrases) {
      if (left > 0) kept.push(phrase.slice(0, left).join(' '));
      left -= phrase.length;
    }
    const last = kept.at(-1);
    if (last === undefined) return undefined;
    const others = new Set(kept.slice(0, -1).filter((phrase) => phrase !== last));
    const end = last.lastIndexOf(' ') + 1;
    const beginning = last.slice(0, end) + [...last.slice(end)].slice(0, PREFIX_MAX).join('');
    // No quotation mark can stand inside: WORD knows letters, digits and marks only.
    return `${[...others, beginning].map((phrase) => `"${phrase}"`).join(' ')}*`;
  };
  const restOf = (query: string, tokensMax: number): string | undefined => {
    const last = tokensOf(query).slice(0, tokensMax).at(-1) ?? '';
    return last.length > PREFIX_MAX && ASCII.test(query) ? last : undefined;
  };

  const tokensOf = (text: string): string[] => {
    if (ASCII.test(text)) return text.toLowerCase().match(/[a-z0-9]+/g) ?? [];
    const folded = indexText(text).normalize('NFKD').replace(MARKS, '').toLowerCase();
    return folded === '' ? [] : folded.split(' ');
  };

  return { indexText, matchExpression, restOf, tokensOf };
}
