/**
 * The archive of a library: keeps files by their hash, seeds them when somebody with a right asks, and fetches
 * what readers seed. It decides no right: it is told what is wanted (tracker.onWanted) and where to announce.
 */

import { join } from 'node:path';
import type { Code } from '../core/codes.ts';
import { limits } from '../core/limits.ts';
import type { Random, Startable } from '../core/ports.ts';
import type { Hash32, InfoHash20, PublicKey32 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { Metainfo, MetainfoV1 } from '../torrent/metainfo.ts';
import type { Want } from '../torrent/peers.ts';
import { Drafts } from './disk/drafts.ts';
import { ArchiveFolder } from './disk/folder.ts';
import { Leftovers } from './disk/leftovers.ts';
import { type PartOf, Parts } from './disk/parts.ts';
import { type Expected, hashFile, judge, writeAndHash } from './disk/receive.ts';
import { Room } from './disk/room.ts';
import type { Bringer } from './fetch/brought-slot.ts';
import { type Bringing, Fetches, type Turn } from './fetch/fetches.ts';
import { Admission } from './peers/admission.ts';
import { OpenTorrents } from './seed/open-torrents.ts';
import { type SeedPorts, Seeds } from './seed/seeds.ts';
import { SwarmClient } from './swarm-client.ts';

export type ArchivePorts = SeedPorts & {
  readonly random: Random;
  /** What the disk of this folder has left. @throws whatever the disk throws. */
  freeBytes(folder: string): Promise<number>;
};

export type ArchiveOptions = {
  readonly folder: string;
  /** Of all files kept and on their way in. */
  readonly bytesMax: number;
  /** Where BitTorrent peers connect. */
  readonly host: string;
  readonly port: number;
  /** The federation's name, which is in every torrent. */
  readonly federation: string;
};

export type Archive = Startable & {
  has(hash: Hash32): boolean;
  list(): readonly Hash32[];
  metainfo(hash: Hash32): Promise<Metainfo | undefined>;
  /** Where its bytes lie, for whoever sits at the machine. @returns undefined when the file is not here. */
  path(hash: Hash32): string | undefined;
  /**
   * @param needed - asked at the last moment: are the bytes needed after all?
   * @param isBrought - does this key still bring it? What has come from its peers stays then.
   */
  forget(hash: Hash32, needed?: () => boolean, isBrought?: (key: PublicKey32) => boolean): Promise<void>;
  /**
   * Reads the stream to its end, keeps the file if its hash is the expected one.
   * @param keeping - called before it is kept, with what is known of it then; it is not, unless this accepts it.
   * @returns reject("file.wrong-hash" | "request.too-long" | "archive.full" | "archive.busy"), or what `expected` and
   * `keeping` refuse it for. @throws Fault("archive.failed") when stream or disk break; nothing is left behind.
   */
  receive(
    stream: AsyncIterable<Uint8Array>,
    expected: Expected,
    keeping?: (metainfo: Metainfo) => Promise<Verdict>,
  ): Promise<Verdict<Metainfo>>;
  /** Files that come in several requests. */
  readonly parts: Parts;
  /** As `receive`, of one that has come in parts, and is whole. What is left of it afterwards is its owner's to remove. */
  receivePart(
    part: PartOf,
    expected: Expected,
    keeping?: (metainfo: Metainfo) => Promise<Verdict>,
  ): Promise<Verdict<Metainfo>>;
  /**
   * Downloads the file from its v1 swarm, for as long as something comes or until `signal` or `stop` end it.
   * "archive.busy" also when next to nothing comes while another is waited for.
   * @returns reject("file.wrong-hash" | "file.not-available" | "torrent.*" | "archive.full" | "archive.busy"). @throws Fault("archive.failed").
   */
  fetch(hash: Hash32, outline: MetainfoV1, turn?: Turn): Promise<Verdict<Metainfo>>;
  /** Not when what others of his network have announced came to nothing too often. */
  mayBring(by: Bringer): boolean;
  /**
   * Downloads a file from the peers of the reader who brings it, and from nobody else, also when it is here already:
   * then what has come is proof of who has it, and is thrown away.
   * @returns as `fetch`.
   */
  fetchBrought(bringing: Bringing): Promise<Verdict<Metainfo>>;
  /** Seeds what is wanted if it is here, or asks for its peers if it is on its way: give it to tracker.onWanted. @returns whether it is here. */
  want(want: Want): boolean;
  /**
   * As `want`, when the tracker of another library says so: asks all trackers for their peers, and so meets them.
   * @param by - that library, which has a share of the places.
   */
  sought(file: Hash32, infoHash: InfoHash20, by: string): void;
  /**
   * A right has ended, or the members have changed: closes at once, of this file or of all, what is not admitted any
   * more. Without it that takes a second or some.
   */
  recheck(file?: Hash32): void;
  /** Seeds again what it was seeding when it ended; when the trackers can be asked. @throws Fault("archive.failed"). */
  resume(): Promise<void>;
  size(): { readonly files: number; readonly bytes: number; readonly seeding: number };
};

/** Of what the archive may hold, for what has come of files that are not here yet. */
const LEFTOVERS_SHARE = 4;

export function createArchive(ports: ArchivePorts, options: ArchiveOptions): Archive {
  const folder = new ArchiveFolder(options.folder, ports.random);
  const admission = new Admission(ports);
  const client = new SwarmClient(ports, admission, options);
  const seeds = new Seeds(
    ports,
    folder,
    client,
    options.federation,
    new OpenTorrents(join(options.folder, 'open-torrents')),
  );
  const leftovers = new Leftovers(folder.incoming, ports, options.bytesMax / LEFTOVERS_SHARE);
  const room = new Room(
    options.bytesMax,
    () => folder.used,
    () => ports.freeBytes(options.folder),
    leftovers,
  );
  const drafts = new Drafts(folder, room);
  const parts = new Parts(join(options.folder, 'parts'), room);
  const fetches = new Fetches(ports, { client, drafts, room, leftovers }, options);
  let receiving = 0;

  return {
    async start() {
      fetches.start();
      await folder.start();
      await leftovers.start();
      await client.start();
    },

    async stop() {
      await fetches.stop();
      leftovers.stop();
      await seeds.stop();
      await client.stop();
    },

    has: (hash) => folder.has(hash),
    list: () => folder.list(),
    metainfo: (hash) => folder.metainfo(hash),
    path: (hash) => (folder.has(hash) ? folder.dataPath(hash) : undefined),
    want({ file, infoHash, role, complete, at, by }) {
      // Only who has a right and lacks bytes opens a torrent: others would close those that are read. Who brings a file
      // is read from by the fetch of that upload alone, which knows its peers (fetches.ts).
      if (role === 'intake') return false;
      if (complete) fetches.seeded(file, at);
      else seeds.want(file, infoHash, at, by);
      return folder.has(file);
    },
    recheck: (file) => client.recheck(file),
    sought: (file, infoHash, by) => seeds.sought(file, infoHash, by),
    resume: () => seeds.resume(),
    size: () => ({ files: folder.list().length, bytes: folder.used, seeding: seeds.size }),

    async forget(hash, needed = () => false, isBrought = () => false) {
      if (needed()) return;
      await seeds.forget(hash);
      await folder.forget(hash, needed);
      if (!needed()) await leftovers.forget(hash, isBrought);
    },

    async receive(stream, expected, keeping) {
      if (receiving >= limits.uploadsAtOnceMax) return reject('archive.busy');
      receiving++;
      let taken = 0;
      const admit = async (size: number): Promise<Code | undefined> => {
        if (size > limits.uploadBytesMax) return 'request.too-long';
        const refused = expected.mayBecome?.(size);
        if (refused !== undefined) return refused;
        const more = size - taken;
        if (!room.holds(more)) return 'archive.full';
        taken = size;
        await room.promise(more);
        return (await room.mayWrite(more)) ? undefined : 'archive.full';
      };
      try {
        if (!(await drafts.fits(expected.sizeHint ?? 0))) return reject('archive.full');
        return await drafts.fill(async (file) => {
          const verdict = await writeAndHash(stream, file.data, expected, admit);
          const kept = verdict.kind === 'accept' ? await keeping?.(verdict.value) : undefined;
          return kept === undefined || kept.kind === 'accept' ? verdict : kept;
        });
      } finally {
        room.giveBack(taken);
        receiving--;
      }
    },

    parts,

    receivePart(part, expected, keeping) {
      return drafts.guard(async () => {
        const file = parts.draft(part.id);
        const digest = parts.digest(part);
        expected.reading?.();
        const verdict =
          digest === undefined
            ? await hashFile(file.data, part.size, expected)
            : await judge(digest, file.data, expected);
        const kept = verdict.kind === 'accept' ? await keeping?.(verdict.value) : undefined;
        if (kept !== undefined && kept.kind !== 'accept') return kept;
        if (verdict.kind === 'accept') await drafts.keep(file, verdict.value);
        return verdict;
      });
    },

    mayBring: (by) => fetches.mayBring(by),

    fetchBrought: (bringing) => fetches.fromReader(bringing),

    async fetch(hash, outline, turn = {}) {
      const known = await folder.metainfo(hash);
      if (known !== undefined) return accept(known);
      const fetched = await fetches.fromSwarm(hash, outline, turn);
      // Who waits at our tracker for these bytes has announced before they were here.
      if (fetched.kind === 'accept') {
        for (const infoHash of ports.presence.waiting(hash)) seeds.want(hash, infoHash);
      }
      return fetched;
    },
  };
}
