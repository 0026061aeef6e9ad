/**
 * The files that this node downloads now, each from its v1 swarm: bounded in number, one per hash, each ended by
 * its caller or by `stop`. What has come is hashed from the disk once more: only the pieces root counts.
 */
import { open } from 'node:fs/promises';
import { toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32, UnixMs } from '../../core/scalars.ts';
import { reject, type Verdict } from '../../core/verdict.ts';
import { infoFields, infoHashV1, type Metainfo, type MetainfoV1 } from '../metainfo.ts';
import { hashFile } from './intake.ts';
import type { SeedPorts } from './seeds.ts';
import type { Membership, SwarmClient } from './swarm-client.ts';

type Fetched = Promise<Verdict<Metainfo>>;
type Download = { readonly membership: Membership; announcedMs: UnixMs };

/** Peers come in crowds; the trackers are asked once for them all. */
const ANNOUNCE_AGAIN_MS = 5_000;

export class Fetches {
  readonly #ports: SeedPorts;
  readonly #client: SwarmClient;
  readonly #federation: string;
  /** By hash, hex. */
  readonly #running = new Map<string, Fetched>();
  readonly #downloads = new Map<string, Download>();
  #stopping = new AbortController();

  constructor(ports: SeedPorts, client: SwarmClient, federation: string) {
    this.#ports = ports;
    this.#client = client;
    this.#federation = federation;
  }

  start(): void {
    this.#stopping = new AbortController();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running.values());
  }

  /** Runs `work` unless the hash is fetched already: then its result is shared. @returns reject("archive.busy"). */
  async run(hash: Hash32, signal: AbortSignal | undefined, work: (ended: AbortSignal) => Fetched): Fetched {
    const name = toHex(hash);
    const running = this.#running.get(name);
    if (running !== undefined) return await running;
    if (this.#running.size >= limits.fetchesAtOnceMax) return reject('archive.busy');
    const stopping = this.#stopping.signal;
    if (stopping.aborted) throw new Fault('archive.failed', 'the archive has stopped');
    const ended = signal === undefined ? stopping : AbortSignal.any([signal, stopping]);
    const fresh = work(ended).finally(() => this.#running.delete(name));
    this.#running.set(name, fresh);
    return await fresh;
  }

  /** Somebody who has the whole file has announced: perhaps the very peer that is waited for. */
  seeded(file: Hash32): void {
    const download = this.#downloads.get(toHex(file));
    const now = this.#ports.clock.now();
    if (download === undefined || Math.abs(now - download.announcedMs) < ANNOUNCE_AGAIN_MS) return;
    download.announcedMs = now;
    this.#client.announce(download.membership);
  }

  /** Downloads into a new file at `path`. @throws Fault("archive.failed") when it is ended. */
  async download(path: string, hash: Hash32, outline: MetainfoV1, ended: AbortSignal): Fetched {
    const { promise, resolve, reject: fail } = Promise.withResolvers<void>();
    const cancel = () => fail(new Fault('archive.failed', 'the fetch was ended'));
    const failed = () => fail(new Fault('archive.failed', 'the torrent failed'));
    const swarming = {
      infoHash: infoHashV1(outline, this.#federation),
      info: infoFields(outline, this.#federation, 'v1'),
      metainfo: outline,
      announceUrls: this.#ports.announceUrls(hash),
    };
    const file = await open(path, 'wx+');
    const membership = await this.#client.fetch(swarming, file, resolve, failed);
    this.#downloads.set(toHex(hash), { membership, announcedMs: 0 });
    ended.addEventListener('abort', cancel);
    if (ended.aborted) cancel();
    try {
      await promise;
    } finally {
      ended.removeEventListener('abort', cancel);
      this.#downloads.delete(toHex(hash));
      await this.#client.leave(membership);
    }
    return await hashFile(path, outline.size, { hash, name: outline.name });
  }
}
