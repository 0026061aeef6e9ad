/**
 * Torrents for readers: the deterministic torrent of a file, with announce URLs that carry a pass for this
 * reader and this file. The library that serves it comes first, then the others.
 */
import { file, members, upload } from '../chain/queries.ts';
import { type Bytes, equalBytes } from '../core/bytes.ts';
import type { Hash32, PublicKey32 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Described, TorrentFormat, Torrents as TorrentsPort } from '../rpc/ports.ts';
import { infoHashes, infoHashV1, type Metainfo } from '../tracker/metainfo.ts';
import { buildTorrent, buildTorrentV1 } from '../tracker/torrent-file.ts';
import { announceUrl } from '../tracker/tracker.ts';
import type { Intakes } from './intakes.ts';
import type { Ledger } from './ledger.ts';
import type { MetainfoStore } from './metainfo-store.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly metainfos: MetainfoStore;
  readonly intakes: Intakes;
  readonly self: PublicKey32;
  issuePass(subject: PublicKey32, file: Hash32): string;
  /** Our own tracker as readers reach it. */
  trackerUrl(): string;
};

export class Torrents implements TorrentsPort {
  readonly #ports: Ports;
  /** Of the other libraries, as long as no member changes: a torrent is made for every purchase. */
  #trackers: readonly string[] | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
    ports.ledger.onCommit((_, events) => {
      if (events.some(({ kind }) => kind === 'members-changed')) this.#trackers = undefined;
    });
  }

  /** What others bring is theirs to tell: its name stands on no ledger yet, or on one that few can read. */
  async known(hash: Hash32, key: PublicKey32): Promise<Described | undefined> {
    const { metainfos, intakes } = this.#ports;
    const outline = intakes.get(hash, key)?.outline;
    if (outline === undefined) return undefined;
    const { name, size } = outline;
    const metainfo = metainfos.get(hash);
    if (metainfo !== undefined) return this.describe({ ...metainfo, name });
    return { hash, size: BigInt(size), name, infoHashes: [infoHashV1(outline, this.#federation)] };
  }

  describe(metainfo: Metainfo): Described {
    const { hash, size, name } = metainfo;
    return { hash, size: BigInt(size), name, infoHashes: infoHashes(metainfo, this.#federation).announced };
  }

  async torrent(hash: Hash32, key: PublicKey32, format: TorrentFormat): Promise<Verdict<Bytes>> {
    const { ledger, metainfos, intakes } = this.#ports;
    const view = ledger.head().view;
    const record = file(view, hash);
    const pending = upload(view, hash, key);
    const name = record?.name ?? pending?.name;
    if (name === undefined) return reject('file.unknown');
    if (record?.takenDown) return reject('file.taken-down');
    const urls = this.announceUrls(hash, key);
    const metainfo = record === undefined ? metainfos.get(hash) : await metainfos.obtain(hash, record);
    if (metainfo !== undefined) {
      return accept(buildTorrent({ ...metainfo, name }, this.#federation, format, urls));
    }
    const intake = intakes.get(hash, key);
    if (intake === undefined || format !== 'v1') return reject('torrent.unknown');
    return accept(buildTorrentV1(intake.outline, this.#federation, urls));
  }

  /** One URL per library that has a tracker, ours first, each with a pass for this key and file. */
  announceUrls(hash: Hash32, key: PublicKey32): readonly string[] {
    const { issuePass, trackerUrl } = this.#ports;
    const pass = issuePass(key, hash);
    this.#trackers ??= this.#otherTrackers();
    return [trackerUrl(), ...this.#trackers].map((base) => announceUrl(base, pass));
  }

  #otherTrackers(): readonly string[] {
    const { ledger, self } = this.#ports;
    const others = members(ledger.head().view).filter(({ key }) => !equalBytes(key, self));
    return others.map(({ tracker }) => tracker).filter((tracker) => tracker !== '');
  }

  get #federation(): string {
    return this.#ports.ledger.genesis.name;
  }
}
