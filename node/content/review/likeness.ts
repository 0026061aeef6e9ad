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
const WAITING_LOOKED_AT_MAX = 1_000;
const FOUND_MAX = 50;

type Titled = Compared & { readonly title: Title };

/** @param all - whatever waits. @returns for one of them what is like it. */
export function likenessOf(
  { catalogue, yieldToLoop }: Ports,
  all: readonly Compared[],
  { queue, spent }: Asked,
): (one: Compared) => Promise<Likes> {
  const waiting = all.slice(0, WAITING_LOOKED_AT_MAX).map(titled);

  async function found(query: string): Promise<readonly Compared[]> {
    if (query === '') return [];
    const page = { limit: FOUND_MAX, cursor: undefined, queue, spent };
    const answer = await catalogue.search(query, page);
    return answer.kind === 'accept' ? answer.value.files : []; // a mark less: it is busy
  }

  return async (one) => {
    await yieldToLoop();
    const { title } = titled(one);
    const isOther = ({ hash }: Compared): boolean => !equalBytes(hash, one.hash);
    const others = waiting.filter(isOther);
    const near = (file: Titled): boolean => isNear(title, file.title);
    const sized = await catalogue.ofSize(one.size, limits.reviewLikeMax, { queue, spent });
    const named = [];
    for (const query of queriesOf(one.name)) named.push(...(await found(query)));
    return {
      sameSize: shown(
        sized.filter(isOther),
        others.filter(({ size }) => size === one.size),
      ),
      nearTitle: shown(named.filter(isOther).map(titled).filter(near), others.filter(near)),
    };
  };
}

function titled(file: Compared): Titled {
  return { ...file, title: titleOf(file.name) };
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
