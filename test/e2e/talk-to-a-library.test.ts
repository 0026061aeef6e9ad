import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect } from 'chai';
import parseTorrent from 'parse-torrent';
import { runPage } from '../client/run-page.ts';

const ROOT = join(import.meta.dirname, '../..');
const PAGE = join(ROOT, 'docs/talk-to-a-library.md');

describe('the page “Talk to a library from any language”, against a library', () => {
  let folder: string;
  let library: ChildProcess;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'digitallib-page-'));
    const home = mkdtempSync(join(folder, 'home-'));
    const ports = ['--http-port', '0', '--p2p-port', '0', '--tracker-port', '0'];
    library = spawn(process.execPath, [join(ROOT, 'cli/main.js'), 'start', '--home', home, ...ports], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  });
  afterEach(async () => {
    if (library.exitCode === null) {
      const exited = once(library, 'exit');
      library.kill('SIGTERM');
      await exited;
    }
    rmSync(folder, { recursive: true, force: true });
  });

  it('does what it says, and the torrent is one', async () => {
    const page = mkdtempSync(join(folder, 'page-'));
    const printed = await runPage(PAGE, page, await apiOf(library));
    expect(printed).to.match(
      /\{"registered":true,"card":\{"sponsor":"[0-9a-f]{64}","until":\d+,"allowance":20000000,/,
    );
    expect(printed).to.match(/\{"card":\{"sponsor":/);
    expect(printed).to.match(/"filename":"alice\.txt"/);
    expect(printed).to.match(/"kind":"available","hash":"[0-9a-f]{64}","name":"alice\.txt"/);
    expect(printed).to.match(/"kind":"purchased","hash":"[0-9a-f]{64}","key":"[0-9a-f]{64}"/);
    const [, bought] = /"downloaded":([1-9]\d*),"ratio"/.exec(printed) ?? [];
    expect(Number(bought)).to.equal(readFileSync(join(page, 'alice.txt')).length);
    const torrent = await parseTorrent(readFileSync(join(page, 'alice.torrent')));
    expect(torrent).to.include({ name: 'alice.txt', private: true, length: Number(bought) });
    expect(torrent.announce?.[0]).to.match(/^http:\/\/127\.0\.0\.1:\d+\/announce\/[\w-]+$/);
  });
});

/** The library says where it listens, and after that nothing that anybody here reads. */
async function apiOf(library: ChildProcess): Promise<string> {
  for await (const line of createInterface({ input: library.stdout! })) {
    const [, api] = /^\s*API\s+(http:\S+)/.exec(line) ?? [];
    if (api === undefined) continue;
    library.stdout!.resume();
    return api;
  }
  throw new Error('the library ended before it listened');
}
