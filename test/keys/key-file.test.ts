import { scryptSync } from 'node:crypto';
import { expect } from 'chai';
import { hexToBytes, toHex, utf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { publicKeyOf } from '../../core/sign.ts';
import type { KeyError } from '../../keys/key-error.ts';
import { isKeyFile, type KeyFile, openKeyFile, readKeyFile, sealKey } from '../../keys/key-file.ts';
import { golden } from '../golden.ts';

const seed = hexToBytes('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60', 32);
const PASSPHRASE = 'Äpfel und Birnen';

describe('a key file', () => {
  let text: string;
  before(async () => {
    let drawn = 0;
    text = JSON.stringify(await sealKey(seed, PASSPHRASE, (length) => new Uint8Array(length).fill(++drawn)));
  });

  const codeOf = (opening: Promise<unknown>) =>
    opening.then(
      () => 'opened',
      (error: KeyError) => error.code,
    );
  const changed = (change: object) => JSON.stringify({ ...JSON.parse(text), ...change });
  const costing = (cost: object) => changed({ kdf: { ...JSON.parse(text).kdf, ...cost } });

  it('has the same bytes for ever', () => {
    golden('key-file', { passphrase: PASSPHRASE, seed: toHex(seed), file: JSON.parse(text) });
  });

  it('opens with its passphrase, however that was typed', async () => {
    expect(await openKeyFile(text, PASSPHRASE)).to.deep.equal(seed);
    expect(await openKeyFile(text, PASSPHRASE.normalize('NFD'))).to.deep.equal(seed);
    expect(readKeyFile(text).public_key).to.equal(toHex(publicKeyOf(seed)));
    expect(text).not.to.include(toHex(seed));
  });

  it('draws salt and iv anew each time', async () => {
    const [one, two] = [await sealKey(seed, 'x'), await sealKey(seed, 'x')];
    expect(one.kdf.salt).not.to.equal(two.kdf.salt);
    expect(one.iv).not.to.equal(two.iv);
    expect(one.secret).not.to.equal(two.secret);
  });

  it('stays locked for another passphrase, and when any field of it was changed', async () => {
    const cheap = await sealedElsewhere(publicKeyOf(seed));
    expect(await openKeyFile(JSON.stringify(cheap), PASSPHRASE)).to.deep.equal(seed);
    expect(await codeOf(openKeyFile(JSON.stringify(cheap), 'Apfel und Birnen'))).to.equal('key-file.locked');
    expect(await codeOf(openKeyFile(text, ''))).to.equal('passphrase.empty');
    expect(await codeOf(sealKey(seed, ''))).to.equal('passphrase.empty');
    const last = cheap.secret.at(-1) === '0' ? '1' : '0';
    for (const change of [
      { public_key: toHex(publicKeyOf(new Uint8Array(32))) },
      { iv: '0'.repeat(24) },
      { secret: cheap.secret.slice(0, -1) + last },
      { kdf: { ...cheap.kdf, salt: 'f'.repeat(32) } },
      { kdf: { ...cheap.kdf, n: cheap.kdf.n / 2 } },
    ]) {
      const opening = openKeyFile(JSON.stringify({ ...cheap, ...change }), PASSPHRASE);
      expect(await codeOf(opening), Object.keys(change)[0]!).to.equal('key-file.locked');
    }
  });

  it('that names another key than it holds is told from one that is locked', async () => {
    const foreign = JSON.stringify(await sealedElsewhere(publicKeyOf(new Uint8Array(32))));
    expect(await codeOf(openKeyFile(foreign, PASSPHRASE))).to.equal('key-file.foreign');
  });

  it('that would cost too much is refused before any work', async () => {
    const from = performance.now();
    for (const cost of [{ n: limits.scryptNMax * 2 }, { n: 2 ** 53 - 1 }, { r: 9 }, { p: 5 }]) {
      expect(await codeOf(openKeyFile(costing(cost), PASSPHRASE))).to.equal('key-file.too-costly');
    }
    expect(performance.now() - from).to.be.below(50);
  });

  it('of another form or version says so', async () => {
    expect(await codeOf(openKeyFile(changed({ version: 2 }), PASSPHRASE))).to.equal('key-file.version');
    const malformed = [
      ...['', '{', '[]', 'null', '{}', ' '.repeat(limits.keyFileBytesMax + 1)],
      ...[changed({ digitallib: 'k' }), changed({ kdf: null }), changed({ iv: 'AA'.repeat(12) })],
      ...[changed({ secret: 5 }), changed({ public_key: '' }), costing({ name: 'pbkdf2' })],
      ...[costing({ n: 3 }), costing({ n: 1 }), costing({ n: 0 }), costing({ r: 1.5 }), costing({ p: '1' })],
    ];
    for (const bad of malformed) {
      expect(await codeOf(openKeyFile(bad, PASSPHRASE)), bad.slice(0, 80)).to.equal('key-file.malformed');
    }
    expect(isKeyFile(text)).to.equal(true);
    expect(isKeyFile(toHex(seed))).to.equal(false);
    expect(utf8(text).length).to.be.below(limits.keyFileBytesMax);
  });
});

/** By OpenSSL's scrypt, and for less work. @param named - the key that the file names. */
async function sealedElsewhere(named: Uint8Array): Promise<KeyFile> {
  const [salt, iv] = [new Uint8Array(16).fill(1), new Uint8Array(12).fill(2)];
  const bits = scryptSync(PASSPHRASE, salt, 32, { N: 1_024, r: 8, p: 1 });
  const key = await crypto.subtle.importKey('raw', bits, 'AES-GCM', false, ['encrypt']);
  const how = { name: 'AES-GCM', iv, additionalData: Uint8Array.from(named) };
  const secret = await crypto.subtle.encrypt(how, key, Uint8Array.from(seed));
  return {
    digitallib: 'key',
    version: 1,
    public_key: toHex(named),
    kdf: { name: 'scrypt', n: 1_024, r: 8, p: 1, salt: toHex(salt) },
    iv: toHex(iv),
    secret: toHex(new Uint8Array(secret)),
  };
}
