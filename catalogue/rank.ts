/**
 * How well a title fits a query: BM25 (Robertson, Zaragoza: "The Probabilistic Relevance Framework", 2009, formula
 * 3.4) without the weights of rare words. Every candidate has all words of the query, so that those could only say
 * which word may stand twice; and to know them FTS5 walks through all files that have the word.
 */

/** @returns lower is better, as bm25 of FTS5. */
export type Rank = (title: readonly string[]) => number;

/** Stands alone: the thread of the catalogue gets its text (catalogue/thread-code.ts). @param query - its tokens. */
export function createRank(query: readonly string[]): Rank {
  const SATURATION = 1.2;
  const LENGTH = 0.75;
  const USUAL_TOKENS = 8;
  const prefix = query.at(-1) ?? '';
  const whole = new Set(query.slice(0, -1));
  whole.delete(prefix);

  return (title) => {
    const counts = new Map<string, number>();
    let begun = 0;
    for (const token of title) {
      if (whole.has(token)) counts.set(token, (counts.get(token) ?? 0) + 1);
      if (token.startsWith(prefix)) begun += 1;
    }
    const damped = SATURATION * (1 - LENGTH + (LENGTH * title.length) / USUAL_TOKENS);
    let score = 0;
    for (const count of [...counts.values(), begun]) score += (count * (SATURATION + 1)) / (count + damped);
    return -score;
  };
}
