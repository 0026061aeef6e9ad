import { createHash } from 'node:crypto';
import { expect } from 'chai';
import fc from 'fast-check';
import { PiecesRootHasher, piecesRoot, piecesRootOfStream } from '../../client/pieces-root.ts';
import { toHex } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { PieceHasher } from '../../torrent/piece-hasher.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';

const KiB = 1024;

/** Bytes that repeat nowhere near a block. */
function bytesOf(length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8) * 7 + (i >> 14)) & 0xff;
  return bytes;
}

/** The definition of BEP 52, word by word: pad the leaves with zeros to a power of two, and hash in pairs. */
function byDefinition(bytes: Uint8Array): string {
  let level: Uint8Array[] = [];
  for (let at = 0; at < bytes.length; at += 16 * KiB) level.push(sha256(bytes.subarray(at, at + 16 * KiB)));
  while ((level.length & (level.length - 1)) !== 0) level.push(new Uint8Array(32));
  while (level.length > 1) {
    const pairs = level;
    level = [];
    for (let i = 0; i < pairs.length; i += 2) {
      level.push(
        createHash('sha256')
          .update(pairs[i]!)
          .update(pairs[i + 1]!)
          .digest(),
      );
    }
  }
  return toHex(level[0]!);
}

describe('pieces root', () => {
  it('is plain SHA-256 for at most one block, and nothing for nothing', () => {
    expect(piecesRoot(new Uint8Array(0))).to.equal(undefined);
    for (const length of [1, 100, 16 * KiB - 1, 16 * KiB]) {
      expect(piecesRoot(bytesOf(length))).to.deep.equal(sha256(bytesOf(length)));
    }
  });

  it('is what BEP 52 says around every power of two', () => {
    for (const blocks of [1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 15, 16, 17, 31, 33]) {
      for (const more of [-1, 0, 1]) {
        const bytes = bytesOf(blocks * 16 * KiB + more);
        expect(toHex(piecesRoot(bytes)!), `${blocks} blocks ${more}`).to.equal(byDefinition(bytes));
      }
    }
  });

  it('does not depend on how the bytes come (property)', async () => {
    const bytes = bytesOf(5 * 16 * KiB + 77);
    const whole = toHex(piecesRoot(bytes)!);
    const cuts = fc.array(fc.integer({ min: 0, max: bytes.length }), { maxLength: 12 });
    await fc.assert(
      fc.asyncProperty(cuts, async (at) => {
        const ends = [...at.toSorted((a, b) => a - b), bytes.length];
        async function* chunks() {
          let from = 0;
          for (const end of ends) {
            yield bytes.subarray(from, end);
            from = end;
          }
        }
        expect(toHex((await piecesRootOfStream(chunks()))!)).to.equal(whole);
      }),
      { numRuns: 50 },
    );
  });

  it('is the hash under which the archive files it', () => {
    for (const length of [1, 16 * KiB + 1, 3 * 1024 * KiB + 5]) {
      const archive = new PieceHasher(pieceLengthOf(length));
      archive.update(bytesOf(length));
      const reader = new PiecesRootHasher();
      reader.update(bytesOf(length));
      expect(reader.finish()).to.deep.equal(new Uint8Array(archive.finish()!.hash));
    }
  });
});
