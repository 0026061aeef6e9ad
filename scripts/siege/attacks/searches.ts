/** The worst searches: words that every title has, as many as fit, and beginnings of words; one by one and in batches. */
import { queryPath } from '../../../client/paths.ts';
import { limits } from '../../../core/limits.ts';
import type { Attack } from '../attack.ts';
import { outcomeOf } from '../caller.ts';

const BATCHES_PER_SECOND = 8;
const IN_A_BATCH = limits.rpcBatchMax;
const PER_SECOND = 40;
const AT_ONCE = 32;
/** In every title of the large state (scripts/bench/large-state.ts). */
const COMMON = ['volume', 'of', 'the', 'collected', 'works', 'pdf'];

export const searches: Attack = {
  name: 'searches',
  what: `${BATCHES_PER_SECOND} batches of ${IN_A_BATCH} and ${PER_SECOND} single ones a second`,
  async run(ground) {
    await Promise.all([
      ground.pace(BATCHES_PER_SECOND, AT_ONCE, async () => {
        const batch = Array.from({ length: IN_A_BATCH }, (_, id) => ({
          jsonrpc: '2.0',
          id,
          method: 'library_v1_search',
          params: { query: worst(), limit: limits.searchResultsMax },
        }));
        const answer = await ground.caller().call({
          url: `${ground.library().api}/rpc`,
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: Buffer.from(JSON.stringify(batch)),
        });
        return `batch ${outcomeOf(answer)}`;
      }),
      ground.pace(PER_SECOND, AT_ONCE, async () => {
        const url =
          ground.library().api + queryPath('search', { query: worst(), limit: limits.searchResultsMax });
        return outcomeOf(await ground.caller().call({ url }));
      }),
    ]);
  },
};

/** Another one each time, so that none is remembered. */
function worst(): string {
  const kind = Math.random();
  if (kind < 0.3) return fill(() => pick(COMMON));
  if (kind < 0.6) return fill(() => pick(COMMON).slice(0, 1 + Math.floor(Math.random() * 2)));
  if (kind < 0.8)
    return `${COMMON.toSorted(() => Math.random() - 0.5).join(' ')} ${Math.floor(Math.random() * 10)}`;
  return pick(['v', 'vo', 'vol', 'c', 'w', 'o', 't', 'p', '1', '12']);
}

function fill(word: () => string): string {
  const words: string[] = [];
  for (let length = 0; length < limits.searchQueryBytesMax - 12; length += words.at(-1)!.length + 1) {
    words.push(word());
  }
  return words.join(' ');
}

function pick<T>(all: readonly T[]): T {
  return all[Math.floor(Math.random() * all.length)]!;
}
