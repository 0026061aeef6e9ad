import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { expect } from 'chai';
import { pemOfSeed, seedOfPem } from '../../keys/pkcs8.ts';

describe('a key in PEM', () => {
  it('is as OpenSSL writes it, both ways', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    const pem = String(privateKey.export({ format: 'pem', type: 'pkcs8' }));
    const seed = seedOfPem(pem)!;
    expect(Buffer.from(seed).toString('base64url')).to.equal(privateKey.export({ format: 'jwk' }).d);
    expect(pemOfSeed(seed)).to.equal(pem);
    expect(seedOfPem(pem.replaceAll('\n', '\r\n'))).to.deep.equal(seed);
    expect(createPrivateKey(pemOfSeed(seed)).asymmetricKeyType).to.equal('ed25519');
  });

  it('of another kind, or sealed, is none', () => {
    const kinds = [
      generateKeyPairSync('x25519').privateKey.export({ format: 'pem', type: 'pkcs8' }),
      generateKeyPairSync('ed25519').publicKey.export({ format: 'pem', type: 'spki' }),
      generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'sec1' }),
      generateKeyPairSync('ed25519').privateKey.export({
        ...{ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' },
      }),
    ];
    for (const pem of [...kinds.map(String), '', 'x']) expect(seedOfPem(pem)).to.equal(undefined);
  });
});
