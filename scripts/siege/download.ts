/** The BitTorrent client of a reader: webtorrent as anybody would run it, listening on the reader's own address. */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import WebTorrent from 'webtorrent';
import type { Bytes } from '../../core/bytes.ts';
import { swarmOptions } from '../swarm-options.ts';

export class Downloader {
  readonly #folder: string;
  readonly #client: WebTorrent;
  #count = 0;

  /** @param folder - of this reader alone. */
  constructor(address: string, folder: string) {
    this.#folder = folder;
    this.#client = new WebTorrent(swarmOptions(address));
    this.#client.on('error', () => {}); // of a torrent: whoever waits for it hears of it
  }

  /** All bytes of the one file. Leaves the swarm, and the disk, as it was. */
  async download(torrent: Bytes, signal: AbortSignal): Promise<Bytes> {
    this.#count += 1;
    const path = join(this.#folder, String(this.#count));
    await mkdir(path, { recursive: true });
    const added = this.#client.add(torrent, { path });
    try {
      await new Promise<void>((resolve, reject) => {
        added.once('done', resolve);
        added.once('error', reject);
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
      const [name] = await readdir(path);
      return new Uint8Array(await readFile(join(path, name!)));
    } finally {
      if (!added.destroyed) {
        await new Promise<void>((resolve) => added.destroy({ destroyStore: true }, () => resolve()));
      }
      await rm(path, { recursive: true, force: true });
    }
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => this.#client.destroy(() => resolve()));
  }
}
