/**
 * One open file as the chunk store that webtorrent wants: pieces are ranges of the file. Behind the end there
 * are zeros up to the end of the last piece, because libtorrent asks a v2 swarm for whole pieces (BEP 52 aligns
 * files to pieces) and hangs up on less.
 */
import type { FileHandle } from 'node:fs/promises';
import type { ChunkStore } from 'webtorrent';

/** What whoever fetches is asked before each piece is written, and hears behind it. */
export type Writing = {
  mayWrite(bytes: number): Promise<boolean>;
  wrote(index: number): Promise<void>;
};

export class DataStore implements ChunkStore {
  readonly chunkLength: number;
  readonly #file: FileHandle;
  readonly #size: number;
  readonly #writing: Writing;
  #closed: Promise<void> | undefined;

  constructor(file: FileHandle, size: number, pieceLength: number, writing: Writing) {
    this.#file = file;
    this.#size = size;
    this.#writing = writing;
    this.chunkLength = pieceLength;
  }

  get: ChunkStore['get'] = (index, range, done) => {
    const start = index * this.chunkLength;
    const offset = range?.offset ?? 0;
    const rest = Math.min(this.chunkLength, this.#size - start);
    const length = range?.length ?? rest - offset;
    if (start >= this.#size || length < 0 || offset + length > this.chunkLength) {
      done(new Error('there is no such range'));
      return;
    }
    const inside = Math.max(0, Math.min(length, rest - offset));
    this.#read(new Uint8Array(length), inside, start + offset).then(
      (bytes) => done(null, bytes),
      (error: Error) => done(error),
    );
  };

  put: ChunkStore['put'] = (index, bytes, done) => {
    this.#write(bytes, index).then(() => done(null), done);
  };

  close: ChunkStore['close'] = (done) => {
    this.closeFile().then(() => done(null), done);
  };

  /** The file is not the torrent's: it stays. */
  destroy: ChunkStore['destroy'] = (done) => this.close(done);

  /** As often as you like: a torrent that was left early does not close its store. */
  closeFile(): Promise<void> {
    this.#closed ??= this.#file.close();
    return this.#closed;
  }

  async #read(target: Uint8Array, length: number, position: number): Promise<Uint8Array> {
    for (let at = 0; at < length; ) {
      const { bytesRead } = await this.#file.read(target, at, length - at, position + at);
      if (bytesRead === 0) throw new Error('the file is shorter than its metainfo');
      at += bytesRead;
    }
    return target;
  }

  async #write(bytes: Uint8Array, index: number): Promise<void> {
    const position = index * this.chunkLength;
    if (!(await this.#writing.mayWrite(bytes.length))) throw new Error('there is no room');
    for (let at = 0; at < bytes.length; ) {
      at += (await this.#file.write(bytes, at, bytes.length - at, position + at)).bytesWritten;
    }
    await this.#writing.wrote(index);
  }
}
