/**
 * The files that this node downloads now, each from its v1 swarm: bounded in number, one per hash, each ended by
 * its caller or by `stop`. What has come is hashed from the disk once more: only the pieces root counts.
 */
import { open } from 'node:fs/promises';
import { toHex } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { reject, type Verdict } from '../../core/verdict.ts';
import type { Endpoint } from '../compact-peers.ts';
import { infoFields, infoHashV1, type Metainfo, type MetainfoV1 } from '../metainfo.ts';
import { hashFile } from './intake.ts';
import { type Turn, watchPace, watchTurn } from './pace.ts';
import type { Part } from './room.ts';
import type { SeedPorts } from './seeds.ts';
import type { Membership, SwarmClient } from './swarm-client.ts';

type Fetched = Promise<Verdict<Metainfo>>;

export class Fetches {
  readonly #ports: SeedPorts;
  readonly #client: SwarmClient;
  readonly #federation: string;
  /** By hash, hex. */
  readonly #running = new Map<string, Fetched>();
  readonly #downloads = new Map<string, Membership>();
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
  seeded(file: Hash32, at: Endpoint): void {
    const membership = this.#downloads.get(toHex(file));
    if (membership !== undefined) this.#client.meet(membership, at);
  }

  /**
   * Downloads into a new file at `path`. reject("file.not-available"): nobody sends it, or not what it should be.
   * reject("archive.busy"): nothing comes, and others wait. @throws Fault("archive.failed") when it is ended.
   */
  async download(path: string, hash: Hash32, outline: MetainfoV1, turn: Turn, room: Part): Fetched {
    const { promise, resolve, reject: fail } = Promise.withResolvers<Code | undefined>();
    let wrong = 0;
    const cancel = () => fail(new Fault('archive.failed', 'the fetch was ended'));
    const failed = () => fail(new Fault('archive.failed', 'the torrent failed'));
    const swarming = {
      file: hash,
      infoHash: infoHashV1(outline, this.#federation),
      info: infoFields(outline, this.#federation, 'v1'),
      metainfo: outline,
      announceUrls: this.#ports.announceUrls(hash),
    };
    const file = await open(path, 'wx+');
    const membership = await this.#client.fetch(swarming, file, {
      done: () => resolve(undefined),
      failed,
      wrongPiece: () => ++wrong >= limits.wrongPiecesMax && resolve('file.not-available'),
      async mayWrite(bytes) {
        const may = await room.mayWrite(bytes);
        if (!may) resolve('archive.full');
        return may;
      },
    });
    const { clock } = this.#ports;
    const unwatch = watchPace(membership.torrent, clock, () => resolve('file.not-available'));
    const unturn = watchTurn(membership.torrent, clock, turn, () => resolve('archive.busy'));
    this.#downloads.set(toHex(hash), membership);
    const { signal } = turn;
    signal?.addEventListener('abort', cancel);
    if (signal?.aborted) cancel();
    try {
      const code = await promise;
      if (code !== undefined) return reject(code);
    } finally {
      unwatch();
      unturn();
      signal?.removeEventListener('abort', cancel);
      this.#downloads.delete(toHex(hash));
      await this.#client.leave(membership);
    }
    return await hashFile(path, outline.size, { hash, name: outline.name });
  }
}
