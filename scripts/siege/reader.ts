/**
 * One honest reader. In each round a newcomer's key is registered at one library, brings a new book there, and is
 * found and bought at another one by the reader's own key, which has tokens; the bytes come by BitTorrent and are
 * compared. Then an older book of somebody else, the same way. A round goes to the next library.
 */
import { randomBytes } from 'node:crypto';
import {
  type Client,
  createClient,
  createWallet,
  type TorrentFile,
  type Wallet,
} from '../../client/index.ts';
import { equalBytes, toHex } from '../../core/bytes.ts';
import { parseTorrent } from '../../torrent/parse.ts';
import { bookOf, type Text } from './book.ts';
import { Downloader } from './download.ts';
import type { Book, Field } from './field.ts';
import { type Manner, Tally } from './tally.ts';

export type ReaderOptions = {
  readonly field: Field;
  readonly number: number;
  readonly address: string;
  /** Of a key that has tokens. */
  readonly seed: Uint8Array;
  readonly folder: string;
  /** From the beginning of one round to that of the next. */
  readonly roundMs: number;
};

/** As the program of a reader would give up. Nothing honest may take so long. */
const PATIENCE_MS = 60_000;
/** Everybody comes at once, to libraries that have just started. */
const PREPARE_MS = 300_000;
const ASK_AGAIN_MS = 200;
/** It comes, but is not there yet. */
const NOT_YET = new Set(['file.unknown', 'file.not-available', 'node.not-ready']);
/** Brought before the siege begins. */
const BOOKS_EACH = 2;

export class Reader {
  readonly tally: Tally;
  readonly #options: ReaderOptions;
  readonly #libraries: readonly Client[];
  readonly #wallet: Wallet;
  readonly #downloader: Downloader;
  readonly #owned = new Set<string>();
  #rounds = 0;
  #ended = new AbortController().signal;

  constructor(options: ReaderOptions) {
    const { field, number, address, seed, folder } = options;
    this.#options = options;
    this.#libraries = field.libraries.map(({ api }) => createClient({ url: api, chainId: field.chainId }));
    this.#wallet = createWallet(seed);
    this.#downloader = new Downloader(address, folder);
    this.tally = new Tally(`reader ${number}`);
  }

  /** Brings its first books, and buys them, so that all is warm. @throws what fails. */
  async prepare(): Promise<readonly Book[]> {
    const before = new Tally(`reader ${this.#options.number}, before the siege`);
    const must = async <T>(call: string, ask: () => Promise<T>): Promise<T> => {
      const answer = await before.time(call, ask, { patienceMs: PREPARE_MS, newcomer: true });
      if (answer === undefined && before.seen.failures.length > 0) throw new Error(before.seen.failures[0]);
      return answer!;
    };
    const books: Book[] = [];
    for (let n = 0; n < BOOKS_EACH; n++) {
      const text = this.#newBook(n);
      const author = createWallet(new Uint8Array(randomBytes(32)));
      const [here, there] = [this.#library(n), this.#library(n + 1)];
      await must('register', () => here.register(author.publicKey));
      await must('upload', () => here.uploadFile(author, new Blob([text.bytes]), text.name));
      await must('available', () => this.#available(there, text.hash, PREPARE_MS));
      const torrent = await must('buy', () => there.download(this.#wallet, text.hash));
      await must('read', () => this.#bytes(torrent, text));
      this.#owned.add(text.id);
      books.push(bookFacts(text, torrent));
    }
    return books;
  }

  /** Rounds until `ended`. @param books - of all readers. */
  async read(books: readonly Book[], ended: AbortSignal): Promise<void> {
    const { roundMs } = this.#options;
    this.#ended = ended;
    await pause(Math.random() * roundMs, ended); // they do not all come at once
    while (!ended.aborted) {
      const from = performance.now();
      await this.#round(books);
      await pause(roundMs - (performance.now() - from), ended);
    }
  }

  async stop(): Promise<void> {
    await this.#downloader.stop();
  }

  async #round(books: readonly Book[]): Promise<void> {
    const n = BOOKS_EACH + this.#rounds++;
    const [here, there] = [this.#library(n), this.#library(n + 1)];
    const newcomer = createWallet(new Uint8Array(randomBytes(32)));
    const text = this.#newBook(n);

    await this.#time('register', () => here.register(newcomer.publicKey), { newcomer: true });
    await this.#time('search', () => this.#findVolume(here));
    await this.#time('account', () => here.account(this.#wallet));
    await this.#bringAndRead(here, there, newcomer, text);
    const old = books.filter(({ id }) => !this.#owned.has(id));
    const next = old[Math.floor(Math.random() * old.length)];
    if (next !== undefined) await this.#buyAndRead(here, bookOf(next.id));
  }

  /** What has failed fails once: the rest of the way has nothing to go on. */
  async #bringAndRead(here: Client, there: Client, newcomer: Wallet, text: Text): Promise<void> {
    const bytes = new Blob([text.bytes]);
    const brought = await this.#time('upload', () => here.uploadFile(newcomer, bytes, text.name), {
      newcomer: true,
    });
    if (brought === undefined) return;
    const isThere = await this.#time('available', () => this.#available(there, text.hash));
    if (isThere === undefined) return;
    await this.#time('search', () => this.#find(there, text));
    await this.#buyAndRead(there, text);
  }

  async #buyAndRead(library: Client, text: Text): Promise<void> {
    this.#owned.add(text.id);
    const torrent = await this.#time('buy', () => library.download(this.#wallet, text.hash), { waits: true });
    if (torrent === undefined) return;
    await this.#time('read', () => this.#bytes(torrent, text));
    await this.#time('fetch', () => library.fetch(this.#wallet, text.hash)); // as if the torrent were lost
  }

  /** One of those that nobody has: a search is not a shelf mark. */
  async #findVolume(library: Client): Promise<void> {
    const number = Math.floor(Math.random() * this.#options.field.files);
    const { files } = await library.search(`volume ${number} collected`);
    if (!files.some(({ filename }) => filename.includes(String(number)))) throw new Error('not found');
  }

  async #find(library: Client, text: Text): Promise<void> {
    const { files } = await library.search(`voyage ${text.word}`);
    if (files[0]?.hash !== text.hash) throw new Error(`${text.word} not found`);
  }

  async #bytes({ bytes }: TorrentFile, text: Text): Promise<void> {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const read = await this.#downloader.download(bytes, signal);
    if (!equalBytes(read, text.bytes)) throw new Error(`${read.length} other bytes than those of the book`);
  }

  /** @returns true, to be told from nothing. */
  async #available(library: Client, hash: string, patienceMs = PATIENCE_MS): Promise<true> {
    const until = performance.now() + patienceMs;
    for (;;) {
      const is = await library.file(hash).then(
        () => true,
        (error) => {
          if (NOT_YET.has(error.code)) return false;
          throw error;
        },
      );
      if (is) return true;
      if (performance.now() > until) throw new Error('not available');
      await pause(ASK_AGAIN_MS);
    }
  }

  /** @returns undefined when it has failed, or the siege is over. */
  async #time<T>(
    call: string,
    ask: () => Promise<T>,
    manner: Omit<Manner, 'patienceMs'> = {},
  ): Promise<T | undefined> {
    if (this.#ended.aborted) return undefined;
    return await this.tally.time(call, ask, { patienceMs: PATIENCE_MS, ...manner });
  }

  #newBook(round: number): Text {
    return bookOf(`${this.#options.number} ${round} ${randomBytes(8).toString('hex')}`);
  }

  #library(round: number): Client {
    return this.#libraries[(this.#options.number + round) % this.#libraries.length]!;
  }
}

function bookFacts({ id, hash }: Text, torrent: TorrentFile): Book {
  const parsed = parseTorrent(torrent.bytes);
  if (parsed.kind !== 'accept') throw new Error(`a torrent that is none: ${parsed.code}`);
  return { id, hash, infoHash: toHex(parsed.value.infoHash) };
}

function pause(ms: number, ended?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (ended?.aborted) return resolve();
    const timer = setTimeout(resolve, Math.max(0, ms));
    ended?.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
