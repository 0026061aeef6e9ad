/** @pure The known name that somebody may have meant: "did you mean". */

/** Nobody mistypes more of a name than that: a third of its characters, and three. */
const PART = 3;
const MISTAKES_MAX = 3;
/** Longer names are none of ours. */
const LENGTH_MAX = 64;

/** @returns the nearest of `known`; undefined when none is near. Case, `-`, `_` and blanks do not count. */
export function nearestOf(name: string, known: readonly string[]): string | undefined {
  if (name.length > LENGTH_MAX) return undefined;
  const meant = plain(name);
  let nearest: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const one of known) {
    const wanted = plain(one);
    const mistakes = mistakesIn(meant, wanted);
    if (mistakes > Math.min(MISTAKES_MAX, wanted.length / PART) || mistakes >= least) continue;
    [nearest, least] = [one, mistakes];
  }
  return nearest;
}

/** From a capital letter of ASCII to its small one: names of ours have no others. */
const CASE = 32;

function plain(name: string): string {
  const small = name.replace(/[A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + CASE));
  return small.replace(/[-_ ]/g, '');
}

/** Characters to add, leave out or change (Levenshtein), and neighbours to exchange. */
function mistakesIn(from: string, to: string): number {
  let before: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const changed = last[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1);
      let least = Math.min(row[j - 1]! + 1, last[j]! + 1, changed);
      const isExchanged = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isExchanged) least = Math.min(least, before[j - 2]! + 1);
      row.push(least);
    }
    [before, last] = [last, row];
  }
  return last[to.length]!;
}
