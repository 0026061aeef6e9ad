/** Uploads of readers on their way in: bytes go to the archive, torrents become intakes; the ledger decides what stays. */
import type { Bytes } from '../core/bytes.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Announced, Archive as ArchivePort, Received } from '../rpc/ports.ts';
import type { Archive } from '../tracker/archive/archive.ts';
import { infoHashV1 } from '../tracker/metainfo.ts';
import { adopt, parseTorrent } from '../tracker/torrent-parse.ts';
import type { Archivist } from './archivist.ts';
import type { Intakes } from './intakes.ts';
import type { MetainfoStore } from './metainfo-store.ts';
import type { Torrents } from './torrents.ts';

type Ports = {
  readonly archive: Archive;
  readonly archivist: Archivist;
  readonly metainfos: MetainfoStore;
  readonly intakes: Intakes;
  readonly torrents: Torrents;
  readonly federation: string;
};

export class Uploads implements ArchivePort {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async receiveFile(bytes: AsyncIterable<Bytes>, announced: Announced): Promise<Verdict<Received>> {
    const { archive, archivist, metainfos, torrents } = this.#ports;
    const { hash, key } = announced;
    const wasHere = archive.has(hash);
    const received = await archive.receive(bytes, { hash, name: announced.name ?? toHex(hash) });
    if (received.kind !== 'accept') return received;
    return accept({
      ...torrents.describe(received.value),
      keep: async () => {
        await metainfos.put(received.value);
        await archivist.attest(hash, key);
      },
      discard: async () => {
        if (!wasHere) await archive.forget(hash);
      },
    });
  }

  async receiveTorrent(bytes: Bytes, announced: Announced): Promise<Verdict<Received>> {
    const { archivist, intakes, federation } = this.#ports;
    const { hash, key } = announced;
    const parsed = parseTorrent(bytes);
    if (parsed.kind !== 'accept') return parsed;
    const outline = adopt(parsed.value, hash);
    if (outline.kind !== 'accept') return outline;
    if (intakes.size >= limits.intakesMax) return reject('archive.busy');
    const { name, size } = outline.value;
    const infoHashes = [infoHashV1(outline.value, federation)];
    return accept({
      hash,
      size: BigInt(size),
      name,
      infoHashes,
      keep: async () => {
        await intakes.put({ hash, uploader: key, outline: outline.value });
        archivist.fetchLater();
      },
      discard: async () => {},
    });
  }
}
