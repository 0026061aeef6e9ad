/** The light client where outsiders run it: without OpenSSL, and in a real browser when there is one. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { encodeGenesis } from '../../chain/block/genesis-bytes.ts';
import { soughtPurchase } from '../../chain/files/sought.ts';
import { toHex } from '../../core/bytes.ts';
import { encodeLightProof } from '../../light/light-proof.ts';
import { hashOf, keyOf } from '../chain/world.ts';
import { CHROMIUM, FLAGS } from '../e2e/fixtures/chromium.ts';
import { ForeignProcess } from '../e2e/fixtures/foreign-process.ts';
import { skipIf } from '../e2e/fixtures/skip.ts';
import { FinalWorld } from '../light/final-world.ts';
import type { Question } from './browser-side.ts';
import { importMap, moduleAt, scriptOf } from './page.ts';

const EXPECTED = [
  { kind: 'bought', purchasedAt: 3 },
  { kind: 'not-bought' },
  { kind: 'refused', code: 'consensus.wrong-signature' },
];

describe('the light client in a browser', () => {
  it('gives the same verdicts without OpenSSL', async () => {
    const child = spawn(process.execPath, [
      '--conditions=browser',
      join(import.meta.dirname, 'browser-side.ts'),
    ]);
    child.stdin.end(JSON.stringify(questions()));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(out, err).not.to.equal('');
    const { crypto, verdicts } = JSON.parse(out);
    expect(crypto).to.equal('crypto-browser.ts');
    for (const [i, expected] of EXPECTED.entries()) expect(verdicts[i]).to.include(expected);
  });

  it('runs from the sources as they are in a realm without anything of Node', async () => {
    const child = spawn(process.execPath, [
      '--experimental-vm-modules',
      '--no-warnings',
      join(import.meta.dirname, 'realm-side.ts'),
    ]);
    child.stdin.end(scriptOf(questions()));
    const [out, err] = await Promise.all([text(child.stdout), text(child.stderr)]);
    expect(out, err).not.to.equal('');
    const { result, loaded } = JSON.parse(out);
    const verdicts = JSON.parse(result);
    for (const [i, expected] of EXPECTED.entries()) expect(verdicts[i]).to.include(expected);
    expect(loaded).to.include.members(['/core/crypto-browser.ts', '/node_modules/@noble/ed25519/index.js']);
    expect(loaded).not.to.include('/core/crypto-node.ts');
  });

  it('runs in Chromium, from the sources as they are', async function () {
    skipIf(this, CHROMIUM === undefined ? 'Chromium is not installed' : undefined);
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://page').pathname;
      const found = path === '/' ? { type: 'text/html', body: page() } : moduleAt(path);
      response.writeHead(found === undefined ? 404 : 200, { 'content-type': found?.type ?? 'text/plain' });
      response.end(found?.body);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const home = mkdtempSync(join(tmpdir(), 'digitallib-browser-'));
    try {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
      const dom = await dump(CHROMIUM!, home, url);
      const verdicts = JSON.parse(/<pre>(.*)<\/pre>/s.exec(dom)?.[1] ?? JSON.stringify(dom.slice(0, 300)));
      for (const [i, expected] of EXPECTED.entries()) expect(verdicts[i]).to.include(expected);
    } finally {
      await new Promise((resolve) => server.close(resolve));
      rmSync(home, { recursive: true, force: true, maxRetries: 5 });
    }
  });
});

/** Bought, not bought, and with one bit of a signature flipped. */
function questions(): readonly Question[] {
  const final = new FinalWorld(3);
  final.run([final.world.upload('book', 10n)]);
  final.elect(['ann', 'bob']);
  final.run([final.world.download('book')]);
  const genesis = encodeGenesis(final.world.genesis);
  const chainId = toHex(final.world.chainId);
  const ask = (file: string, proof: Uint8Array): Question => ({
    proof: Buffer.from(proof).toString('base64'),
    chainId,
    hash: toHex(hashOf(file)),
    key: toHex(keyOf('reader')),
  });
  const proofOf = (file: string) => final.proofOf(soughtPurchase(hashOf(file), keyOf('reader')));
  const [book, other] = ['book', 'other'].map((file) => encodeLightProof({ ...proofOf(file), genesis }));
  const whole = proofOf('book');
  const signatures = whole.finalization!.signatures.map((signature) => Uint8Array.from(signature));
  signatures[0]![5]! ^= 1;
  const forged = encodeLightProof({
    ...whole,
    genesis,
    finalization: { ...whole.finalization!, signatures },
  });
  return [ask('book', book!), ask('other', other!), ask('book', forged)];
}

function page(): string {
  return `<!doctype html><script type="importmap">${JSON.stringify({ imports: importMap })}</script><pre></pre>
<script type="module">
${scriptOf(questions())}
document.querySelector('pre').textContent = globalThis.result;
</script>`;
}

/** @param home - where the browser may leave what it likes. @returns the page when its modules have run, among what else the browser says. */
async function dump(browser: string, home: string, url: string): Promise<string> {
  const args = [...FLAGS, `--user-data-dir=${join(home, 'profile')}`, '--dump-dom', url];
  const running = new ForeignProcess(browser, args, { HOME: home });
  expect(await running.exited(), running.output).to.equal(0);
  return running.output;
}
