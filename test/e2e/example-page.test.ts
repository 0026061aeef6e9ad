/** examples/page: built by Vite from the packed SDK, served from another place than the library, and driven in Chromium. */
import { cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join } from 'node:path';
import { expect } from 'chai';
import parseTorrent from 'parse-torrent';
import { build } from 'vite';
import { SdkProject } from '../scripts/sdk-project.ts';
import { Browser } from './fixtures/browser.ts';
import { CHROMIUM } from './fixtures/chromium.ts';
import { eventually } from './fixtures/eventually.ts';
import { newReader } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';
import { skipIf } from './fixtures/skip.ts';

const PAGE = join(import.meta.dirname, '../../examples/page');
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
};
const NAME = 'Ishmael & Queequeg sail on a very long voyage around the whole of the world.txt';

describe('the page of the examples', () => {
  let library: SingleLibrary;
  let project: SdkProject;
  let site: Server;
  let browser: Browser;

  before(async function () {
    skipIf(this, CHROMIUM === undefined ? 'Chromium is not installed' : undefined);
    project = new SdkProject();
    site = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://page').pathname;
      const file = join(project.folder, 'dist', path === '/' ? 'index.html' : path);
      const isThere = !path.includes('..') && existsSync(file);
      response.writeHead(isThere ? 200 : 404, { 'content-type': TYPES[extname(file)] ?? 'text/plain' });
      response.end(isThere ? readFileSync(file) : '');
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    const address = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
    library = await SingleLibrary.start('--allowed-origins', address);
    cpSync(PAGE, project.folder, { recursive: true });
    project.write('.env', `VITE_LIBRARY=${library.home.api}\n`);
    await build({ root: project.folder, logLevel: 'warn' });
    const wallet = await newReader(library.client);
    await library.client.uploadFile(wallet, new Blob(['Call me Ishmael. '.repeat(1_000)]), NAME);
    browser = await Browser.open(`${address}/`, library.folder);
  });
  after(async () => {
    await browser?.stop();
    site?.closeAllConnections();
    site?.close();
    await library?.stop();
    project?.remove();
  });

  const textOf = (selector: string) =>
    browser.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`);
  const until = (selector: string, wanted: RegExp) =>
    eventually(`${selector} says ${String(wanted)}`, async () => wanted.test(String(await textOf(selector))));

  it('registers its reader, searches, buys, and has the torrent', async () => {
    await until('#reader', /^Reader [0-9a-f]{8}, who may read 200 MB now/);
    await until('#found .name', /Ishmael/);
    const search = (words: string) =>
      browser.evaluate(
        `words.value = ${JSON.stringify(words)}; document.querySelector('#search button').click();`,
      );
    await search('kraken');
    await until('#said', /Nothing was found/);
    await search('queequeg');
    await until('#found .name', /Ishmael/);
    await browser.evaluate(`document.querySelector('#found button').click()`);
    await until('#found a.button', /Save torrent/);
    const bytes = await browser.evaluate(
      `fetch(document.querySelector('#found a.button').href).then((r) => r.arrayBuffer()).then((b) => [...new Uint8Array(b)])`,
    );
    const torrent = await parseTorrent(Buffer.from(bytes as number[]));
    expect(torrent).to.include({ private: true, length: 17_000 });
    await until('#reader', /may read (200|199\.\d) MB/);
  });

  it('fits a phone, and looks like itself by day and by night', async () => {
    const folder = process.env.DIGITALLIB_SCREENSHOTS;
    for (const [width, scheme] of [
      [1_000, 'light'],
      [1_000, 'dark'],
      [360, 'light'],
      [360, 'dark'],
    ] as const) {
      const png = await browser.look(width, scheme);
      if (folder !== undefined) writeFileSync(join(folder, `page-${width}-${scheme}.png`), png);
      const wide = 'document.documentElement.scrollWidth - document.documentElement.clientWidth';
      expect(await browser.evaluate(wide), `${width} ${scheme}`).to.equal(0);
      const luminance = `(${String(brightness)})(document.documentElement)`;
      const seen = Number(await browser.evaluate(luminance));
      expect(scheme === 'light' ? seen > 200 : seen < 60, `${scheme}: ${seen}`).to.equal(true);
    }
  });
});

/** Runs in the page. @returns 0 to 255. */
function brightness(element: unknown): number {
  const page = globalThis as unknown as { getComputedStyle(of: unknown): { backgroundColor: string } };
  const [r = 0, g = 0, b = 0] = (page.getComputedStyle(element).backgroundColor.match(/\d+/g) ?? []).map(
    Number,
  );
  return (r + g + b) / 3;
}
