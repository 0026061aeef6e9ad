import { assert, expect } from 'chai';
import fc from 'fast-check';
import { toHex } from '../../core/bytes.ts';
import { PassCache } from '../../tracker/pass/cache.ts';
import { issue, open } from '../../tracker/pass/pass.ts';
import { CHAIN_ID, fileHash, identity, NOW, outcome } from './world.ts';

const chain = toHex(CHAIN_ID);
const issuer = identity(1);
const reader = identity(2);
const file = fileHash(3);
const expires = NOW / 1_000 + 60;
const text = issue(issuer, chain, reader.key, file, expires);
const isIssuer = (key: Uint8Array) => toHex(key) === toHex(issuer.key);

describe('a pass', () => {
  it('is 220 characters that go into a path, and opens to what was issued', () => {
    expect(text).to.match(/^[A-Za-z0-9_-]{220}$/);
    const opened = open(text, chain, NOW, isIssuer);
    assert(opened.kind === 'accept');
    expect(opened.value).to.deep.equal({
      issuer: issuer.key,
      issuerHex: toHex(issuer.key),
      subject: reader.key,
      subjectHex: toHex(reader.key),
      file,
      fileHex: toHex(file),
      expires,
    });
  });

  it('pass.malformed: another length, another alphabet, another version', () => {
    for (const wrong of ['', 'x', `${text}A`, text.slice(4), text.replace(/.$/, '='), `C${text.slice(1)}`]) {
      expect(outcome(open(wrong, chain, NOW, isIssuer)), wrong).to.equal('pass.malformed');
    }
  });

  it('pass.expired: from its second on', () => {
    expect(outcome(open(text, chain, expires * 1_000 - 1, isIssuer))).to.equal('accept');
    expect(outcome(open(text, chain, expires * 1_000, isIssuer))).to.equal('pass.expired');
  });

  it('pass.forged: by a stranger, for another chain, with any byte changed', () => {
    expect(outcome(open(text, chain, NOW, () => false))).to.equal('pass.forged');
    expect(outcome(open(text, toHex(fileHash(9)), NOW, isIssuer))).to.equal('pass.forged');
    const impostor = { key: issuer.key, sign: identity(5).sign };
    expect(outcome(open(issue(impostor, chain, reader.key, file, expires), chain, NOW, isIssuer))).to.equal(
      'pass.forged',
    );
    fc.assert(
      fc.property(fc.integer({ min: 2, max: text.length - 1 }), (at) => {
        const changed = text.slice(0, at) + (text[at] === 'A' ? 'B' : 'A') + text.slice(at + 1);
        const codes = ['pass.forged', 'pass.expired'];
        return codes.includes(outcome(open(changed, chain, NOW, () => true)));
      }),
      { numRuns: 40 },
    );
  });

  it('refuses whatever else there may stand in a path, without throwing', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (anything) => {
        return open(anything, chain, NOW, () => true).kind !== 'accept';
      }),
    );
  });
});

describe('the cache of passes', () => {
  it('forgets the one that was not used for longest', () => {
    const opened = open(text, chain, NOW, isIssuer);
    assert(opened.kind === 'accept');
    const cache = new PassCache(2);
    cache.put('a', opened.value);
    cache.put('b', opened.value);
    expect(cache.get('a')).to.equal(opened.value);
    cache.put('c', opened.value);
    expect(cache.get('b')).to.equal(undefined);
    expect(cache.get('a')).to.equal(opened.value);
    expect(cache.size).to.equal(2);
  });
});
