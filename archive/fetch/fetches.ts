/**
 * The files that this node downloads now: from the swarm of those who have a right, or from the peers of a reader who
 * brings one. Bounded in number, each ended by its caller or by `stop`. What a reader brings is fetched by a client of its
 * own that dials the peers of this reader, and nobody else, and is reached by nobody. So the bytes come from them, whatever
 * else is going on in the swarms of the file; and what becomes of one such fetch says nothing of another.
 */
import { networkOfClientAddress } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import { Places } from '../../core/places.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { reject, type Verdict } from '../../core/verdict.ts';
import type { Endpoint } from '../../torrent/compact-peers.ts';
import { type Metainfo, type MetainfoV1, verifyOutline } from '../../torrent/metainfo.ts';
import type { Drafts } from '../disk/drafts.ts';
import type { LeftoverId, Leftovers } from '../disk/leftovers.ts';
import { hashFile } from '../disk/receive.ts';
import type { Room } from '../disk/room.ts';
import { onlyAt } from '../peers/admission.ts';
import type { SeedPorts } from '../seed/seeds.ts';
import { SwarmClient } from '../swarm-client.ts';
import { InVain } from './brought-in-vain.ts';
import { type Bringer, BroughtSlot, boundsOf } from './brought-slot.ts';
import { download, type Policy, type Running, type Wanted } from './download.ts';

/** What whoever fetches for another library says of its place. */
export type Turn = Partial<Pick<Policy, 'signal' | 'isWaitedFor'>> & {
  /** Whose uploads it is one of: what is left of a fetch counts by it. */
  readonly share?: string;
};

export type Bringing = {
  readonly hash: Hash32;
  /** Read once there is a place: of a claim of 64 GiB it has 80 kB. undefined: it is gone. */
  outline(): MetainfoV1 | undefined;
  /** Who brings it. */
  readonly by: Bringer;
  /** Where the reader's peers are now. */
  from(): readonly Endpoint[];
  /** Ends it: the bytes are of no use any more. */
  readonly signal: AbortSignal;
  /** It has a place. */
  begun?(): void;
  /** One more piece is here, and is right. */
  piece?(): void;
  /** All has come, and is hashed now. */
  reading(): void;
};

type Parts = {
  readonly client: SwarmClient;
  readonly drafts: Drafts;
  readonly room: Room;
  readonly leftovers: Leftovers;
};
/** `signal`: the bytes are of no use any more, and nothing is to be left of them. `reading`: all has come, and is hashed. */
type Task = { readonly signal?: AbortSignal; reading?(): void; came?(bytes: number): void };
type Options = { readonly host: string; readonly federation: string };
type Fetched = Promise<Verdict<Metainfo>>;

/** What a stranger can make of a fetch: nothing sent, or wrong bytes; a full disk here is no doing of his. */
const IN_VAIN: ReadonlySet<Code> = new Set<Code>(['archive.busy', 'file.not-available', 'file.wrong-hash']);

export class Fetches {
  readonly #ports: SeedPorts;
  readonly #parts: Parts;
  readonly #options: Options;
  /** Of all that are under way. */
  readonly #running = new Set<Fetched>();
  /** From swarms; by hash, hex. */
  readonly #shared = new Map<string, Fetched>();
  /** Those that have begun. */
  readonly #begun = new Map<string, Running>();
  /** Of those who bring files. */
  readonly #places = new Places();
  readonly #inVain: InVain;
  #stopping = new AbortController();

  constructor(ports: SeedPorts, parts: Parts, options: Options) {
    this.#ports = ports;
    this.#parts = parts;
    this.#options = options;
    this.#inVain = new InVain(ports.clock);
  }

  start(): void {
    this.#stopping = new AbortController();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await Promise.allSettled(this.#running);
  }

  /** Unless the hash is fetched already: then that result is shared. As archive.ts, `fetch`. */
  async fromSwarm(hash: Hash32, outline: MetainfoV1, { share = '', signal, isWaitedFor }: Turn): Fetched {
    const name = toHex(hash);
    const running = this.#shared.get(name);
    if (running !== undefined) return await running;
    if (this.#shared.size >= limits.fetchesAtOnceMax) return reject('archive.busy');
    const wanted = { hash, outline, announceUrls: () => this.#ports.announceUrls(hash) };
    const joined = (begun: Running) => void this.#begun.set(name, begun);
    const policy = { joined, ...(isWaitedFor && { isWaitedFor }) };
    const task = { ...(signal && { signal }) };
    const fetched = this.#run(wanted, this.#parts.client, { hash, share }, policy, task).finally(() => {
      this.#shared.delete(name);
      this.#begun.delete(name);
    });
    this.#shared.set(name, fetched);
    return await fetched;
  }

  /** Somebody who has the whole file has announced: perhaps the very peer that is waited for. */
  seeded(file: Hash32, at: Endpoint): void {
    this.#begun.get(toHex(file))?.meet(at);
  }

  /** As archive.ts. */
  mayBring(by: Bringer): boolean {
    return this.#inVain.mayTry(by);
  }

  /** As archive.ts, `fetchBrought`. */
  async fromReader(bringing: Bringing): Fetched {
    if (!this.mayBring(bringing.by)) return reject('archive.busy');
    const slot = new BroughtSlot(this.#ports.clock);
    const place = this.#places.take(boundsOf(bringing.by), slot);
    if (place === undefined) return reject('archive.busy');
    const outline = bringing.outline();
    if (outline === undefined) {
      place.leave();
      return reject('torrent.unknown');
    }
    let bytes = 0;
    const came = (count: number): void => {
      bytes = count;
    };
    bringing.begun?.();
    try {
      const come = await this.#fromReader(bringing, outline, slot, came);
      if (come.kind !== 'accept' && IN_VAIN.has(come.code) && bytes < limits.fetchTurnBytesMin) {
        this.#inVain.tried(bringing.by);
      }
      return come;
    } finally {
      place.leave();
    }
  }

  async #fromReader(
    { hash, by, from, signal, piece, reading }: Bringing,
    outline: MetainfoV1,
    slot: BroughtSlot,
    came: (bytes: number) => void,
  ): Fetched {
    const { host } = this.#options;
    const client = new SwarmClient(this.#ports, onlyAt(from, this.#ports), { host, port: 0 });
    const wanted = { hash, outline, announceUrls: () => [], from };
    const id = { hash, key: by.key, share: by.paid ? toHex(by.key) : networkOfClientAddress(by.address) };
    const policy = { firstMs: limits.broughtFirstMs, joined: slot.begun, ...(piece && { piece }) };
    try {
      return await this.#run(wanted, client, id, policy, { signal, reading, came });
    } finally {
      await client.stop();
    }
  }

  async #run(
    wanted: Wanted,
    client: SwarmClient,
    id: LeftoverId,
    policy: Omit<Policy, 'signal'>,
    task: Task,
  ): Fetched {
    const outlined = verifyOutline(wanted.outline);
    if (outlined.kind !== 'accept') return outlined;
    const stopping = this.#stopping.signal;
    if (stopping.aborted) throw new Fault('archive.failed', 'the archive has stopped');
    const signal = task.signal === undefined ? stopping : AbortSignal.any([task.signal, stopping]);
    const { drafts } = this.#parts;
    const fetched = drafts.guard(() => this.#fetch(wanted, client, { ...policy, signal }, id, task));
    this.#running.add(fetched);
    return await fetched.finally(() => this.#running.delete(fetched));
  }

  async #fetch(wanted: Wanted, client: SwarmClient, policy: Policy, id: LeftoverId, task: Task): Fetched {
    const { drafts, leftovers, room } = this.#parts;
    const { hash, outline } = wanted;
    const { name, size } = outline;
    if (leftovers.isOut(id)) return reject('archive.busy');
    const progress = await leftovers.take(id, outline, policy.signal);
    // What somebody claims takes no room: that is taken by what has come, piece by piece.
    const part = room.part(progress.bytes);
    let isOver = false;
    const before = progress.bytes;
    try {
      const missing = size - before;
      if (!room.holds(missing) || !(await drafts.fits(missing))) return reject('archive.full');
      const { clock } = this.#ports;
      const { federation } = this.#options;
      const ports = { clock, client, federation, room: part };
      const come = await download(progress, wanted, ports, policy);
      if (come.kind !== 'accept') return come;
      task.reading?.();
      const verdict = await hashFile(progress.data, size, { hash, name });
      isOver = true;
      if (verdict.kind === 'accept') {
        await progress.finish();
        await drafts.keep(progress, verdict.value);
      }
      return verdict;
    } finally {
      task.came?.(progress.bytes - before);
      part.giveBack();
      if (isOver || task.signal?.aborted) await leftovers.discard(id, progress);
      else await leftovers.leave(id, progress);
    }
  }
}
