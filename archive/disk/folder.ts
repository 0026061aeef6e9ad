/**
 * The archive on disk: `<hash>/data` and `<hash>/metainfo`, where `<hash>` is 64 hex characters. What comes in
 * grows in `incoming/<random>` and moves into its place in one rename, synced before: a file is there whole or
 * not at all. Names of files never become paths.
 */
import { mkdir, open, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fromHex, toHex } from '../../core/bytes.ts';
import type { Random } from '../../core/ports.ts';
import { HASH_BYTES, type Hash32 } from '../../core/scalars.ts';
import { decodeMetainfo, encodeMetainfo, type Metainfo } from '../../torrent/metainfo.ts';

const INCOMING = 'incoming';
const DATA = 'data';
const METAINFO = 'metainfo';
const DRAFT_NAME_BYTES = 16;

/** A file on its way in. */
export type DraftFile = { readonly folder: string; readonly data: string };

export class ArchiveFolder {
  readonly #root: string;
  readonly #random: Random;
  /** By hash, hex: size in bytes. */
  readonly #sizes = new Map<string, number>();
  #used = 0;
  /** What changes the folder, one after the other: two uploads of one file may end together. */
  #last: Promise<void> = Promise.resolve();

  constructor(root: string, random: Random) {
    this.#root = root;
    this.#random = random;
  }

  /** Bytes of all files kept. */
  get used(): number {
    return this.#used;
  }

  /** Where drafts are; what is there when a library starts is looked at by leftovers.ts. */
  get incoming(): string {
    return join(this.#root, INCOMING);
  }

  /** Counts what is there. */
  async start(): Promise<void> {
    await mkdir(this.incoming, { recursive: true });
    this.#sizes.clear();
    this.#used = 0;
    for (const name of await readdir(this.#root)) {
      if (fromHex(name, HASH_BYTES) === undefined) continue;
      this.#count(name, (await stat(join(this.#root, name, DATA))).size);
    }
  }

  has(hash: Hash32): boolean {
    return this.#sizes.has(toHex(hash));
  }

  list(): readonly Hash32[] {
    return [...this.#sizes.keys()].map((name) => fromHex(name, HASH_BYTES)!);
  }

  /** @returns undefined when the file is not here. */
  async metainfo(hash: Hash32): Promise<Metainfo | undefined> {
    if (!this.has(hash)) return undefined;
    const decoded = decodeMetainfo(await readFile(join(this.#root, toHex(hash), METAINFO)));
    return decoded.kind === 'accept' ? decoded.value : undefined;
  }

  dataPath(hash: Hash32): string {
    return join(this.#root, toHex(hash), DATA);
  }

  /** Room for a file on its way in; the caller ends with `keep` or `discard`. */
  async draft(): Promise<DraftFile> {
    const folder = this.#newDraft();
    await mkdir(folder);
    return { folder, data: join(folder, DATA) };
  }

  /** The draft becomes the file. Does nothing when the file is here already. */
  keep(draft: DraftFile, metainfo: Metainfo): Promise<void> {
    return this.#next(() => this.#keep(draft, metainfo));
  }

  async discard(draft: DraftFile): Promise<void> {
    await rm(draft.folder, { recursive: true, force: true });
  }

  /** @param needed - asked when its turn has come. */
  forget(hash: Hash32, needed: () => boolean): Promise<void> {
    return this.#next(() => this.#forget(toHex(hash), needed));
  }

  #newDraft(): string {
    return join(this.incoming, toHex(this.#random.bytes(DRAFT_NAME_BYTES)));
  }

  #next(change: () => Promise<void>): Promise<void> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => {}); // its caller hears of it; the next change does not depend on it
    return done;
  }

  async #keep(draft: DraftFile, metainfo: Metainfo): Promise<void> {
    const name = toHex(metainfo.hash);
    if (this.#sizes.has(name)) return;
    await writeSynced(join(draft.folder, METAINFO), encodeMetainfo(metainfo));
    await sync(draft.data);
    await sync(draft.folder);
    await rename(draft.folder, join(this.#root, name));
    await sync(this.#root);
    this.#count(name, metainfo.size);
  }

  async #forget(name: string, needed: () => boolean): Promise<void> {
    const size = this.#sizes.get(name);
    if (size === undefined || needed()) return;
    this.#sizes.delete(name);
    this.#used -= size;
    // First out of its place: half a folder must not be found there after a crash.
    const folder = this.#newDraft();
    await rename(join(this.#root, name), folder);
    await rm(folder, { recursive: true, force: true });
  }

  #count(name: string, size: number): void {
    this.#sizes.set(name, size);
    this.#used += size;
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  await using file = await open(path, 'wx');
  await file.writeFile(bytes);
  await file.sync();
}

/** Of a file or a folder: fsync(2) makes a rename last only when the folder is synced, too. */
async function sync(path: string): Promise<void> {
  await using file = await open(path, 'r');
  await file.sync();
}
