import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { bookOf, postForm, uploadParts } from '../rpc/calls.ts';
import { startLibrary, type TinyLibrary, walletOf } from '../rpc/tiny-library.ts';
import { runPage } from './run-page.ts';

const WAIT_MS = 100;
const PAGE = join(import.meta.dirname, '../../docs/events.md');

describe('the page “What happened”', () => {
  let library: TinyLibrary;
  let folder: string;

  beforeEach(async () => {
    // Its clock stands still: who waits for the next block would wait for ever.
    library = await startLibrary({}, ({ events }) => ({
      events: {
        oldest: () => events.oldest(),
        read: (...asked) => events.read(...asked),
        own: (...asked) => events.own(...asked),
        watch: (tell) => events.watch(tell),
        news: () => new Promise((resolve) => setTimeout(() => resolve(false), WAIT_MS)),
      },
    }));
    folder = mkdtempSync(join(tmpdir(), 'digitallib-page-'));
  });
  afterEach(async () => {
    await library.stop();
    rmSync(folder, { recursive: true, force: true });
    expect(library.failures).to.deep.equal([]);
  });

  it('has programs that keep their place: run again, each tells only what is new', async () => {
    for (const name of ['first.txt', 'second.txt']) {
      const book = bookOf(name);
      await postForm(library, uploadParts(library, walletOf('rich'), book));
      const printed = await runPage(PAGE, folder, library.url);
      expect(printed.match(/available: .*/g)).to.deep.equal([`available: ${book.hash} ${name}`]);
      expect(
        [...printed.matchAll(/"kind":"available","hash":"([0-9a-f]+)"/g)].map(([, hash]) => hash),
      ).to.deep.equal([book.hash]);
    }
  });
});
