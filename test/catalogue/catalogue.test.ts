import { strict as assert } from 'node:assert';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { type Catalogue, type CatalogueFile, type Found, openCatalogue } from '../../catalogue/catalogue.ts';
import { utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { TOKENS_MAX } from '../../core/scalars.ts';
import { silentLog } from './silent-log.ts';

const file = (name: string, height = 1, size = 5n): CatalogueFile => ({
  hash: sha256(utf8(name)),
  name,
  size,
  height,
});

function found(catalogue: Catalogue, query: string, limit = 20, cursor?: string): Found {
  const verdict = catalogue.search(query, { limit, cursor });
  assert(verdict.kind === 'accept', `refused: ${verdict.kind === 'reject' ? verdict.code : ''}`);
  return verdict.value;
}

const names = (catalogue: Catalogue, query: string, limit?: number) =>
  found(catalogue, query, limit).files.map(({ name }) => name);

describe('catalogue', () => {
  let catalogue: Catalogue;

  beforeEach(async () => {
    catalogue = openCatalogue(':memory:', silentLog);
    await catalogue.start();
  });
  afterEach(() => catalogue.stop());

  it('starts with nothing', () => {
    expect(catalogue.height()).to.equal(-1);
    expect(found(catalogue, '')).to.deep.equal({ files: [], next: undefined });
    expect(names(catalogue, 'alice')).to.deep.equal([]);
  });

  it('finds a file by its words, in any case, without accents, by the beginning of the last word', () => {
    catalogue.apply(1, {
      added: [file('Lewis_Carroll-Alice’s Adventures.epub'), file('Émile Zola.pdf')],
      removed: [],
    });
    expect(names(catalogue, 'ALICE')).to.have.length(1);
    expect(names(catalogue, 'carroll adv')).to.have.length(1);
    expect(names(catalogue, 'adv carroll')).to.deep.equal([]);
    expect(names(catalogue, 'emile')).to.deep.equal(['Émile Zola.pdf']);
    expect(names(catalogue, 'E\u0301mil')).to.deep.equal(['Émile Zola.pdf']);
  });

  it('keeps name, size and height as they are', () => {
    const large = file('large.bin', 7, TOKENS_MAX);
    catalogue.apply(7, { added: [large], removed: [] });
    expect(found(catalogue, 'large').files).to.deep.equal([large]);
  });

  it('finds words of scripts without spaces, and pictures', () => {
    catalogue.apply(1, {
      added: [file('北京欢迎你.txt'), file('ひらがな.txt'), file('party 🎉.txt'), file('𞤀𞤣𞤤𞤢𞤥.txt')],
      removed: [],
    });
    expect(names(catalogue, '欢迎')).to.deep.equal(['北京欢迎你.txt']);
    expect(names(catalogue, '迎欢')).to.deep.equal([]);
    expect(names(catalogue, 'らが')).to.deep.equal(['ひらがな.txt']);
    expect(names(catalogue, '🎉')).to.deep.equal(['party 🎉.txt']);
    expect(names(catalogue, '𞤀𞤣𞤤𞤢𞤥')).to.deep.equal(['𞤀𞤣𞤤𞤢𞤥.txt']);
  });

  it('lists best match first, then newest, then by hash', () => {
    const twice = file('whale whale.txt', 1);
    const old = file('whale a.txt', 2);
    const newer = file('whale b.txt', 3);
    catalogue.apply(3, { added: [old, newer, twice], removed: [] });
    expect(names(catalogue, 'whale')).to.deep.equal(['whale whale.txt', 'whale b.txt', 'whale a.txt']);
  });

  it('lists newest first for a blank query, and nothing for punctuation', () => {
    catalogue.apply(2, { added: [file('a.txt', 1), file('b.txt', 2)], removed: [] });
    expect(names(catalogue, '')).to.deep.equal(['b.txt', 'a.txt']);
    expect(names(catalogue, ' \t\n')).to.deep.equal(['b.txt', 'a.txt']);
    for (const query of ['!!!', '"', '*', '()', '^-:+', "'; DROP TABLE files; --"]) {
      expect(names(catalogue, query), query).to.deep.equal([]);
    }
  });

  it('never takes a query for FTS5 syntax', () => {
    catalogue.apply(1, { added: [file('near title or not and.txt')], removed: [] });
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
      catalogue.search(query, { limit: 5, cursor: undefined });
    }
    expect(names(catalogue, 'NOT')).to.have.length(1);
    expect(names(catalogue, 'title:not')).to.have.length(1);
    expect(names(catalogue, 'title NOT near')).to.have.length(1);
  });

  it('pages through everything once, whatever the query', () => {
    const files = Array.from({ length: 57 }, (_, i) => file(`book ${i} ${'x '.repeat(i % 5)}.txt`, i % 7));
    catalogue.apply(7, { added: files, removed: [] });
    for (const query of ['', 'book']) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = found(catalogue, query, 10, cursor);
        seen.push(...page.files.map(({ name }) => name));
        cursor = page.next;
      } while (cursor !== undefined);
      expect(seen).to.deep.equal(names(catalogue, query, 100));
      expect(new Set(seen).size).to.equal(57);
    }
  });

  it('applies a block once, removes what was taken down, and takes a file again', () => {
    const one = file('one.txt', 1);
    catalogue.apply(1, { added: [one], removed: [] });
    catalogue.apply(1, { added: [file('ghost.txt', 1)], removed: [one.hash] });
    expect(names(catalogue, '')).to.deep.equal(['one.txt']);
    catalogue.apply(5, { added: [], removed: [one.hash, sha256(utf8('never here'))] });
    expect(names(catalogue, '')).to.deep.equal([]);
    expect(names(catalogue, 'one')).to.deep.equal([]);
    catalogue.apply(6, { added: [{ ...one, name: 'uno.txt', height: 6 }], removed: [] });
    catalogue.apply(7, { added: [{ ...one, name: 'eins.txt', height: 7 }], removed: [] });
    expect(names(catalogue, 'uno')).to.deep.equal([]);
    expect(names(catalogue, 'eins')).to.deep.equal(['eins.txt']);
    expect(catalogue.height()).to.equal(7);
  });

  it('forgets everything at a reset', () => {
    catalogue.apply(3, { added: [file('one.txt')], removed: [] });
    catalogue.reset();
    expect(catalogue.height()).to.equal(-1);
    expect(names(catalogue, 'one')).to.deep.equal([]);
    catalogue.apply(0, { added: [file('two.txt', 0)], removed: [] });
    expect(names(catalogue, 'two')).to.deep.equal(['two.txt']);
  });

  it('request.too-long: a query of more than 256 bytes', () => {
    expect(catalogue.search('é'.repeat(128), { limit: 1, cursor: undefined }).kind).to.equal('accept');
    expect(catalogue.search(`${'é'.repeat(128)}x`, { limit: 1, cursor: undefined })).to.deep.equal({
      kind: 'reject',
      code: 'request.too-long',
    });
  });

  it('request.wrong-value: a cursor that is not ours, or of another search', () => {
    catalogue.apply(2, { added: [file('a 1.txt'), file('a 2.txt')], removed: [] });
    const listed = found(catalogue, '', 1).next!;
    const ranked = found(catalogue, 'a', 1).next!;
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
      const verdict = catalogue.search(query, { limit: 1, cursor });
      expect(verdict.kind === 'reject' && verdict.code, cursor.slice(0, 80)).to.equal('request.wrong-value');
    }
  });

  it('answers every query and every cursor (property)', () => {
    catalogue.apply(2, { added: [file('a 1.txt'), file('北京 2.txt')], removed: [] });
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }), fc.string());
    fc.assert(
      fc.property(
        text,
        fc.option(text, { nil: undefined }),
        fc.integer({ min: -5, max: 1_000 }),
        (query, cursor, limit) => {
          catalogue.search(query, { limit, cursor });
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds a file by each word of its name (property)', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L}\p{N} ._-]{1,40}$/u), (name) => {
        const added = file(name);
        catalogue.reset();
        catalogue.apply(1, { added: [added], removed: [] });
        // New letters of the Basic Multilingual Plane may be unknown to the tokenizer; ASCII ones are not.
        for (const word of name.match(/[a-z0-9]+/gi) ?? []) {
          if (!new RegExp(`(^|[ ._-])${word}([ ._-]|$)`).test(name)) continue;
          expect(names(catalogue, word)).to.deep.equal([name]);
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
    const first = openCatalogue(path, silentLog);
    await first.start();
    first.apply(4, { added: [file('one.txt')], removed: [] });
    await first.stop();
    const second = openCatalogue(path, silentLog);
    await second.start();
    expect(second.height()).to.equal(4);
    expect(names(second, 'one')).to.deep.equal(['one.txt']);
    await second.stop();
  });

  it('takes files of which no block tells, any number of times, without moving', async () => {
    const catalogue = openCatalogue(path, silentLog);
    await catalogue.start();
    catalogue.load([file('one.txt', 3), file('two.txt', 9)]);
    catalogue.load([file('one.txt', 3)]);
    expect(catalogue.height()).to.equal(-1);
    expect(names(catalogue, 'txt')).to.have.members(['one.txt', 'two.txt']);
    await catalogue.stop();
  });

  it('is built anew when its file is not a database', async () => {
    writeFileSync(path, 'this is no database'.repeat(1_000));
    const catalogue = openCatalogue(path, silentLog);
    await catalogue.start();
    expect(catalogue.height()).to.equal(-1);
    catalogue.apply(1, { added: [file('one.txt')], removed: [] });
    expect(names(catalogue, 'one')).to.deep.equal(['one.txt']);
    await catalogue.stop();
  });
});
