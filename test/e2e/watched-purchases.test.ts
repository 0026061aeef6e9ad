/** A reader watches purchases while library and watching program are killed: all are seen, each once, by that reader alone. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClientError } from '../../client/client-error.ts';
import { createWallet, type Wallet } from '../../client/wallet.ts';
import { toHex } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { eventually } from './fixtures/eventually.ts';
import { type Book, newReader, upload, wealthyReader, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

const PURCHASES = 50;
const BOOK_BYTES = 1_000;
/** After so many purchases: of the library, of the program, of both. */
const KILLS: Readonly<Record<number, readonly ('library' | 'watcher')[]>> = {
  12: ['library'],
  23: ['watcher'],
  34: ['library', 'watcher'],
};
const WATCHER = join(import.meta.dirname, 'fixtures/purchase-watcher.ts');

describe('a reader who watches own purchases', () => {
  let library: SingleLibrary;
  let watcher: ChildProcess;
  let author: Wallet;
  let buyer: Wallet;
  let other: Wallet;
  const seed = sha256(new Uint8Array(32).fill(7));
  const books: Book[] = [];

  before(async () => {
    library = await SingleLibrary.start();
    const { client, folder } = library;
    author = await newReader(client);
    for (let i = 0; i < PURCHASES; i += 10) {
      const some = await Promise.all(
        Array.from({ length: 10 }, (_, j) => writeBook(folder, `book ${i + j}.txt`, BOOK_BYTES + i + j)),
      );
      await Promise.all(some.map((book) => upload(client, author, book)));
      books.push(...some);
    }
    buyer = createWallet(seed);
    await client.register(buyer.publicKey);
    await upload(client, buyer, await writeBook(folder, 'own.bin', 2 * PURCHASES * BOOK_BYTES));
    other = await wealthyReader(client, folder, BOOK_BYTES);
  });
  after(async () => {
    await stopWatching();
    await library?.stop();
  });

  const seenIn = (): string => join(library.folder, 'seen.txt');
  const seen = (): readonly string[] =>
    existsSync(seenIn()) ? readFileSync(seenIn(), 'utf8').split('\n').filter(Boolean) : [];

  function watch(): void {
    const env = { ...process.env, SEED: toHex(seed) };
    watcher = spawn(process.execPath, [WATCHER, library.home.api, seenIn()], { env, stdio: 'inherit' });
  }

  async function stopWatching(): Promise<void> {
    if (watcher === undefined || watcher.exitCode !== null || watcher.signalCode !== null) return;
    const ended = once(watcher, 'exit');
    watcher.kill('SIGKILL');
    await ended;
  }

  /** Until it is done: an answer may be lost, and the purchase final all the same. */
  async function buy(hash: string): Promise<void> {
    await eventually('a purchase', async () => {
      try {
        return await library.client.download(buyer, hash);
      } catch (error) {
        if (error instanceof ClientError && (error.status === undefined || error.status >= 500))
          return undefined;
        throw error;
      }
    });
  }

  it('sees fifty of them over kill -9 of the library and of the program: all, in order, each once', async () => {
    watch();
    for (const [count, { hash }] of books.entries()) {
      const killed = KILLS[count] ?? [];
      const buying = buy(hash);
      if (killed.includes('watcher')) await stopWatching();
      if (killed.includes('library')) {
        await library.process.kill();
        await library.restart();
      }
      if (killed.includes('watcher')) watch();
      await buying;
    }
    await eventually('all purchases', () => seen().length >= PURCHASES);
    expect(seen().map((line) => line.split(' ')[1])).to.deep.equal(books.map(({ hash }) => hash));
    const { items } = await library.client.history(buyer, { limit: 500 });
    const purchases = items.filter(({ kind }) => kind === 'purchased').toReversed();
    expect(purchases.map(({ at }) => at)).to.deep.equal(seen().map((line) => line.split(' ')[0]));
    for (const { at, transaction } of purchases) {
      const proof = await library.client.inclusion(transaction!, Number(at.split(':')[0]));
      expect(proof.length).to.be.greaterThan(0);
    }
  });

  it('is seen by nobody else: in no event, call, block, figure or line of the log', async () => {
    const { client, home } = library;
    const told: string[] = [];
    for (const wallet of [undefined, other, author]) {
      for (let from = '1:0'; ; ) {
        const page = await client.eventPage({ from, limit: 1_000, ...(wallet && { wallet }) });
        const kinds = page.events.map(({ kind }) => kind);
        expect(kinds).not.to.include('purchased');
        told.push(inText(page));
        from = page.next;
        if (Number(from.split(':')[0]) > page.head) break;
      }
    }
    for (const wallet of [other, author]) told.push(inText(await client.history(wallet, { limit: 500 })));
    const ask = async (url: string): Promise<string> => (await fetch(url)).text();
    const { height } = JSON.parse(await ask(`${home.api}/api/head`)) as { readonly height: number };
    const bodies: Buffer[] = [];
    for (let at = 1; at <= height; at++) {
      const text = await ask(`${home.api}/api/block?height=${at}`);
      told.push(text);
      for (const [, body] of text.matchAll(/"body":"([^"]*)"/g)) bodies.push(Buffer.from(body!, 'base64'));
    }
    const calls = ['status', 'members', 'proposals', 'evidence', 'search?query=', 'parameters', 'limits'];
    for (const call of calls) told.push(await ask(`${home.api}/api/${call}`));
    told.push(await ask(`${home.api}/api/account?public_key=${other.publicKey}`));
    told.push(await ask(`http://127.0.0.1:${home.metricsPort}/metrics`));
    told.push(readFileSync(join(home.home, 'library.log'), 'utf8'));
    for (const text of told) expect(text).not.to.include(buyer.publicKey);
    for (const body of bodies) expect(body.includes(Buffer.from(buyer.key))).to.equal(false);
    // Nor who has asked.
    const own = inText(await client.history(buyer));
    expect(own).to.include(buyer.publicKey);
  });
});

function inText(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) => (typeof one === 'bigint' ? String(one) : one));
}
