/** Each of examples/ as a reader runs it, against a library. */
import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import parseTorrent from 'parse-torrent';
import { piecesRoot } from '../../client/pieces-root.ts';
import { toHex } from '../../core/bytes.ts';
import { SdkProject } from '../scripts/sdk-project.ts';
import { isInstalled } from './fixtures/foreign-process.ts';
import { SingleLibrary } from './fixtures/single-library.ts';
import { skipIf } from './fixtures/skip.ts';

const ROOT = join(import.meta.dirname, '../..');
const run = promisify(execFile);
/** Neither one block, nor as many as a tree has leaves. */
const BOOK = randomBytes(5 * 16_384 + 7);
const HASH = (bytes: Uint8Array): string => toHex(piecesRoot(bytes)!);

describe('the examples', () => {
  let library: SingleLibrary;

  before(async () => {
    library = await SingleLibrary.start();
  });
  after(() => library?.stop());

  /** @returns what it has printed. */
  async function call(
    command: readonly string[],
    key: string,
    more: NodeJS.ProcessEnv = {},
  ): Promise<string> {
    const [program, ...args] = command;
    const env = { ...process.env, LIBRARY: library.home.api, KEY: join(library.folder, key), ...more };
    const { stdout } = await run(program!, args, { cwd: library.folder, env });
    return stdout.trim();
  }

  function bookOf(way: string): { readonly path: string; readonly bytes: Uint8Array } {
    const bytes = Buffer.concat([BOOK, Buffer.from(way)]);
    const path = join(library.folder, `${way}-book.txt`);
    writeFileSync(path, bytes);
    return { path, bytes };
  }

  /** Two readers: one brings a book, the other one buys it. @param key - how its file ends. */
  async function whole(way: string, command: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<void> {
    const { path, bytes } = bookOf(way);
    const [ann, bob] = ['ann', 'bob'].map((name) => `${way}-${name}.key`);
    for (const key of [ann!, bob!]) {
      expect(JSON.parse(await call([...command, 'register'], key, more))).to.include({ registered: true });
      expect(statSync(join(library.folder, key)).mode & 0o777).to.equal(0o600);
    }
    expect(await call([...command, 'upload', path], ann!, more)).to.equal(HASH(bytes));
    const [found] = JSON.parse(await call([...command, 'search', `${way} book`], bob!, more));
    expect(found).to.include({ hash: HASH(bytes), filename: basename(path), size: bytes.length });
    for (const torrent of ['bought.torrent', 'again.torrent']) {
      await call([...command, 'buy', found.hash, torrent], bob!, more);
      const read = await parseTorrent(readFileSync(join(library.folder, torrent)));
      expect(read).to.include({ name: basename(path), length: bytes.length, private: true });
    }
    const account = JSON.parse(await call([...command, 'account'], bob!, more));
    expect(account).to.include({ downloaded: bytes.length });
  }

  it('curl: brings a book, and buys it', async function () {
    skipIf(this, isInstalled('openssl', 'version') ? undefined : 'openssl is not installed');
    skipIf(this, isInstalled('curl', '--version') ? undefined : 'curl is not installed');
    await whole('curl', ['sh', join(ROOT, 'examples/curl/reader.sh')]);
  });

  it('Python, with cryptography: brings a book, and buys it', async function () {
    const has = isInstalled('python3', '-c', 'import cryptography');
    skipIf(this, has ? undefined : 'cryptography for Python is not installed');
    await whole('python', ['python3', join(ROOT, 'examples/python/reader.py')]);
  });

  it('Python, with nothing but its own: brings a book, buys it, and follows what happens', async function () {
    skipIf(this, isInstalled('python3', '--version') ? undefined : 'Python is not installed');
    skipIf(this, isInstalled('openssl', 'version') ? undefined : 'openssl is not installed');
    const without = join(library.folder, 'without');
    mkdirSync(without);
    writeFileSync(join(without, 'cryptography.py'), 'raise ImportError("as if it were not there")\n');
    const command = ['python3', join(ROOT, 'examples/python/reader.py')];
    await whole('plain', command, { PYTHONPATH: without });
    const told = await call([...command, 'follow', '2'], 'plain-bob.key');
    const events = told.split('\n').map((line) => JSON.parse(line));
    expect(events.map(({ kind }) => kind)).to.include.members(['available', 'purchased']);
  });

  it('Node.js, with the packed SDK: brings a book, buys it, and has its bytes', async () => {
    const project = new SdkProject();
    try {
      const program = join(project.folder, 'reader.mjs');
      copyFileSync(join(ROOT, 'examples/node/reader.mjs'), program);
      const { path, bytes } = bookOf('node');
      const node = (key: string, ...args: readonly string[]) =>
        call([process.execPath, program, ...args], `node-${key}.key`).then(JSON.parse);
      for (const key of ['ann', 'bob'])
        expect(await node(key, 'register')).to.have.any.keys('card', 'noCard');
      expect(await node('ann', 'upload', path)).to.include({ state: 'available' });
      const [found] = await node('bob', 'search', 'node book');
      expect(found).to.include({ hash: HASH(bytes), filename: 'node-book.txt' });
      const folder = join(library.folder, 'read');
      expect(await node('bob', 'buy', found.hash, folder)).to.deep.equal({
        name: 'node-book.txt',
        bytes: bytes.length,
      });
      expect(readFileSync(join(folder, 'node-book.txt')).equals(bytes)).to.equal(true);
      expect(await node('bob', 'account')).to.include({ downloaded: String(bytes.length) });
    } finally {
      project.remove();
    }
  });
});
