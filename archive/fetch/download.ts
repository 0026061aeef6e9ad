/**
 * One file out of a v1 swarm, beside what is here of it: from the peers that trackers name, or from those of one reader.
 * Ends when all pieces are here, or nothing comes, or it is ended. Each piece has its SHA-1; whoever asked hashes what has come
 * once more, because only the pieces root counts.
 */
import { open } from 'node:fs/promises';
import type { Code } from '../../core/codes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Endpoint } from '../../torrent/compact-peers.ts';
import { infoFields, infoHashV1, type MetainfoV1 } from '../../torrent/metainfo.ts';
import type { Progress } from '../disk/progress.ts';
import type { FileRoom } from '../disk/room.ts';
import type { SwarmClient } from '../swarm-client.ts';
import { countKept } from './kept.ts';
import { watchFirst, watchPace, watchTurn } from './pace.ts';
import { Redial } from './redial.ts';
import { boundUnfinished } from './unfinished.ts';

/** What is fetched, and where it may come from. */
export type Wanted = {
  readonly hash: Hash32;
  readonly outline: MetainfoV1;
  /** Of trackers, which name peers; asked when it begins. */
  announceUrls(): readonly string[];
  /** Where the peers are now of the reader who brings it. */
  from?(): readonly Endpoint[];
};

export type Policy = {
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Would another fetch take its place at once? */
  isWaitedFor?(): boolean;
  /** By then the first byte has come. */
  readonly firstMs?: number;
  /** It has begun. */
  joined?(running: Running): void;
  /** One more piece is here, and is right. */
  piece?(): void;
};

export type Running = {
  /** Dials somebody, whoever else is there. */
  meet(at: Endpoint): void;
  /** Bytes that it has got; undefined when it waits for no more. */
  received(): number | undefined;
  /** It has lost its place to another. */
  lose(): void;
};

type Ports = {
  readonly clock: Clock;
  readonly client: SwarmClient;
  readonly federation: string;
  readonly room: FileRoom;
};

/** Peers that announce meanwhile are dialled then, and the others again. */
const DIAL_AGAIN_MS = 2_000;
const DIAL_AGAIN_MS_MAX = 8_000;
/**
 * webtorrent turns to peers when one of them has said or sent something. It passes over a slow peer for one that was faster in
 * the last seconds, also when that one gives nothing any more: then nobody is asked for anything, and nobody says anything.
 */
const TURN_AGAIN_MS = 1_000;

/**
 * @returns reject("file.not-available"): nobody sends it, or not what it should be. reject("archive.busy"): nothing comes,
 * and others wait. reject("archive.full"). @throws Fault("archive.failed") when it is ended, or the disk breaks.
 */
export async function download(
  progress: Progress,
  { hash, outline, announceUrls, from }: Wanted,
  { clock, client, federation, room }: Ports,
  { signal, isWaitedFor, firstMs, joined, piece }: Policy,
): Promise<Verdict> {
  const { promise, resolve: end, reject: fail } = Promise.withResolvers<Code | undefined>();
  const cancel = () => fail(new Fault('archive.failed', 'the fetch was ended'));
  let wrong = 0;
  const swarming = {
    file: hash,
    infoHash: infoHashV1(outline, federation),
    info: infoFields(outline, federation, 'v1'),
    metainfo: outline,
    announceUrls: announceUrls(),
  };
  const membership = await client.fetch(
    swarming,
    await open(progress.data, 'r+'),
    progress.have,
    {
      done: () => end(undefined),
      failed: () => fail(new Fault('archive.failed', 'the torrent failed')),
      wrongPiece: () => ++wrong >= limits.wrongPiecesMax && end('file.not-available'),
      async mayWrite(bytes) {
        const may = await room.mayWrite(bytes);
        if (!may) end('archive.full');
        return may;
      },
      async wrote(index) {
        await progress.wrote(index);
        piece?.();
      },
    },
    from,
  );
  const { torrent } = membership;
  const fetched = { torrent, kept: countKept(torrent) };
  const ahead = from === undefined ? limits.fetchedAheadBytesMax : limits.broughtAheadBytesMax;
  boundUnfinished(torrent, ahead);
  const meet = (at: Endpoint) => client.meet(membership, at);
  const redial = new Redial(DIAL_AGAIN_MS, DIAL_AGAIN_MS_MAX);
  const unwatch = [
    watchPace(fetched, clock, () => end('file.not-available')),
    watchTurn(
      fetched,
      clock,
      () => isWaitedFor?.() === true,
      () => end('archive.busy'),
    ),
    watchFirst(fetched, clock, firstMs, () => end('file.not-available')),
    every(clock, TURN_AGAIN_MS, () => torrent._update()),
    from === undefined
      ? () => {}
      : every(clock, DIAL_AGAIN_MS, () => redial.due(from(), clock.now()).forEach(meet)),
  ];
  joined?.({
    meet,
    received: () => (torrent.done ? undefined : fetched.kept()),
    lose: () => end('archive.busy'),
  });
  signal.addEventListener('abort', cancel);
  if (signal.aborted) cancel();
  try {
    const code = await promise;
    return code === undefined ? accept() : reject(code);
  } finally {
    for (const one of unwatch) one();
    signal.removeEventListener('abort', cancel);
    await client.leave(membership);
  }
}

/** Now, and again and again. @returns a function that ends it. */
function every(clock: Clock, ms: number, run: () => void): () => void {
  run();
  let cancel = clock.after(ms, function again() {
    run();
    cancel = clock.after(ms, again);
  });
  return () => cancel();
}
