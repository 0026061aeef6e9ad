import { expect } from 'chai';
import fc from 'fast-check';
import { toCid } from '../../core/cid.ts';
import { merklePath, merkleRoot, sha256, verifyMerklePath } from '../../core/hash.ts';

const items = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 40 });
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('hash', () => {
  it('is SHA-256', () => {
    expect(toHex(sha256(new TextEncoder().encode('abc')))).to.equal(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
    expect(toCid(sha256(new TextEncoder().encode('abc')))).to.equal(
      'bafyreif2pall7dybz7vecqka3zo24irdwabwdi4wc55jznaq75q7eaavvu',
    );
  });

  it('has the Merkle roots of RFC 6962', () => {
    expect(toHex(merkleRoot([]))).to.equal(
      'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    );
    const leaves = [
      '',
      '00',
      '10',
      '2021',
      '3031',
      '40414243',
      '5051525354555657',
      '606162636465666768696a6b6c6d6e6f',
    ];
    expect(toHex(merkleRoot(leaves.map((leaf) => new Uint8Array(Buffer.from(leaf, 'hex')))))).to.equal(
      '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
    );
  });

  it('proves each item at its place and refuses any flipped bit', () => {
    fc.assert(
      fc.property(items, fc.nat(), fc.nat(), (all, pick, flip) => {
        const index = pick % all.length;
        const path = merklePath(all, index);
        const root = merkleRoot(all);
        expect(verifyMerklePath(all[index]!, index, all.length, path, root)).to.equal(true);
        expect(verifyMerklePath(all[index]!, index, all.length, [...path, root], root)).to.equal(false);
        expect(verifyMerklePath(all[index]!, -1, all.length, path, root)).to.equal(false);
        if (path.length === 0) return;
        expect(verifyMerklePath(all[index]!, index, all.length, path.slice(1), root)).to.equal(false);
        const bad = path.map((hash) => Uint8Array.from(hash));
        bad[flip % bad.length]![flip % 32]! ^= 1 << (flip % 8);
        expect(verifyMerklePath(all[index]!, index, all.length, bad, root)).to.equal(false);
      }),
    );
  });
});
