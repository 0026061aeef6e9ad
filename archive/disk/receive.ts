/**
 * Bytes into the archive: from a stream (an upload) or from a file that a swarm has filled. Nothing is kept
 * whose pieces root is not the hash that was signed.
 */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Metainfo } from '../../torrent/metainfo.ts';
import { type Digest, PieceHasher } from '../../torrent/piece-hasher.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';

export type Expected = {
  readonly hash: Hash32;
  /** Goes into the torrent, never to the disk. */
  readonly name: string;
  /** A guess (the length of the request, say). When it is wrong the file is read twice. */
  readonly sizeHint?: number;
  /** Asked before each chunk is written: may the file become so long? The length of a request may be anything. */
  mayBecome?(size: number): Code | undefined;
  /** All has come, and is being hashed. */
  reading?(): void;
};

const READ_BYTES = 1024 * 1024;

/**
 * Writes the stream to `path` while hashing.
 * @param admit - asked before each chunk is written: may the file become so long?
 * @returns reject("file.empty" | "file.wrong-hash") or the code of `admit`. @throws what the stream or the disk throws.
 */
export async function writeAndHash(
  stream: AsyncIterable<Uint8Array>,
  path: string,
  expected: Expected,
  admit: (size: number) => Promise<Code | undefined>,
): Promise<Verdict<Metainfo>> {
  const hasher = new PieceHasher(pieceLengthOf(Math.max(1, expected.sizeHint ?? 1)));
  {
    await using file = await open(path, 'wx');
    for await (const chunk of stream) {
      const refused = await admit(hasher.size + chunk.length);
      if (refused !== undefined) return reject(refused);
      hasher.update(chunk);
      await file.appendFile(chunk);
    }
  }
  expected.reading?.();
  return await judge(hasher.finish(), path, expected);
}

/** As `writeAndHash`, for a file that is there. */
export async function hashFile(path: string, size: number, expected: Expected): Promise<Verdict<Metainfo>> {
  return await judge(await digestFile(path, pieceLengthOf(size)), path, expected);
}

/** Is it the file that was expected? @param digest - of the file at `path`. */
export async function judge(
  digest: Digest | undefined,
  path: string,
  { hash, name }: Expected,
): Promise<Verdict<Metainfo>> {
  if (digest === undefined) return reject('file.empty'); // what has no byte has no hash
  if (!equalBytes(digest.hash, hash)) return reject('file.wrong-hash');
  const pieceLength = pieceLengthOf(digest.size);
  const fits = digest.pieceLength === pieceLength ? digest : await digestFile(path, pieceLength);
  if (fits === undefined || !equalBytes(fits.hash, hash)) return reject('file.wrong-hash');
  const { size, pieces, layer } = fits;
  return accept({ name, size, hash, pieceLength, pieces, layer });
}

async function digestFile(path: string, pieceLength: number): Promise<Digest | undefined> {
  const hasher = new PieceHasher(pieceLength);
  const stream: AsyncIterable<Bytes> = createReadStream(path, { highWaterMark: READ_BYTES });
  for await (const chunk of stream) hasher.update(chunk);
  return hasher.finish();
}
