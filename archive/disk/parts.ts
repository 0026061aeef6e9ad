/**
 * Files that come in parts, each brought by several requests, perhaps over days: `parts/<id>/data`, beside the files of the
 * archive, until one is whole and moves among them in one rename. What is said to be here is on the disk: a part ends with
 * a sync, also when it breaks off, and what a kill has left behind the last one is cut off. Knows no reader and no right.
 */
import { type FileHandle, mkdir, open, readdir, rm, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { AssertionFailed } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import { type Digest, PieceHasher } from '../../torrent/piece-hasher.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';
import { isDiskFull } from './drafts.ts';
import type { DraftFile } from './folder.ts';
import type { FileRoom, Room } from './room.ts';

export type PartOf = {
  /** 32 hex characters. */
  readonly id: string;
  /** Of the whole file. */
  readonly size: number;
  /** So much is here, and on the disk. */
  readonly offset: number;
};
export type PartAsks = {
  /** Before each chunk is written: may it? */
  mayTake(bytes: number): Promise<Code | undefined> | Code | undefined;
  /** All up to here is on the disk. */
  synced(offset: number): Promise<void>;
};

export class Parts {
  readonly #root: string;
  readonly #room: Room;
  readonly #taken = new Map<string, FileRoom>();
  /** Of files whose bytes have all come since this process began; those first that were written longest ago. */
  readonly #hashers = new Map<string, PieceHasher>();

  constructor(root: string, room: Room) {
    this.#root = root;
    this.#room = room;
  }

  /** Where the file grows. */
  draft(id: string): DraftFile {
    const folder = join(this.#root, id);
    return { folder, data: join(folder, 'data') };
  }

  /**
   * After a start: keeps of what lies here what is known, as far as it is known to be on the disk. @returns the ids of what is here.
   * @throws whatever the disk throws.
   */
  async load(known: readonly PartOf[]): Promise<ReadonlySet<string>> {
    for (const room of this.#taken.values()) room.giveBack();
    this.#taken.clear();
    this.#hashers.clear();
    await mkdir(this.#root, { recursive: true });
    const offsets = new Map(known.map(({ id, offset }) => [id, offset]));
    const here = new Set<string>();
    for (const name of await readdir(this.#root)) {
      const offset = offsets.get(name);
      const size = offset === undefined ? undefined : await sizeOf(this.draft(name).data);
      if (offset === undefined || size === undefined || size < offset) {
        await rm(join(this.#root, name), { recursive: true, force: true });
        continue;
      }
      if (size > offset) await truncate(this.draft(name).data, offset);
      this.#taken.set(name, this.#room.part(offset));
      here.add(name);
    }
    return here;
  }

  /** Would a file of so many bytes have room in the archive, as things stand? */
  fits(bytes: number): boolean {
    return this.#room.holds(bytes);
  }

  /** Is there nothing to be read once more at its end? */
  isHashed({ id, size }: PartOf): boolean {
    return this.#hashers.get(id)?.size === size;
  }

  /** Room for a file of which nothing has come. @throws Fault("archive.failed"). */
  async begin(id: string): Promise<void> {
    const { folder, data } = this.draft(id);
    await onDisk(async () => {
      await mkdir(folder, { recursive: true });
      await (await open(data, 'w')).close();
    });
    this.#taken.set(id, this.#room.part());
  }

  /**
   * Writes on from `offset`. What has come stays, whatever ends it.
   * @returns the code of `mayTake`, "archive.full", or "request.too-long" for more than there should be. @throws what the
   * stream throws; Fault("archive.failed").
   */
  async append(of: PartOf, bytes: AsyncIterable<Bytes>, asks: PartAsks): Promise<Code | undefined> {
    const { id, size, offset } = of;
    const hasher = this.#hasherAt(of);
    await using file = await onDisk(() => open(this.draft(id).data, 'r+'));
    let at = offset;
    let synced = offset;
    const sync = async (): Promise<void> => {
      if (at === synced) return;
      await onDisk(() => file.datasync());
      synced = at;
      await asks.synced(at);
    };
    try {
      for await (const chunk of bytes) {
        if (at + chunk.length > size) return 'request.too-long';
        const refused = (await asks.mayTake(chunk.length)) ?? (await this.#mayWrite(id, chunk.length));
        if (refused !== undefined) return refused;
        hasher?.update(chunk);
        await onDisk(() => writeAll(file, chunk, at));
        at += chunk.length;
        if (at - synced >= limits.unfinishedSyncBytes) await sync();
      }
      return undefined;
    } catch (error) {
      if (error instanceof Fault && isDiskFull(error.cause)) return 'archive.full';
      throw error;
    } finally {
      await sync();
    }
  }

  /** What its bytes are, if all were hashed as they came; once. */
  digest({ id, size }: PartOf): Digest | undefined {
    const hasher = this.#hashers.get(id);
    this.#hashers.delete(id);
    return hasher?.size === size ? hasher.finish() : undefined;
  }

  /** It is not wanted any more, or has become a file of the archive. */
  async remove(id: string): Promise<void> {
    this.#hashers.delete(id);
    this.#taken.get(id)?.giveBack();
    this.#taken.delete(id);
    await onDisk(() => rm(this.draft(id).folder, { recursive: true, force: true }));
  }

  async #mayWrite(id: string, bytes: number): Promise<Code | undefined> {
    const room = this.#taken.get(id);
    // It was removed while its bytes came.
    if (room === undefined) return 'upload.gone';
    return (await room.mayWrite(bytes)) ? undefined : 'archive.full';
  }

  #hasherAt({ id, size, offset }: PartOf): PieceHasher | undefined {
    const before = this.#hashers.get(id);
    this.#hashers.delete(id);
    if (before === undefined && offset > 0) return undefined;
    const fits = before?.size === offset ? before : undefined;
    const hasher = fits ?? (offset === 0 ? new PieceHasher(pieceLengthOf(size)) : undefined);
    if (hasher === undefined) return undefined;
    this.#hashers.set(id, hasher);
    const [oldest] = this.#hashers.keys();
    if (this.#hashers.size > limits.unfinishedHashersMax) this.#hashers.delete(oldest!);
    return hasher;
  }
}

/** @throws Fault("archive.failed"), with what the disk has thrown as its cause. */
async function onDisk<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof AssertionFailed) throw cause;
    throw new Fault('archive.failed', 'a part was not kept', { cause });
  }
}

async function writeAll(file: FileHandle, chunk: Bytes, position: number): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const { bytesWritten } = await file.write(chunk, done, chunk.length - done, position + done);
    done += bytesWritten;
  }
}

async function sizeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}
