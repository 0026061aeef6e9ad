/**
 * Torrents for readers: the deterministic torrent of a file, with announce URLs that carry a pass for this
 * reader and this file. The library that serves it comes first, then the others.
 */

import type { MemberTracker } from '../../archive/peers/admission.ts';
import { file, isTakenDown, members } from '../../chain/queries.ts';
import { type Bytes, equalBytes, toHex } from '../../core/bytes.ts';
import type { Hash32, PublicKey32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { TorrentFormat, Torrents as TorrentsPort } from '../../rpc/ports.ts';
import { announceUrl } from '../../torrent/announce-url.ts';
import { buildTorrent, buildTorrentV1 } from '../../torrent/build.ts';
import type { Ledger } from '../ledger/ledger.ts';
import type { MetainfoStore } from './metainfo-store.ts';
import type { Intakes } from './uploads/intakes.ts';

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
  #trackers: readonly MemberTracker[] | undefined;

  constructor(ports: Ports) {
    this.#ports = ports;
    ports.ledger.onCommit((_, events) => {
      if (events.some(({ kind }) => kind === 'members-changed')) this.#trackers = undefined;
    });
  }

  async torrent(hash: Hash32, key: PublicKey32, format: TorrentFormat): Promise<Verdict<Bytes>> {
    const { ledger, metainfos } = this.#ports;
    const view = ledger.head().view;
    if (isTakenDown(view, hash)) return reject('file.taken-down');
    const record = file(view, hash);
    if (record === undefined) return this.#brought(hash, key, format);
    const metainfo = await metainfos.obtain(hash, record);
    if (metainfo === undefined) return reject('torrent.unknown');
    const urls = this.announceUrls(hash, key);
    return accept(buildTorrent({ ...metainfo, name: record.name }, this.#federation, format, urls));
  }

  /** What this key brings here. Where it is still to be fetched from, nobody else's tracker learns. */
  #brought(hash: Hash32, key: PublicKey32, format: TorrentFormat): Verdict<Bytes> {
    const { metainfos, intakes, issuePass, trackerUrl } = this.#ports;
    const intake = intakes.get(hash, key);
    if (intake === undefined) return reject('file.unknown');
    if (intake.state !== 'fetching') {
      const metainfo = metainfos.get(hash);
      if (metainfo === undefined) return reject('torrent.unknown');
      const urls = this.announceUrls(hash, key);
      return accept(buildTorrent({ ...metainfo, name: intake.name }, this.#federation, format, urls));
    }
    const outline = intakes.outline(hash, key);
    if (outline === undefined || format !== 'v1') return reject('torrent.unknown');
    const url = announceUrl(trackerUrl(), issuePass(key, hash));
    return accept(buildTorrentV1(outline, this.#federation, [url]));
  }

  /** One URL per library that has a tracker, ours first, each with a pass for this key and file. */
  announceUrls(hash: Hash32, key: PublicKey32): readonly string[] {
    const { issuePass, trackerUrl } = this.#ports;
    const pass = issuePass(key, hash);
    return [trackerUrl(), ...this.trackers().map(({ base }) => base)].map((base) => announceUrl(base, pass));
  }

  /** Of the other libraries. */
  trackers(): readonly MemberTracker[] {
    this.#trackers ??= this.#otherTrackers();
    return this.#trackers;
  }

  #otherTrackers(): readonly MemberTracker[] {
    const { ledger, self } = this.#ports;
    const others = members(ledger.head().view).filter(({ key }) => !equalBytes(key, self));
    return others
      .map(({ key, tracker }) => ({ member: toHex(key), base: tracker.replace(/\/+$/, '') }))
      .filter(({ base }) => base !== '');
  }

  get #federation(): string {
    return this.#ports.ledger.genesis.name;
  }
}
