import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { START, startLibrary, type TinyLibrary } from '../rpc/tiny-library.ts';
import { runPage } from './run-page.ts';

const PAGE = join(import.meta.dirname, '../../docs/talk-to-a-library.md');

describe('the page “Talk to a library from any language”', () => {
  let library: TinyLibrary;
  let folder: string;

  beforeEach(async () => {
    library = await startLibrary({}, undefined, 1, { mode: 'open', isFreeHere: true });
    library.advance(Date.now() - START); // the page asks the clock of the shell
    folder = mkdtempSync(join(tmpdir(), 'digitallib-page-'));
  });
  afterEach(async () => {
    await library.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('does what it says, block by block', async () => {
    const printed = await runPage(PAGE, folder, library.url);
    expect(printed).to.match(
      /\{"registered":true,"card":\{"sponsor":"[0-9a-f]{64}","until":\d+,"allowance":250,/,
    );
    expect(printed).to.match(/\{"card":\{"sponsor":/);
    expect(readFileSync(join(folder, 'alice.torrent'), 'utf8')).to.match(
      /^v1 torrent of [0-9a-f]{64} for [0-9a-f]{64}$/,
    );
    expect(readFileSync(join(folder, 'again.torrent'))).to.deep.equal(
      readFileSync(join(folder, 'alice.torrent')),
    );
    expect(printed).to.match(/\{"state":"available","until":\d+\}/);
    expect(printed).to.match(/"kind":"available","hash":"[0-9a-f]{64}","name":"alice\.txt"/);
    expect(printed).to.match(/"kind":"purchased","hash":"[0-9a-f]{64}","key":"[0-9a-f]{64}"/);
    const [, bought] = /"downloaded":([1-9]\d*),"ratio"/.exec(printed) ?? [];
    expect(Number(bought)).to.equal(readFileSync(join(folder, 'alice.txt')).length);
    expect(printed).to.include('"items":[{"filename":"alice.txt"');
    expect(printed).to.include('desk.not-a-librarian');
    expect(library.failures).to.deep.equal([]);
  });
});
