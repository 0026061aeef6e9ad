/**
 * Files that are like one that waits: of the same size, or with a name that is near (near-title.ts); available ones and others
 * that wait. The catalogue is asked by the words of the title, once by all and once without the longest, which may be
 * the one that is misspelled.
 */
import type { Catalogue } from '../../../catalogue/catalogue.ts';
import { equalBytes, utf8 } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { Hash32, Tokens } from '../../../core/scalars.ts';
import type { Asked, LikeFile } from '../../../rpc/ports.ts';
import { isNear, type Title, titleOf, wordsOf } from './near-title.ts';

type Ports = { readonly catalogue: Pick<Catalogue, 'search' | 'ofSize'>; yieldToLoop(): Promise<void> };
/** What waits, as far as it is compared. */
export type Compared = { readonly hash: Hash32; readonly name: string; readonly size: Tokens };
export type Likes = { readonly sameSize: readonly LikeFile[]; readonly nearTitle: readonly LikeFile[] };

/** Of those that wait so many are looked at for each, longest waiting first; found by the catalogue, so many. */
export const WAITING_LOOKED_AT_MAX = 1_000;
const FOUND_MAX = 50;

/** Compared between two turns of others. */
const AT_ONCE = 32;
/** Milliseconds of a core that one comparison is worth,. */
const COMPARISON_COST = 0.01;

export type Titled = Compared & { readonly title: Title };

/** @param waiting - the first that wait. @returns for one of them what is like it. */
export function likenessOf(
  { catalogue, yieldToLoop }: Ports,
  waiting: readonly Titled[],
  { queue, spent }: Asked,
): (one: Compared) => Promise<Likes> {
  async function found(query: string): Promise<readonly Compared[]> {
    if (query === '') return [];
    const page = { limit: FOUND_MAX, cursor: undefined, queue, spent };
    const answer = await catalogue.search(query, page);
    return answer.kind === 'accept' ? answer.value.files : []; // a mark less: it is busy
  }

  /** Those of them that are like it, as many as are shown. */
  async function amongWaiting(one: Titled): Promise<{ readonly sized: Titled[]; readonly near: Titled[] }> {
    spent(waiting.length * COMPARISON_COST);
    const [sized, near]: [Titled[], Titled[]] = [[], []];
    for (const [at, other] of waiting.entries()) {
      if (at % AT_ONCE === 0) await yieldToLoop();
      if (equalBytes(other.hash, one.hash)) continue;
      if (hasRoomFor(sized, other) && other.size === one.size) sized.push(other);
      if (hasRoomFor(near, other) && isNear(one.title, other.title)) near.push(other);
    }
    return { sized, near };
  }

  return async (compared) => {
    const one = titled(compared);
    const isOther = ({ hash }: Compared): boolean => !equalBytes(hash, one.hash);
    const sized = await catalogue.ofSize(one.size, limits.reviewLikeMax, { queue, spent });
    const named = [];
    for (const query of queriesOf(one.name)) named.push(...(await found(query)));
    const others = await amongWaiting(one);
    const near = named.filter(isOther).filter((file) => isNear(one.title, titleOf(file.name)));
    return { sameSize: shown(sized.filter(isOther), others.sized), nearTitle: shown(near, others.near) };
  };
}

/** Each file once, and not more than are shown. */
function hasRoomFor(files: readonly Titled[], more: Titled): boolean {
  return files.length < limits.reviewLikeMax && !files.some(({ hash }) => equalBytes(hash, more.hash));
}

export function titled({ hash, name, size }: Compared): Titled {
  return { hash, name, size, title: titleOf(name) };
}

/** Each once; available ones first. */
function shown(available: readonly Compared[], waiting: readonly Compared[]): readonly LikeFile[] {
  const all = [
    ...available.map(({ hash, name }) => ({ hash, name, available: true })),
    ...waiting.map(({ hash, name }) => ({ hash, name, available: false })),
  ];
  const once = all.filter(({ hash }, at) => all.findIndex((other) => equalBytes(other.hash, hash)) === at);
  return once.slice(0, limits.reviewLikeMax);
}

function queriesOf(name: string): readonly string[] {
  const words = wordsOf(name);
  const longest = words.reduce((a, b) => (b.length > a.length ? b : a), '');
  const rest = words.filter((word) => word !== longest);
  return [words, rest].map(asQuery);
}

/** As many as a query may have bytes. */
function asQuery(words: readonly string[]): string {
  let query = '';
  for (const word of words) {
    const longer = query === '' ? word : `${query} ${word}`;
    if (utf8(longer).length > limits.searchQueryBytesMax) break;
    query = longer;
  }
  return query;
}
