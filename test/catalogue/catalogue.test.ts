import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Catalogue, type Found, openCatalogue } from '../../catalogue/catalogue.ts';
import type { CatalogueFile } from '../../catalogue/changes.ts';
import { THREAD_BOUNDS } from '../../catalogue/thread.ts';
import { createWords } from '../../catalogue/words.ts';
import { utf8 } from '../../core/bytes.ts';
import type { QueueName } from '../../core/fair-queue.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import { TOKENS_MAX } from '../../core/scalars.ts';
import { errorReport } from '../../node/process/error-report.ts';
import { systemClock } from '../../node/process/system.ts';
import { silentLog } from './silent-log.ts';

const file = (name: string, height = 1, size = 5n): CatalogueFile => ({
  hash: sha256(utf8(name)),
  name,
  size,
  height,
});

/** Where all wait that ask here. */
const HERE: QueueName = ['others', 'reader'];
const ports = { log: silentLog, clock: systemClock };

async function found(catalogue: Catalogue, query: string, limit = 20, cursor?: string): Promise<Found> {
  const verdict = await catalogue.search(query, { limit, cursor, queue: HERE });
  assert(verdict.kind === 'accept', `refused: ${verdict.kind === 'reject' ? verdict.code : ''}`);
  return verdict.value;
}

const names = async (catalogue: Catalogue, query: string, limit?: number) =>
  (await found(catalogue, query, limit)).files.map(({ name }) => name);

describe('catalogue', () => {
  let catalogue: Catalogue;

  beforeEach(async () => {
    catalogue = openCatalogue(':memory:', ports);
    await catalogue.start();
  });
  afterEach(() => catalogue.stop());

  it('starts with nothing', async () => {
    expect(await catalogue.height()).to.equal(-1);
    expect(await found(catalogue, '')).to.deep.equal({ files: [], next: undefined });
    expect(await names(catalogue, 'alice')).to.deep.equal([]);
  });

  it('tells what a search has cost, also of one that comes to no end', async () => {
    const costs: number[] = [];
    const spent = (costMs: number) => void costs.push(costMs);
    const page = { limit: 20, cursor: undefined, queue: HERE, spent };
    await catalogue.search('alice', page);
    await catalogue.search('', page);
    expect(costs).to.have.length(2);
    for (const cost of costs) expect(cost).to.be.within(0, 60_000);
    const hasty = openCatalogue(':memory:', ports, { ...THREAD_BOUNDS, windowFiles: 1, searchMs: 0 });
    await hasty.start();
    await hasty.load([file('Alice one'), file('Alice two')]);
    expect(await hasty.search('alice', page)).to.include({ code: 'search.too-slow' });
    expect(costs).to.have.length(3);
    expect(costs[2]).to.be.at.least(0);
    await hasty.stop();
  });

  it('finds a file by its words, in any case, without accents, by the beginning of the last word', async () => {
    await catalogue.apply(1, {
      added: [file('Lewis_Carroll-Alice’s Adventures.epub'), file('Émile Zola.pdf')],
      removed: [],
    });
    expect(await names(catalogue, 'ALICE')).to.have.length(1);
    expect(await names(catalogue, 'carroll adv')).to.have.length(1);
    expect(await names(catalogue, 'adv carroll')).to.deep.equal([]);
    expect(await names(catalogue, 'emile')).to.deep.equal(['Émile Zola.pdf']);
    expect(await names(catalogue, 'E\u0301mil')).to.deep.equal(['Émile Zola.pdf']);
  });

  it('finds files of exactly one size, and no more of them than are wanted', async () => {
    const added = [file('a', 1, 7n), file('b', 1, 8n), file('c', 1, 7n), file('d', 1, 7n)];
    await catalogue.apply(1, { added, removed: [] });
    const sized = async (size: bigint, count: number) =>
      (await catalogue.ofSize(size, count, { queue: HERE })).map((one) => one.name).sort();
    expect(await sized(8n, 5)).to.deep.equal(['b']);
    expect(await sized(7n, 5)).to.deep.equal(['a', 'c', 'd']);
    expect(await sized(7n, 2)).to.have.length(2);
    expect(await sized(9n, 2)).to.deep.equal([]);
  });

  it('keeps name, size and height as they are', async () => {
    const large = file('large.bin', 7, TOKENS_MAX);
    await catalogue.apply(7, { added: [large], removed: [] });
    expect((await found(catalogue, 'large')).files).to.deep.equal([large]);
  });

  it('finds words of scripts without spaces, and pictures', async () => {
    await catalogue.apply(1, {
      added: [file('北京欢迎你.txt'), file('ひらがな.txt'), file('party 🎉.txt'), file('𞤀𞤣𞤤𞤢𞤥.txt')],
      removed: [],
    });
    expect(await names(catalogue, '欢迎')).to.deep.equal(['北京欢迎你.txt']);
    expect(await names(catalogue, '迎欢')).to.deep.equal([]);
    expect(await names(catalogue, 'らが')).to.deep.equal(['ひらがな.txt']);
    expect(await names(catalogue, '🎉')).to.deep.equal(['party 🎉.txt']);
    expect(await names(catalogue, '𞤀𞤣𞤤𞤢𞤥')).to.deep.equal(['𞤀𞤣𞤤𞤢𞤥.txt']);
  });

  it('lists best match first, then newest, then by hash', async () => {
    const twice = file('whale whale.txt', 1);
    const old = file('whale a.txt', 2);
    const newer = file('whale b.txt', 3);
    await catalogue.apply(3, { added: [old, newer, twice], removed: [] });
    expect(await names(catalogue, 'whale')).to.deep.equal(['whale whale.txt', 'whale b.txt', 'whale a.txt']);
  });

  it('lists newest first for a blank query, and nothing for punctuation', async () => {
    await catalogue.apply(2, { added: [file('a.txt', 1), file('b.txt', 2)], removed: [] });
    expect(await names(catalogue, '')).to.deep.equal(['b.txt', 'a.txt']);
    expect(await names(catalogue, ' \t\n')).to.deep.equal(['b.txt', 'a.txt']);
    for (const query of ['!!!', '"', '*', '()', '^-:+', "'; DROP TABLE files; --"]) {
      expect(await names(catalogue, query), query).to.deep.equal([]);
    }
  });

  it('never takes a query for FTS5 syntax', async () => {
    await catalogue.apply(1, { added: [file('near title or not and.txt')], removed: [] });
    for (const query of [
      'near or not',
      'title NOT',
      'title AND',
      'NEAR(',
      'title:not',
      '"title',
      'title*',
      '{title} not',
    ]) {
      await catalogue.search(query, { limit: 5, cursor: undefined, queue: HERE });
    }
    expect(await names(catalogue, 'NOT')).to.have.length(1);
    expect(await names(catalogue, 'title:not')).to.have.length(1);
    expect(await names(catalogue, 'title NOT near')).to.have.length(1);
  });

  it('pages through everything once, whatever the query', async () => {
    const files = Array.from({ length: 57 }, (_, i) => file(`book ${i} ${'x '.repeat(i % 5)}.txt`, i % 7));
    await catalogue.apply(7, { added: files, removed: [] });
    for (const query of ['', 'book']) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await found(catalogue, query, 10, cursor);
        seen.push(...page.files.map(({ name }) => name));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(seen).to.deep.equal(await names(catalogue, query, 100));
      expect(new Set(seen).size).to.equal(57);
    }
  });

  it('applies a block once, removes what was taken down, and takes a file again', async () => {
    const one = file('one.txt', 1);
    await catalogue.apply(1, { added: [one], removed: [] });
    await catalogue.apply(1, { added: [file('ghost.txt', 1)], removed: [one.hash] });
    expect(await names(catalogue, '')).to.deep.equal(['one.txt']);
    await catalogue.apply(5, { added: [], removed: [one.hash, sha256(utf8('never here'))] });
    expect(await names(catalogue, '')).to.deep.equal([]);
    expect(await names(catalogue, 'one')).to.deep.equal([]);
    await catalogue.apply(6, { added: [{ ...one, name: 'uno.txt', height: 6 }], removed: [] });
    await catalogue.apply(7, { added: [{ ...one, name: 'eins.txt', height: 7 }], removed: [] });
    expect(await names(catalogue, 'uno')).to.deep.equal([]);
    expect(await names(catalogue, 'eins')).to.deep.equal(['eins.txt']);
    expect(await catalogue.height()).to.equal(7);
  });

  it('forgets everything at a reset', async () => {
    await catalogue.apply(3, { added: [file('one.txt')], removed: [] });
    await catalogue.reset();
    expect(await catalogue.height()).to.equal(-1);
    expect(await names(catalogue, 'one')).to.deep.equal([]);
    await catalogue.apply(0, { added: [file('two.txt', 0)], removed: [] });
    expect(await names(catalogue, 'two')).to.deep.equal(['two.txt']);
  });

  it('request.too-long: a query of more than 256 bytes', async () => {
    const page = { limit: 1, cursor: undefined, queue: HERE };
    expect((await catalogue.search('é'.repeat(128), page)).kind).to.equal('accept');
    expect(await catalogue.search(`${'é'.repeat(128)}x`, page)).to.deep.equal({
      kind: 'reject',
      code: 'request.too-long',
    });
  });

  it('request.wrong-value: a cursor that is not ours, or of another search', async () => {
    await catalogue.apply(2, { added: [file('a 1.txt'), file('a 2.txt')], removed: [] });
    const listed = (await found(catalogue, '', 1)).next!;
    const ranked = (await found(catalogue, 'a', 1)).next!;
    const wrong: [string, string][] = [
      ['', ranked],
      ['a', listed],
      ['a', `${ranked}A`],
      ['a', `${ranked.slice(0, -1)}=`],
      ['a', ''],
      ['a', '?'.repeat(63)],
      ['a', 'A'.repeat(100_000)],
      ['a', `${'_'.repeat(63)}`],
    ];
    for (const [query, cursor] of wrong) {
      const verdict = await catalogue.search(query, { limit: 1, cursor, queue: HERE });
      expect(verdict.kind === 'reject' && verdict.code, cursor.slice(0, 80)).to.equal('request.wrong-value');
    }
  });

  it('search.too-slow: gives up between two windows of the index when its time is over, and answers the next', async () => {
    const slow = openCatalogue(':memory:', ports, { ...THREAD_BOUNDS, windowFiles: 1, searchMs: 0 });
    await slow.start();
    await slow.apply(2, { added: [file('a 1.txt'), file('a 2.txt')], removed: [] });
    const refused = await slow.search('a', { limit: 5, cursor: undefined, queue: HERE });
    expect(refused).to.deep.equal({ kind: 'reject', code: 'search.too-slow' });
    expect(await names(slow, '')).to.have.length(2);
    await slow.stop();
  });

  it('lets a short search, and what is on the ledger meanwhile, go before the rest of a long one', async () => {
    const bounds = { ...THREAD_BOUNDS, windowFiles: 1, sliceMs: 0, matchesMax: 1 };
    const busy = openCatalogue(':memory:', ports, bounds);
    await busy.start();
    const files = Array.from({ length: 200 }, (_, i) => file(`${i === 0 ? 'rare' : 'common'} ${i}`, i));
    await busy.apply(200, { added: files, removed: [] });
    const ended: string[] = [];
    const search = async (query: string): Promise<readonly string[]> => {
      const verdict = await busy.search(query, { limit: 5, cursor: undefined, queue: ['others', query] });
      ended.push(query);
      return verdict.kind === 'accept' ? verdict.value.files.map(({ name }) => name) : [verdict.code];
    };
    const long = search('rare');
    const short = search('common');
    const applied = busy
      .apply(201, { added: [file('rare 200', 201)], removed: [] })
      .then(() => ended.push(''));
    expect(await short).to.deep.equal(['common 199']);
    expect(await long, 'what came after it began is found by the next').to.deep.equal(['rare 0']);
    await applied;
    expect(ended.at(-1)).to.equal('rare');
    await busy.stop();
  });

  it('begins a search anew whose index is built anew meanwhile: no file is found twice', async () => {
    const busy = openCatalogue(':memory:', ports, { ...THREAD_BOUNDS, windowFiles: 1, sliceMs: 0 });
    await busy.start();
    const files = Array.from({ length: 50 }, (_, i) => file(`common ${i}`, i));
    await busy.apply(50, { added: files, removed: [] });
    const search = busy.search('common', { limit: 100, cursor: undefined, queue: HERE });
    await busy.reset();
    await busy.load(files.toReversed());
    const verdict = await search;
    assert(verdict.kind === 'accept');
    const hashes = verdict.value.files.map(({ name }) => name);
    expect(new Set(hashes)).to.have.property('size', hashes.length);
    await busy.stop();
  });

  it('keeps little of a search that waits: many fit into the memory of the thread', async () => {
    const bounds = { ...THREAD_BOUNDS, windowFiles: 2_000, sliceMs: 0, searchMs: 60_000 };
    const busy = openCatalogue(':memory:', ports, bounds);
    await busy.start();
    const files = Array.from({ length: 8_000 }, (_, i) =>
      file(`internationale ${'long '.repeat(30)}${i}`, i),
    );
    await busy.load(files);
    // Each finds thousands of titles whose beginning is right, and that are none.
    const all = Array.from({ length: limits.searchesWaitingMax }, (_, i) =>
      busy.search(`long internationalx${i % 10}`, { limit: 5, cursor: undefined, queue: ['others', `${i}`] }),
    );
    const kinds = (await Promise.all(all)).map((verdict) => (verdict.kind === 'reject' ? verdict.code : ''));
    expect(kinds.filter((code) => !['', 'search.too-slow'].includes(code))).to.deep.equal([]);
    expect(await names(busy, 'long 7')).not.to.deep.equal([]);
    await busy.stop();
  });

  it('ranks the newest matches, so many of them, over window after window', async () => {
    const bounds = { ...THREAD_BOUNDS, windowFiles: 3, matchesMax: 5 };
    const bounded = openCatalogue(':memory:', ports, bounds);
    await bounded.start();
    const files = Array.from({ length: 20 }, (_, i) => file(`book ${i}${i % 2 === 0 ? ' even' : ''}`, i));
    await bounded.apply(20, { added: files, removed: [] });
    expect(await names(bounded, 'even', 100)).to.deep.equal(
      [18, 16, 14, 12, 10].map((i) => `book ${i} even`),
    );
    await bounded.stop();
  });

  it('asks the index for a prefix that it has, and looks at the rest of a longer word itself', async () => {
    const { matchExpression, restOf } = createWords();
    expect(matchExpression('works internationale', 16)).to.equal('"works" "internat"*');
    expect(restOf('works internationale', 16)).to.equal('internationale');
    expect(restOf('works of a lifetime', 16)).to.equal(undefined);
    await catalogue.apply(1, {
      added: [
        file('Works, internationale.txt'),
        file('Works, international.txt'),
        file('Œuvres complètes.pdf'),
      ],
      removed: [],
    });
    expect(await names(catalogue, 'works internationa')).to.have.length(2);
    expect(await names(catalogue, 'works internationale')).to.deep.equal(['Works, internationale.txt']);
    expect(await names(catalogue, 'internationales')).to.deep.equal([]);
    expect(await names(catalogue, 'œuvres complètes')).to.deep.equal(['Œuvres complètes.pdf']);
  });

  it('finds all matches of a window that holds more than are read at once', async () => {
    const bounds = { ...THREAD_BOUNDS, windowFiles: 50, matchesMax: 4 };
    const bounded = openCatalogue(':memory:', ports, bounds);
    await bounded.start();
    const files = Array.from({ length: 20 }, (_, i) =>
      file(`book ${i} internation${i === 3 ? 'al' : 'e'}`, i),
    );
    await bounded.apply(20, { added: files, removed: [] });
    expect(await names(bounded, 'book international', 100)).to.deep.equal(['book 3 international']);
    await bounded.stop();
  });

  it('looks for so many words of a query, and for each once', () => {
    const { matchExpression } = createWords();
    expect(matchExpression('alice ALICE Bob alice bob', 16)).to.equal('"alice" "ALICE" "Bob" "bob"*');
    expect(matchExpression('a b a b', 16)).to.equal('"a" "b"*');
    const many = Array.from({ length: 100 }, (_, i) => `w${i}`).join(' ');
    expect(matchExpression(many, 16)?.split(' ')).to.have.length(16);
    expect(matchExpression('北'.repeat(80), 16)?.match(/北/g)).to.have.length(16);
  });

  it('answers every query and every cursor (property)', async () => {
    await catalogue.apply(2, { added: [file('a 1.txt'), file('北京 2.txt')], removed: [] });
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.option(text, { nil: undefined }),
        fc.integer({ min: -5, max: 1_000 }),
        async (query, cursor, limit) => {
          await catalogue.search(query, { limit, cursor, queue: HERE });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds a file by each word of its name (property)', async () => {
    await fc.assert(
      fc.asyncProperty(fc.stringMatching(/^[\p{L}\p{N} ._-]{1,40}$/u), async (name) => {
        const added = file(name);
        await catalogue.reset();
        await catalogue.apply(1, { added: [added], removed: [] });
        // New letters of the Basic Multilingual Plane may be unknown to the tokenizer; ASCII ones are not.
        for (const word of name.match(/[a-z0-9]+/gi) ?? []) {
          if (!new RegExp(`(^|[ ._-])${word}([ ._-]|$)`).test(name)) continue;
          expect(await names(catalogue, word)).to.deep.equal([name]);
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('catalogue on a disk', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-catalogue-'));
    path = join(folder, 'catalogue.db');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('survives a restart', async () => {
    const first = openCatalogue(path, ports);
    await first.start();
    await first.apply(4, { added: [file('one.txt')], removed: [] });
    await first.stop();
    const second = openCatalogue(path, ports);
    await second.start();
    expect(await second.height()).to.equal(4);
    expect(await names(second, 'one')).to.deep.equal(['one.txt']);
    await second.stop();
  });

  it('lets its thread go when nobody asks, and takes a new one for the next question', async () => {
    const catalogue = openCatalogue(path, ports, { ...THREAD_BOUNDS, idleMs: 0 });
    await catalogue.start();
    for (let height = 1; height < 6; height++) {
      await catalogue.apply(height, { added: [file(`${height}.txt`, height)], removed: [] });
      await new Promise((resolve) => setTimeout(resolve, 1)); // its own timer of no time has run
      expect(await names(catalogue, 'txt')).to.have.length(height);
    }
    await catalogue.stop();
  });

  it('takes files of which no block tells, any number of times, without moving', async () => {
    const catalogue = openCatalogue(path, ports);
    await catalogue.start();
    await catalogue.load([file('one.txt', 3), file('two.txt', 9)]);
    await catalogue.load([file('one.txt', 3)]);
    expect(await catalogue.height()).to.equal(-1);
    expect(await names(catalogue, 'txt')).to.have.members(['one.txt', 'two.txt']);
    await catalogue.stop();
  });

  it('is built anew when its file is not a database', async () => {
    writeFileSync(path, 'this is no database'.repeat(1_000));
    const catalogue = openCatalogue(path, ports);
    await catalogue.start();
    expect(await catalogue.height()).to.equal(-1);
    await catalogue.apply(1, { added: [file('one.txt')], removed: [] });
    expect(await names(catalogue, 'one')).to.deep.equal(['one.txt']);
    await catalogue.stop();
  });

  it('store.failed: tells the operator what SQLite has said, though that was in a thread', async () => {
    const catalogue = openCatalogue(join(path, 'a folder that is not there'), ports);
    const failed = await catalogue.start().catch((error: unknown) => errorReport(error));
    expect(failed).to.equal('The catalogue failed: unable to open database file (store.failed)');
    await catalogue.stop();
  });
});
