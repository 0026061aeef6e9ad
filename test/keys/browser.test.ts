/** Root and key where only the browser itself reaches them: in a real one, when there is one. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { hexToBytes, toHex } from '../../core/bytes.ts';
import { signerOfSeed } from '../../keys/signer.ts';
import { importMap, moduleAt } from '../client/page.ts';
import { CHROMIUM, FLAGS } from '../e2e/fixtures/chromium.ts';
import { ForeignProcess } from '../e2e/fixtures/foreign-process.ts';
import { skipIf } from '../e2e/fixtures/skip.ts';

const vector = (name: string) =>
  JSON.parse(readFileSync(join(import.meta.dirname, '..', 'vectors', `${name}.json`), 'utf8'));
const [{ words, publicKeys, seeds }] = vector('keys');
const sealed = vector('key-file');
const TEXT = 'digitallib:1:a text';

describe('keys in a browser', () => {
  it('lie in IndexedDB, cannot be read, and sign as they did before', async function () {
    skipIf(this, CHROMIUM === undefined ? 'Chromium is not installed' : undefined);
    let tell: (report: string) => void;
    const reported = new Promise<string>((resolve) => {
      tell = resolve;
    });
    const server = createServer(async (request, response) => {
      const path = new URL(request.url ?? '/', 'http://page').pathname;
      if (request.method === 'POST') tell(await text(request));
      const found = path === '/' ? { type: 'text/html; charset=utf-8', body: page() } : moduleAt(path);
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': found?.type ?? 'text/plain' });
      response.end(found?.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const home = mkdtempSync(join(tmpdir(), 'digitallib-keys-'));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const browser = new ForeignProcess(CHROMIUM!, [...FLAGS, `--user-data-dir=${home}/profile`, url], {
      HOME: home,
    });
    try {
      const signature = toHex(await signerOfSeed(hexToBytes(seeds[0])).sign(TEXT));
      const again = toHex(await signerOfSeed(hexToBytes(seeds[1])).sign(TEXT));
      expect(JSON.parse(await reported)).to.deep.equal({
        publicKey: publicKeys[0],
        signatures: [signature, signature],
        next: [publicKeys[1], again],
        read: ['NotSupportedError', 'InvalidAccessError', 'InvalidAccessError'],
        opened: sealed.seed,
      });
    } finally {
      await browser.stop();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

function page(): string {
  return `<!doctype html><script type="importmap">${JSON.stringify({ imports: importMap })}</script>
<script type="module">
import { openKeyFile, rootOfKey, rootOfWords, signerOfKey } from '/client/keys.ts';
import { toHex } from '/core/bytes.ts';
const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});
const open = () => {
  const request = indexedDB.open('keys', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('keys');
  return done(request);
};
async function report() {
  const root = await rootOfWords(${JSON.stringify(words)});
  const signer = await root.signer();
  const first = toHex(await signer.sign('${TEXT}'));
  const kept = { root: root.key, privateKey: signer.privateKey, publicKey: signer.key };
  const before = await open();
  await done(before.transaction('keys', 'readwrite').objectStore('keys').put(kept, 'mine'));
  before.close();
  const found = await done((await open()).transaction('keys').objectStore('keys').get('mine'));
  const restored = signerOfKey(found.privateKey, found.publicKey);
  const next = await rootOfKey(found.root).signer(1);
  const tried = [['raw', found.root], ['pkcs8', found.privateKey], ['jwk', found.privateKey]];
  const read = await Promise.all(tried.map(([how, key]) =>
    crypto.subtle.exportKey(how, key).then(() => 'read', (error) => error.name)));
  return {
    publicKey: restored.publicKey,
    signatures: [first, toHex(await restored.sign('${TEXT}'))],
    next: [next.publicKey, toHex(await next.sign('${TEXT}'))],
    read,
    opened: toHex(await openKeyFile(${JSON.stringify(JSON.stringify(sealed.file))}, ${JSON.stringify(sealed.passphrase)})),
  };
}
const said = await report().catch((error) => ({ failed: String(error) }));
await fetch('/', { method: 'POST', body: JSON.stringify(said) });
</script>`;
}
