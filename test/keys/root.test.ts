import { hkdfSync } from 'node:crypto';
import { expect } from 'chai';
import { toHex } from '../../core/bytes.ts';
import { rootOfKey, rootOfSecret } from '../../keys/root.ts';
import { signerOfSeed } from '../../keys/signer.ts';
import { signerOfKey, webSignerOfSeed } from '../../keys/web-signer.ts';

const SECRET = Uint8Array.from({ length: 64 }, (_, i) => i);

describe('a root', () => {
  it('derives by HKDF with SHA-256, each purpose for itself', async () => {
    const root = await rootOfSecret(SECRET);
    const expected = (info: string, length: number) =>
      Buffer.from(hkdfSync('sha256', SECRET, 'digitallib:1', info, length)).toString('hex');
    expect(toHex(await root.seed())).to.equal(expected('ledger:0', 32));
    expect(toHex(await root.seed(7))).to.equal(expected('ledger:7', 32));
    expect(toHex(await root.derive('storage:0', 64))).to.equal(expected('storage:0', 64));
  });

  it('signs as the seed does, text and bytes', async () => {
    const root = await rootOfSecret(SECRET);
    const [hidden, plain] = [await root.signer(2), signerOfSeed(await root.seed(2))];
    expect(hidden.publicKey).to.equal(plain.publicKey);
    for (const message of ['digitallib:1:a text', '', new Uint8Array(0), new Uint8Array(100).fill(9)]) {
      expect(await hidden.sign(message)).to.deep.equal(await plain.sign(message));
    }
  });

  it('keeps root and key where no program reads them, and both come back', async () => {
    const root = await rootOfSecret(SECRET);
    const { key, privateKey } = { ...(await root.signer()), key: root.key };
    for (const kept of [key, privateKey]) {
      expect(kept.extractable).to.equal(false);
      for (const format of ['raw', 'pkcs8'] as const) {
        expect(await refusal(crypto.subtle.exportKey(format, kept)), format).not.to.equal('');
      }
    }
    const signer = await root.signer();
    // As IndexedDB does it.
    const again = signerOfKey(structuredClone(privateKey), signer.key);
    expect(await again.sign('x')).to.deep.equal(await signer.sign('x'));
    expect(await rootOfKey(structuredClone(key)).seed(3)).to.deep.equal(await root.seed(3));
  });

  it('wipes nothing of its caller, and keeps nothing of it', async () => {
    const [secret, seed] = [SECRET.slice(), new Uint8Array(32).fill(5)];
    const [root, signer] = [await rootOfSecret(secret), await webSignerOfSeed(seed)];
    expect(secret).to.deep.equal(SECRET);
    expect(seed).to.deep.equal(new Uint8Array(32).fill(5));
    secret.fill(0);
    seed.fill(0);
    expect(await root.seed()).to.deep.equal(await (await rootOfSecret(SECRET)).seed());
    expect(await signer.sign('x')).to.deep.equal(await signerOfSeed(new Uint8Array(32).fill(5)).sign('x'));
  });

  it('refuses lengths, numbers and purposes that it has not', async () => {
    const root = await rootOfSecret(SECRET);
    expect(await refusal(rootOfSecret(SECRET.slice(1)))).to.include('64 bytes');
    expect(await refusal(webSignerOfSeed(SECRET))).to.include('32 bytes');
    for (const index of [-1, 1.5, 2 ** 31, Number.NaN]) {
      expect(await refusal(root.seed(index)), String(index)).to.include('a number from 0');
    }
    for (const purpose of ['', 'ledger', 'Ledger:0', 'ledger:00', 'ledger:-1', 'a b:1']) {
      expect(await refusal(root.derive(purpose, 32)), purpose).to.include('a purpose is');
    }
    expect(await refusal(root.derive('storage:0', 65))).to.include('64 bytes');
    const aes = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt']);
    expect(() => rootOfKey(aes)).to.throw('a key of HKDF');
    expect(() => signerOfKey(aes, new Uint8Array(32))).to.throw('a private Ed25519 key');
  });
});

/** @returns "" when nothing was refused. */
function refusal(done: Promise<unknown>): Promise<string> {
  return done.then(
    () => '',
    (error) => String(error),
  );
}
