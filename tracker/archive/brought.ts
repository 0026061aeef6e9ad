/**
 * Files that a reader brings and seeds: each is fetched by a client of its own that dials the peers of this reader, and
 * nobody else, and is reached by nobody. So the bytes come from them, whatever else is going on in the swarms of the
 * file; and what becomes of one such fetch says nothing of another.
 */
import { open } from 'node:fs/promises';
import type { Address } from '../../core/address.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Endpoint } from '../compact-peers.ts';
import { infoFields, infoHashV1, type Metainfo, type MetainfoV1 } from '../metainfo.ts';
import type { Presence } from '../ports.ts';
import { Admission } from './admission.ts';
import { hashFile } from './intake.ts';
import { watchPace } from './pace.ts';
import type { Part } from './room.ts';
import { SwarmClient } from './swarm-client.ts';

export type Bringing = {
  readonly hash: Hash32;
  readonly outline: MetainfoV1;
  /** Whose share of the places it takes: a network, or a key. */
  readonly share: string;
  /** Where the reader's peers are now. */
  from(): readonly Endpoint[];
  /** Ends it: the bytes are of no use any more. */
  readonly signal: AbortSignal;
  /** All has come, and is hashed now. */
  reading(): void;
};
type Ports = { readonly clock: Clock; readonly log: Log; readonly presence: Presence };

/** Peers that announce meanwhile are dialled then. */
const DIAL_AGAIN_MS = 2_000;

export class BroughtFetches {
  readonly #ports: Ports;
  readonly #host: string;
  readonly #federation: string;
  /** Share → fetches under way. */
  readonly #running = new Map<string, number>();
  readonly #fetches = new Set<Promise<unknown>>();
  #stopping = new AbortController();

  constructor(ports: Ports, options: { readonly host: string; readonly federation: string }) {
    this.#ports = ports;
    this.#host = options.host;
    this.#federation = options.federation;
  }

  start(): void {
    this.#stopping = new AbortController();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#fetches);
  }

  /** Who is dialled where this reader's peers are brings it, whatever else they are in the swarms; nobody else comes in. */
  #admission(from: Bringing['from']): Admission {
    const isThere = (address: Address, port: number | undefined): boolean =>
      from().some((at) => at.port === port && equalBytes(at.address.bytes, address.bytes));
    const { clock, presence } = this.#ports;
    return new Admission({
      clock,
      presence: {
        roleAt: (_, address, port) => (isThere(address, port) ? 'intake' : undefined),
        waiting: () => [],
        takenDown: (file) => presence.takenDown(file),
      },
      trackers: () => [],
    });
  }

  /** A place for one more. @returns reject("archive.busy"), or what `work` gives. */
  async run(share: string, work: () => Promise<Verdict<Metainfo>>): Promise<Verdict<Metainfo>> {
    const own = this.#running.get(share) ?? 0;
    if (this.#fetches.size >= limits.broughtAtOnceMax || own >= limits.broughtPerShareMax) {
      return reject('archive.busy');
    }
    if (this.#stopping.signal.aborted) throw new Fault('archive.failed', 'the archive has stopped');
    this.#running.set(share, own + 1);
    const running = work().finally(() => {
      this.#fetches.delete(running);
      const left = this.#running.get(share)! - 1;
      if (left === 0) this.#running.delete(share);
      else this.#running.set(share, left);
    });
    this.#fetches.add(running);
    return await running;
  }

  /**
   * Downloads into a new file at `path`. reject("file.not-available"): they do not send it, or not what it should be.
   * @throws Fault("archive.failed") when it is ended.
   */
  async download(path: string, bringing: Bringing, room: Part): Promise<Verdict<Metainfo>> {
    const { clock, log } = this.#ports;
    const { hash, outline, from, signal, reading } = bringing;
    const { promise, resolve, reject: fail } = Promise.withResolvers<Code | undefined>();
    const ended = this.#stopping.signal;
    const cancel = () => fail(new Fault('archive.failed', 'the fetch was ended'));
    const useless = () => resolve('file.not-available');
    let wrong = 0;
    const client = new SwarmClient({ clock, log }, this.#admission(from), { host: this.#host, port: 0 });
    const swarming = {
      file: hash,
      infoHash: infoHashV1(outline, this.#federation),
      info: infoFields(outline, this.#federation, 'v1'),
      metainfo: outline,
      announceUrls: [],
    };
    try {
      const membership = await client.fetch(
        swarming,
        await open(path, 'wx+'),
        {
          done: () => resolve(undefined),
          failed: () => fail(new Fault('archive.failed', 'the torrent failed')),
          wrongPiece: () => ++wrong >= limits.wrongPiecesMax && resolve('file.not-available'),
          async mayWrite(bytes) {
            const may = await room.mayWrite(bytes);
            if (!may) resolve('archive.full');
            return may;
          },
        },
        from,
      );
      const unwatch = watchPace(membership.torrent, clock, () => resolve('file.not-available'));
      let undial = () => {};
      const dial = (): void => {
        for (const at of from()) client.meet(membership, at);
        undial = clock.after(DIAL_AGAIN_MS, dial);
      };
      dial();
      const unwait = clock.after(limits.broughtFirstMs, () => {
        if (membership.torrent.received === 0 && !membership.torrent.done) resolve('file.not-available');
      });
      ended.addEventListener('abort', cancel);
      if (ended.aborted) cancel();
      signal.addEventListener('abort', useless);
      if (signal.aborted) useless();
      try {
        const code = await promise;
        if (code !== undefined) return reject(code);
      } finally {
        for (const end of [unwatch, undial, unwait]) end();
        ended.removeEventListener('abort', cancel);
        signal.removeEventListener('abort', useless);
        await client.leave(membership);
      }
    } finally {
      await client.stop();
    }
    reading();
    const read = await hashFile(path, outline.size, { hash, name: outline.name });
    return read.kind === 'accept' ? accept(read.value) : read;
  }
}
