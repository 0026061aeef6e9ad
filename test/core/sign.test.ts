import { Point } from '@noble/ed25519';
import { sha512 } from '@noble/hashes/sha2.js';
import { expect } from 'chai';
import fc from 'fast-check';
import * as browser from '../../core/crypto-browser.ts';
import * as native from '../../core/crypto-node.ts';
import {
  isAcceptableKey,
  passesForKey,
  publicKeyOf,
  signingHash,
  signText,
  verifyHash,
  verifyText,
} from '../../core/sign.ts';

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'hex'));
const seed = hex('9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60');
const key = hex('d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a');
/** The eight points of small order, and spellings of them that are not canonical. */
const SMALL_ORDER = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0100000000000000000000000000000000000000000000000000000000000080',
];

describe('sign', () => {
  it('is Ed25519 (RFC 8032, section 7.1, test 1)', () => {
    expect(publicKeyOf(seed)).to.deep.equal(key);
    expect(Buffer.from(native.ed25519Sign(seed, new Uint8Array(0))).toString('hex')).to.equal(
      'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    );
  });

  it('signs the SHA-256 of a text, and nothing else verifies', () => {
    const signature = signText(seed, 'digitallib:1:x');
    expect(verifyText(key, 'digitallib:1:x', signature)).to.equal(true);
    expect(verifyHash(key, signingHash('digitallib:1:x'), signature)).to.equal(true);
    expect(verifyText(key, 'digitallib:1:y', signature)).to.equal(false);
    expect(verifyText(key, 'digitallib:1:x', signature.subarray(1))).to.equal(false);
    expect(verifyText(key.subarray(1), 'digitallib:1:x', signature)).to.equal(false);
  });

  it('refuses keys of small order, not canonical, off the curve or of a wrong length', () => {
    for (const bad of SMALL_ORDER) expect(isAcceptableKey(hex(bad)), bad).to.equal(false);
    expect(isAcceptableKey(hex(`02${'00'.repeat(31)}`)), 'off the curve').to.equal(false);
    expect(isAcceptableKey(key.subarray(1))).to.equal(false);
    expect(isAcceptableKey(key)).to.equal(true);
  });

  it('lets no key that is not acceptable verify anything, however quickly it is looked at', () => {
    for (const bad of SMALL_ORDER) expect(passesForKey(hex(bad)), bad).to.equal(false);
    expect(passesForKey(key)).to.equal(true);
    expect(passesForKey(key.subarray(1))).to.equal(false);
    const signature = signText(seed, 'x');
    const bytes = fc.uint8Array({ minLength: 32, maxLength: 32 });
    const high = bytes.map((some) => some.fill(0xff, 1, 31));
    const flipped = fc
      .nat(255)
      .map((bit) => key.map((byte, i) => (i === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)));
    fc.assert(
      fc.property(fc.oneof(bytes, high, flipped), (some) => {
        if (isAcceptableKey(some)) expect(passesForKey(some)).to.equal(true);
        else if (passesForKey(some)) expect(verifyHash(some, signingHash('x'), signature)).to.equal(false);
      }),
      { numRuns: 500 },
    );
    for (let low = 0; low < 19; low++) {
      const beyond = hex(`${(0xed + low).toString(16)}${'ff'.repeat(30)}7f`);
      expect(passesForKey(beyond), 'not canonical').to.equal(false);
    }
  });

  it('gives in browsers the verdict that it gives in nodes', () => {
    const mutate = fc.tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 0, max: 255 }));
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array(),
        mutate,
        (secret, message, [at, by]) => {
          const signature = browser.ed25519Sign(secret, message);
          expect(signature).to.deep.equal(native.ed25519Sign(secret, message));
          const publicKey = browser.ed25519PublicKey(secret);
          expect(publicKey).to.deep.equal(native.ed25519PublicKey(secret));
          signature[at]! ^= by;
          const verdict = native.ed25519Verify(publicKey, message, signature);
          expect(verdict).to.equal(by === 0);
          expect(browser.ed25519Verify(publicKey, message, signature)).to.equal(verdict);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('gives one verdict for keys and signatures with a part of small order, which divide other verifiers', () => {
    const torsion = Point.fromBytes(hex(SMALL_ORDER[6]!));
    const { a, A } = secretScalar(seed);
    const verdicts = new Set<boolean>();
    for (let i = 0; i < 8; i++) {
      for (let j = 0; j < 8; j++) {
        const publicKey = plus(A, torsion, i).toBytes();
        expect(isAcceptableKey(publicKey)).to.equal(true);
        const message = Uint8Array.of(i, j);
        const r = BigInt(1_000 + i);
        const R = plus(Point.BASE.multiply(r), torsion, j).toBytes();
        const k = littleEndian(sha512(new Uint8Array([...R, ...publicKey, ...message]))) % ORDER;
        const signature = new Uint8Array([...R, ...littleEndianBytes((r + k * a) % ORDER)]);
        const verdict = native.ed25519Verify(publicKey, message, signature);
        expect(browser.ed25519Verify(publicKey, message, signature), `${i} ${j}`).to.equal(verdict);
        verdicts.add(verdict);
      }
    }
    expect([...verdicts].sort()).to.deep.equal([false, true]);
  });
});

const ORDER = Point.CURVE().n;

function secretScalar(secret: Uint8Array): { a: bigint; A: Point } {
  const half = sha512(secret).slice(0, 32);
  half[0]! &= 248;
  half[31] = (half[31]! & 127) | 64;
  const a = littleEndian(half) % ORDER;
  return { a, A: Point.BASE.multiply(a) };
}

function plus(point: Point, torsion: Point, times: number): Point {
  let sum = point;
  for (let i = 0; i < times; i++) sum = sum.add(torsion);
  return sum;
}

function littleEndian(bytes: Uint8Array): bigint {
  return bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
}

function littleEndianBytes(value: bigint): Uint8Array {
  return Uint8Array.from({ length: 32 }, (_, i) => Number((value >> BigInt(8 * i)) & 255n));
}
