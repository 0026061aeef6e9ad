/**
 * A file that comes piece by piece, on the disk: `data`, and `pieces` with one bit for each piece that was right when it
 * came (the highest first, as in BEP 3). A bit is written behind its piece, so that whoever is killed goes on from there.
 * After a power cut a bit may stand without its piece: whoever comes back with it believes none of them (`verify`).
 */
import { createHash } from 'node:crypto';
import { type FileHandle, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type Bytes, equalBytes } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { INFO_HASH_BYTES } from '../../core/scalars.ts';
import type { MetainfoV1 } from '../../torrent/metainfo.ts';
import type { DraftFile } from './folder.ts';

const READ_BYTES = 1024 * 1024;

type Outline = Pick<MetainfoV1, 'size' | 'pieceLength' | 'pieces'>;

export class Progress implements DraftFile {
  readonly folder: string;
  readonly data: string;
  readonly outline: Outline;
  readonly #have: Bytes;
  readonly #file: FileHandle;

  private constructor(folder: string, outline: Outline, have: Bytes, file: FileHandle) {
    this.folder = folder;
    this.data = join(folder, 'data');
    this.outline = outline;
    this.#have = have;
    this.#file = file;
  }

  /** In a folder that is there, with or without such files. @throws whatever the disk throws. */
  static async open(folder: string, outline: Outline): Promise<Progress> {
    for (const name of ['data', 'pieces']) await (await open(join(folder, name), 'a')).close(); // there they are
    const file = await open(join(folder, 'pieces'), 'r+');
    const have = new Uint8Array(Math.ceil(countOf(outline) / 8));
    await file.read(have, 0, have.length, 0);
    return new Progress(folder, outline, have, file);
  }

  /** One bit a piece; what `wrote` adds shows in it. */
  get have(): Bytes {
    return this.#have;
  }

  /** Of the pieces that are here. */
  get bytes(): number {
    const count = countOf(this.outline);
    let bytes = 0;
    for (let index = 0; index < count; index++) if (this.#has(index)) bytes += lengthOf(this.outline, index);
    return bytes;
  }

  /** Looks at every piece that should be here. @throws Fault("archive.failed") when it is ended, or whatever the disk throws. */
  async verify(signal: AbortSignal): Promise<void> {
    await using data = await open(this.data, 'r+');
    await data.truncate(this.outline.size); // it may have been another file's
    const count = countOf(this.outline);
    const right = new Uint8Array(this.#have.length);
    for (let index = 0; index < count; index++) {
      if (signal.aborted) throw new Fault('archive.failed', 'the fetch was ended');
      if (this.#has(index) && (await this.#isRight(data, index))) right[index >> 3]! |= 0x80 >> (index & 7);
    }
    this.#have.set(right);
    await this.#save();
  }

  /** The piece is in `data`. */
  async wrote(index: number): Promise<void> {
    this.#have[index >> 3]! |= 0x80 >> (index & 7);
    await this.#save();
  }

  /** Nothing more comes. */
  async close(): Promise<void> {
    await this.#file.close();
  }

  /** It is whole: what is left is the file. */
  async finish(): Promise<void> {
    await rm(join(this.folder, 'pieces'), { force: true });
  }

  #has(index: number): boolean {
    return (this.#have[index >> 3]! & (0x80 >> (index & 7))) !== 0;
  }

  async #save(): Promise<void> {
    await this.#file.write(this.#have, 0, this.#have.length, 0);
  }

  async #isRight(data: FileHandle, index: number): Promise<boolean> {
    const hash = createHash('sha1');
    const start = index * this.outline.pieceLength;
    const length = lengthOf(this.outline, index);
    const buffer = new Uint8Array(Math.min(length, READ_BYTES));
    for (let at = 0; at < length; ) {
      const { bytesRead } = await data.read(buffer, 0, Math.min(buffer.length, length - at), start + at);
      if (bytesRead === 0) return false;
      hash.update(buffer.subarray(0, bytesRead));
      at += bytesRead;
    }
    const wanted = this.outline.pieces.subarray(index * INFO_HASH_BYTES, (index + 1) * INFO_HASH_BYTES);
    return equalBytes(new Uint8Array(hash.digest()), wanted);
  }
}

function countOf({ size, pieceLength }: Outline): number {
  return Math.ceil(size / pieceLength);
}

function lengthOf({ size, pieceLength }: Outline, index: number): number {
  return Math.min(pieceLength, size - index * pieceLength);
}
