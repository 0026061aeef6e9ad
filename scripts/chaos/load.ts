/**
 * Purchases without a pause: readers who buy one file after the other, each at whatever library answers. A reader
 * who gets no answer buys the same again at another library, which is where a careless ledger would sell it twice.
 * They take their time, so that there is something left to buy until the end.
 */
import type { Wallet } from '../../client/wallet.ts';

export type Shop = {
  readonly chainId: string;
  readonly apis: readonly string[];
  readonly readers: readonly Wallet[];
  /** What every reader buys, hex. */
  readonly files: readonly string[];
};
/** `<public key>:<hash>`, hex. */
export type Purchase = string;

/** How long a reader waits for an answer, and how long a library that gave none is left alone. */
const PATIENCE_MS = 6_000;
const AVOID_MS = 2_000;
const PAUSE_MS = 50;
/** Of one worker, from one purchase to the next. */
const PACE_MS = 60;
/** What a run can buy at most; its readers must be so many. */
export const PURCHASES_PER_WORKER_MINUTE = 60_000 / PACE_MS;
/** Answers of a library that is in trouble, and says so; the reader comes again. */
const TROUBLE = new Set([
  'node.not-ready',
  'node.finality-timeout',
  'pool.full',
  'node.fault',
  'request.too-slow',
]);
/** An earlier request has bought the file, and its answer was lost: the torrent is to be had by `fetch`. */
const BOUGHT = 'request.sign-fetch';
const FETCH_SECONDS = 3_600;

export class Load {
  /** With the number of the library that acknowledged it last. */
  readonly acknowledged = new Map<Purchase, number>();
  /** Answers that nobody should ever get. */
  readonly surprises: string[] = [];
  /** Requests that had to be repeated, by why. */
  readonly repeated = new Map<string, number>();
  readonly #shop: Shop;
  readonly #avoid: number[];
  readonly #queue: { readonly reader: Wallet; readonly hash: string }[];
  readonly #workers: Promise<void>[];
  readonly #watchers = new Set<Watcher>();
  #closed = false;

  /** @param choose - a library, 0 … count − 1. */
  constructor(shop: Shop, workers: number, choose: (count: number) => number) {
    this.#shop = shop;
    this.#avoid = shop.apis.map(() => 0);
    this.#queue = shop.files.flatMap((hash) => shop.readers.map((reader) => ({ reader, hash })));
    this.#workers = Array.from({ length: workers }, () => this.#work(choose));
  }

  /**
   * Resolves after `count` more purchases are acknowledged, by library `at` if one is named.
   * @throws when there is nothing left to buy.
   */
  more(count: number, at?: number): Promise<void> {
    return new Promise((resolve, reject) => this.#watchers.add({ left: count, at, resolve, reject }));
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all(this.#workers);
  }

  async #work(choose: (count: number) => number): Promise<void> {
    while (!this.#closed) {
      const next = this.#queue.shift();
      if (next === undefined) return this.#soldOut();
      const pause = new Promise((resolve) => setTimeout(resolve, PACE_MS));
      await this.#buy(next.reader, next.hash, choose);
      await pause;
    }
  }

  async #buy(reader: Wallet, hash: string, choose: (count: number) => number): Promise<void> {
    const { chainId, apis } = this.#shop;
    const signed = await reader.signDownload(chainId, hash);
    const purchase = `download?${new URLSearchParams({ hash, public_key: reader.publicKey, signed_hash: signed })}`;
    let [bought, library] = [false, this.#choose(choose)];
    for (;;) {
      const why = await ask(
        `${apis[library]}/api/${bought ? await toFetch(chainId, hash, reader) : purchase}`,
      );
      if (why === undefined) return this.#acknowledge(`${reader.publicKey}:${hash}`, library);
      const boughtBefore = why === BOUGHT && !bought;
      // Bought at another library, whose block is not at this one yet.
      const late = why === 'right.missing' && bought;
      if (!boughtBefore && !late && !TROUBLE.has(why) && !why.startsWith('no answer')) {
        this.surprises.push(`${why} from library ${library + 1}`);
        return;
      }
      this.repeated.set(why, (this.repeated.get(why) ?? 0) + 1);
      if (this.#closed) return;
      if (boughtBefore) {
        bought = true;
        continue;
      }
      this.#avoid[library] = Date.now() + AVOID_MS;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
      library = this.#choose(choose);
    }
  }

  #choose(choose: (count: number) => number): number {
    const now = Date.now();
    const all = this.#avoid.map((_, i) => i);
    const open = all.filter((i) => this.#avoid[i]! <= now);
    const candidates = open.length > 0 ? open : all;
    return candidates[choose(candidates.length)]!;
  }

  #acknowledge(purchase: Purchase, library: number): void {
    this.acknowledged.set(purchase, library);
    for (const watcher of [...this.#watchers]) {
      if (watcher.at !== undefined && library !== watcher.at) continue;
      watcher.left -= 1;
      if (watcher.left > 0) continue;
      this.#watchers.delete(watcher);
      watcher.resolve();
    }
  }

  #soldOut(): void {
    for (const { reject } of this.#watchers) reject(new Error('there is nothing left to buy'));
    this.#watchers.clear();
  }
}

type Watcher = {
  left: number;
  readonly at: number | undefined;
  resolve(): void;
  reject(error: Error): void;
};

async function toFetch(chainId: string, hash: string, reader: Wallet): Promise<string> {
  // Also for a library whose clock is ten minutes ahead, or behind.
  const expires = Math.floor(Date.now() / 1_000) + FETCH_SECONDS;
  const signed_hash = await reader.signFetch(chainId, hash, expires);
  const fields = { hash, public_key: reader.publicKey, signed_hash, expires: String(expires) };
  return `fetch?${new URLSearchParams(fields)}`;
}

/** @returns undefined when the purchase is acknowledged, else why it is not. */
async function ask(url: string): Promise<string | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    if (response.ok) {
      await response.arrayBuffer();
      return undefined;
    }
    const problem = (await response.json()) as { type?: string };
    return problem.type ?? `status ${response.status}`;
  } catch (error) {
    const { name, cause } = error as Error & { cause?: { code?: string } };
    return `no answer (${cause?.code ?? name})`;
  }
}
