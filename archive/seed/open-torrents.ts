/**
 * Which torrents are open, written down: a library that was killed looks after its restart for those whom it was
 * serving, who would announce again only in half an hour. A list of wishes, no promise: what is lost of it, the
 * next announce brings back.
 */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { fromHex, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import { HASH_BYTES, type Hash32, INFO_HASH_BYTES, type InfoHash20 } from '../../core/scalars.ts';

export type OpenTorrent = { readonly file: Hash32; readonly infoHash: InfoHash20 };

export class OpenTorrents {
  readonly #path: string;
  #next: readonly OpenTorrent[] | undefined;
  #writing: Promise<void> | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** As they were saved last; none when there is no list, or no such one. @throws Fault("archive.failed"). */
  async load(): Promise<readonly OpenTorrent[]> {
    try {
      const lines = (await readFile(this.#path, 'utf8')).split('\n');
      return lines.slice(0, limits.torrentsActiveMax).flatMap((line) => parseLine(line) ?? []);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw new Fault('archive.failed', 'the list of open torrents cannot be read', { cause: error });
    }
  }

  /** The last list counts: those that come while one is being written are written as one. */
  save(torrents: readonly OpenTorrent[]): Promise<void> {
    this.#next = torrents;
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  async #writeAll(): Promise<void> {
    while (this.#next !== undefined) {
      const lines = this.#next.map(({ file, infoHash }) => `${toHex(file)} ${toHex(infoHash)}\n`);
      this.#next = undefined;
      await writeFile(`${this.#path}.new`, lines.join(''));
      await rename(`${this.#path}.new`, this.#path);
    }
  }
}

function parseLine(line: string): OpenTorrent | undefined {
  const [first = '', second = ''] = line.split(' ');
  const file = fromHex(first, HASH_BYTES);
  const infoHash = fromHex(second, INFO_HASH_BYTES);
  return file && infoHash && { file, infoHash };
}
