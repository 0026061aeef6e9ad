/**
 * Uploads of readers on their way in: bytes go to the archive, and each becomes an intake before the ledger is asked
 * about it, so that the archivist finds it again whatever happens. Several may bring the same file at a time: what
 * one of them loses stays as long as another, or the ledger, needs it.
 */
import { upload } from '../chain/queries.ts';
import type { Bytes } from '../core/bytes.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Hash32, PublicKey32 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Announced, Archive as ArchivePort, Received } from '../rpc/ports.ts';
import type { Archive } from '../tracker/archive/archive.ts';
import { infoHashV1, type Metainfo } from '../tracker/metainfo.ts';
import { adopt, parseTorrent } from '../tracker/torrent-parse.ts';
import type { Archivist } from './archivist.ts';
import type { Intakes } from './intakes.ts';
import type { Ledger } from './ledger.ts';
import type { MetainfoStore } from './metainfo-store.ts';
import type { Torrents } from './torrents.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly archive: Archive;
  readonly archivist: Archivist;
  readonly metainfos: MetainfoStore;
  readonly intakes: Intakes;
  readonly torrents: Torrents;
};

export class Uploads implements ArchivePort {
  readonly #ports: Ports;

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  async receiveFile(bytes: AsyncIterable<Bytes>, announced: Announced): Promise<Verdict<Received>> {
    const { archive, intakes } = this.#ports;
    const { hash, key } = announced;
    if (intakes.size >= limits.intakesMax) return reject('archive.busy');
    intakes.arriving(hash, archive.has(hash));
    let received: Verdict<Metainfo> | undefined;
    try {
      const { name = toHex(hash), sizeHint } = announced;
      const expected = { hash, name, ...(sizeHint !== undefined && { sizeHint }) };
      received = await archive.receive(bytes, expected, (outline) =>
        intakes.put({ hash, uploader: key, outline }),
      );
    } finally {
      if (received?.kind !== 'accept') await this.#leave(hash, key);
    }
    return received.kind === 'accept' ? accept(this.#received(received.value, key)) : received;
  }

  async receiveTorrent(bytes: Bytes, announced: Announced): Promise<Verdict<Received>> {
    const { archivist, intakes, ledger } = this.#ports;
    const { hash, key } = announced;
    const parsed = parseTorrent(bytes);
    if (parsed.kind !== 'accept') return parsed;
    const adopted = adopt(parsed.value, hash);
    if (adopted.kind !== 'accept') return adopted;
    if (intakes.size >= limits.intakesMax) return reject('archive.busy');
    const outline = adopted.value;
    const { name, size } = outline;
    const infoHashes = [infoHashV1(outline, ledger.genesis.name)];
    await intakes.put({ hash, uploader: key, outline });
    return accept({
      hash,
      size: BigInt(size),
      name,
      infoHashes,
      keep: async () => archivist.fetchLater(),
      discard: () => this.#forget(hash, key),
    });
  }

  #received(metainfo: Metainfo, key: PublicKey32): Received {
    const { archivist, metainfos, intakes, torrents } = this.#ports;
    const { hash } = metainfo;
    return {
      ...torrents.describe(metainfo),
      keep: async () => {
        intakes.left(hash);
        await metainfos.put(metainfo);
        await archivist.attest(hash, key);
      },
      discard: () => this.#leave(hash, key),
    };
  }

  /** This upload brings the file no more. */
  async #leave(hash: Hash32, key: PublicKey32): Promise<void> {
    const cameByUpload = this.#ports.intakes.left(hash);
    await this.#forget(hash, key);
    if (cameByUpload) await this.#ports.archivist.dropUnneeded(hash);
  }

  /** Unless the ledger knows this upload by another request of the same reader. */
  async #forget(hash: Hash32, key: PublicKey32): Promise<void> {
    const { intakes, ledger } = this.#ports;
    if (upload(ledger.head().view, hash, key) === undefined) await intakes.remove(hash, key);
  }
}
