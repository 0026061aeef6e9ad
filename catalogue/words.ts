/**
 * What is a word of a title, for the index and for a query alike. A reader's query is never FTS5 syntax:
 * every word is quoted. Source: https://www.sqlite.org/fts5.html, "FTS5 Strings" and "Unicode61 Tokenizer".
 */

const WORD = /[\p{L}\p{N}\p{M}\p{Co}\p{Extended_Pictographic}]+/gu;
/** Scripts that are written without spaces: each character becomes a word, a run of them a phrase. */
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/gu;
/** Characters that the tokenizer does not take for letters: they are spelled as their number. */
const UNTOKENIZED = /[\u{10000}-\u{10ffff}\p{Extended_Pictographic}]/gu;

/** The text that is indexed for a title: its words, separated by spaces. */
export function indexText(title: string): string {
  return wordsOf(title).map(spaced).join(' ');
}

/**
 * An FTS5 expression for all words of `query`, the last one as a prefix.
 * @returns undefined when the query has no word at all (empty, blank or punctuation only).
 */
export function matchExpression(query: string): string | undefined {
  const words = wordsOf(query);
  if (words.length === 0) return undefined;
  // No quotation mark can stand inside: WORD knows letters, digits and marks only.
  return `${words.map((word) => `"${spaced(word)}"`).join(' ')}*`;
}

function wordsOf(text: string): string[] {
  return text.toWellFormed().normalize('NFKC').match(WORD) ?? [];
}

function spaced(word: string): string {
  return word
    .replace(UNTOKENIZED, (character) => ` u${character.codePointAt(0)!.toString(16)} `)
    .replace(UNSPACED, ' $& ')
    .replace(/ +/g, ' ')
    .trim();
}
