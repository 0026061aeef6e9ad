/**
 * What has come of files whose fetch ended too early, until the next fetch goes on with it: folders in `incoming`, named by
 * the hash, or by hash and key of the reader who brings it. What one reader has brought is never used for another. Nothing
 * here is a file of the archive: it is served to nobody, and becomes one only when all of it was hashed again. Bounded in
 * number, bytes and time; room that anybody else needs it gives back at once, that of whoever has most first.
 */
import { mkdir, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { assert } from '../../core/assert.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log } from '../../core/ports.ts';
import {
  HASH_BYTES,
  type Hash32,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  type UnixMs,
} from '../../core/scalars.ts';
import type { MetainfoV1 } from '../../torrent/metainfo.ts';
import { Progress } from './progress.ts';
import type { Spare } from './room.ts';

type Left = {
  readonly share: string;
  readonly bytes: number;
  readonly sinceMs: UnixMs;
  /** Of which torrent all of it is known to be right; undefined: of none. */
  readonly rightFor: string | undefined;
};

export type LeftoverId = {
  readonly hash: Hash32;
  /** Of the reader who brings it; undefined: it comes from those who have it. */
  readonly key?: PublicKey32;
  /** Whose they are, when they become too many. */
  readonly share: string;
};

type Ports = { readonly clock: Clock; readonly log: Log };

const NAME = /^[0-9a-f]{64}(\.[0-9a-f]{64})?$/;
const DISK_BLOCK_BYTES = 512;

export class Leftovers implements Spare {
  readonly #root: string;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #bytesMax: number;
  /** By the name of the folder, those first that have lain for longest. */
  readonly #left = new Map<string, Left>();
  /** Names of those that are fetched now. */
  readonly #out = new Set<string>();
  #bytes = 0;
  /** By name: folders that are on their way out. */
  readonly #removing = new Map<string, Promise<void>>();
  #cancel: (() => void) | undefined;

  /** @param root - `incoming`; made by whoever starts before. */
  constructor(root: string, { clock, log }: Ports, bytesMax: number) {
    this.#root = root;
    this.#clock = clock;
    this.#log = log;
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** What lies here from before the library ended, however it ended: what can be gone on with counts from now on, all else goes. */
  async start(): Promise<void> {
    this.#left.clear();
    this.#bytes = 0;
    for (const name of await readdir(this.#root)) {
      const bytes = NAME.test(name) ? await bytesIn(join(this.#root, name)) : 0;
      if (bytes === 0) await this.#remove(name);
      else this.#add(name, { share: name, bytes, sinceMs: this.#clock.now(), rightFor: undefined });
    }
    await this.#keepBounds();
  }

  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  isOut(id: LeftoverId): boolean {
    return this.#out.has(nameOf(id));
  }

  /** What is here of a file, or its beginning, unless it is out; nobody else has it until `leave` or `discard`. @throws whatever the disk throws. */
  async take(id: LeftoverId, outline: MetainfoV1, signal: AbortSignal): Promise<Progress> {
    const name = nameOf(id);
    assert(!this.#out.has(name), 'nobody else fetches it');
    this.#out.add(name);
    try {
      return await this.#take(name, outline, signal);
    } catch (error) {
      this.#out.delete(name);
      throw error;
    }
  }

  async #take(name: string, outline: MetainfoV1, signal: AbortSignal): Promise<Progress> {
    await this.#removing.get(name);
    const left = this.#left.get(name);
    if (left !== undefined) this.#drop(name, left);
    await mkdir(join(this.#root, name), { recursive: true });
    const progress = await Progress.open(join(this.#root, name), outline);
    if (left === undefined || left.rightFor === fingerprintOf(outline)) return progress;
    try {
      await progress.verify(signal);
      return progress;
    } catch (error) {
      await progress.close();
      this.#add(name, left);
      throw error;
    }
  }

  /** The fetch has ended too early. */
  async leave(id: LeftoverId, progress: Progress): Promise<void> {
    await progress.close();
    this.#out.delete(nameOf(id));
    const { bytes } = progress;
    if (bytes === 0) return await this.#remove(nameOf(id));
    const rightFor = fingerprintOf(progress.outline);
    this.#add(nameOf(id), { share: id.share, bytes, sinceMs: this.#clock.now(), rightFor });
    await this.#keepBounds();
  }

  /** There is nothing to go on with. */
  async discard(id: LeftoverId, progress: Progress): Promise<void> {
    await progress.close();
    this.#out.delete(nameOf(id));
    await this.#remove(nameOf(id));
  }

  /** Nobody needs the file from here. @param isBrought - does this key still bring it? What came from it stays then. */
  async forget(hash: Hash32, isBrought: (key: PublicKey32) => boolean): Promise<void> {
    const gone = [...this.#left].filter(([name]) => {
      const key = fromHex(name.slice(2 * HASH_BYTES + 1), PUBLIC_KEY_BYTES);
      return name.startsWith(toHex(hash)) && (key === undefined || !isBrought(key));
    });
    await Promise.all(gone.map(([name, left]) => this.#give(name, left)));
  }

  /** Takes so many bytes off at once; resolves when they are off the disk. */
  async giveBack(bytes: number): Promise<void> {
    const wanted = this.#bytes - bytes;
    const going: Promise<void>[] = [];
    while (this.#left.size > 0 && this.#bytes > wanted) going.push(this.#give(...this.#next()));
    await Promise.all(going);
  }

  /** Of whoever has most, the one that has lain for longest. */
  #next(): [string, Left] {
    const shares = new Map<string, number>();
    for (const { share, bytes } of this.#left.values()) shares.set(share, (shares.get(share) ?? 0) + bytes);
    const [most] = [...shares].reduce((a, b) => (b[1] > a[1] ? b : a));
    return [...this.#left].find(([, { share }]) => share === most)!;
  }

  async #keepBounds(): Promise<void> {
    const going: Promise<void>[] = [];
    const now = this.#clock.now();
    for (const [name, left] of [...this.#left]) {
      if (Math.abs(now - left.sinceMs) >= limits.leftoverMs) going.push(this.#give(name, left));
    }
    while (this.#left.size > limits.leftoversMax) going.push(this.#give(...this.#next()));
    going.push(this.giveBack(this.#bytes - this.#bytesMax));
    this.#lookLater();
    await Promise.all(going);
  }

  #lookLater(): void {
    this.#cancel?.();
    const [oldest] = this.#left.values();
    if (oldest === undefined) return;
    const waitMs = oldest.sinceMs + limits.leftoverMs - this.#clock.now();
    this.#cancel = this.#clock.after(Math.min(Math.max(waitMs, 0), limits.leftoverMs), () => {
      this.#keepBounds().catch(() => this.#log.warn('what is left of a fetch cannot be removed'));
    });
  }

  #add(name: string, left: Left): void {
    this.#left.set(name, left);
    this.#bytes += left.bytes;
  }

  #drop(name: string, { bytes }: Left): void {
    if (this.#left.delete(name)) this.#bytes -= bytes;
  }

  #give(name: string, left: Left): Promise<void> {
    this.#drop(name, left);
    return this.#remove(name);
  }

  #remove(name: string): Promise<void> {
    const removing = rm(join(this.#root, name), { recursive: true, force: true }).finally(() => {
      this.#removing.delete(name);
    });
    this.#removing.set(name, removing);
    return removing;
  }
}

function nameOf({ hash, key }: LeftoverId): string {
  return key === undefined ? toHex(hash) : `${toHex(hash)}.${toHex(key)}`;
}

function fingerprintOf({ size, pieces }: Pick<MetainfoV1, 'size' | 'pieces'>): string {
  return `${size} ${toHex(sha256(pieces))}`;
}

/** That it takes on the disk: where nothing was written nothing counts. @returns 0 when one could not go on with it. */
async function bytesIn(folder: string): Promise<number> {
  try {
    if ((await readdir(folder)).sort().join() !== 'data,pieces') return 0;
    const pieces = await readFile(join(folder, 'pieces'));
    const { blocks, size } = await stat(join(folder, 'data'));
    return pieces.some((byte) => byte !== 0) ? blocks * DISK_BLOCK_BYTES || size : 0;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '')) return 0;
    throw error;
  }
}
