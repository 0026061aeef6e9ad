/**
 * Uploads that come in several requests, perhaps over days and lives of the library (tus 1.0.0; rpc/tus.ts speaks it). Each is
 * kept with its whole claim from before its first byte, and its offset is what is on the disk. When all is here it goes the
 * way of any upload (uploads.ts), by itself if its sender is gone. Source: docs/decisions/uploads-and-rights.md.
 */
import type { Archive } from '../../../archive/archive.ts';
import { clientAddressOf } from '../../../core/address.ts';
import { fromHex, toHex } from '../../../core/bytes.ts';
import { decodeOwn, encode } from '../../../core/codec.ts';
import type { Code } from '../../../core/codes.ts';
import { limits } from '../../../core/limits.ts';
import { type Place, Places } from '../../../core/places.ts';
import type { Clock, Log, Random, Store } from '../../../core/ports.ts';
import type { Hash32, PublicKey32, UnixMs } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import type {
  Announced,
  Brought,
  Received,
  Resumable,
  Resumables as ResumablesPort,
} from '../../../rpc/upload-ports.ts';
import { unfinishedKey, unfinishedRange } from '../../../store/keyspaces.ts';
import { Tasks } from '../../process/tasks.ts';
import { Timers } from '../../process/timers.ts';
import { nameOf } from './intake.ts';
import type { Coming, Intakes } from './intakes.ts';
import { ReadTurns } from './read-turns.ts';
import { announcedOf, claimOf, ID_BYTES, type Kept, untilOf } from './unfinished.ts';
import { givesWay, placesOfUnfinished } from './unfinished-places.ts';
import type { Uploads } from './uploads.ts';

type Ports = {
  readonly store: Store;
  readonly archive: Pick<Archive, 'parts' | 'has'>;
  readonly uploads: Pick<Uploads, 'mayReceive' | 'receivePart' | 'standing'>;
  readonly intakes: Pick<Intakes, 'announce'>;
  readonly hasPaid: (key: PublicKey32) => boolean;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
};

type Entry = {
  kept: Kept;
  /** Undefined: it is done. */
  place: Place | undefined;
  readonly coming: Coming;
  writing: Writing | undefined;
  /** It is judged. */
  isRead: boolean;
};
type Writing = {
  movedMs: UnixMs;
  readonly brought: Brought;
  readonly ended: Promise<void>;
};

/** What will not be otherwise when it is asked again. */
const PASSES: ReadonlySet<Code> = new Set<Code>([
  'archive.full',
  'archive.busy',
  'upload.too-many',
  'review.full',
]);

export class Resumables implements ResumablesPort {
  readonly #ports: Ports;
  readonly #all = new Map<string, Entry>();
  /** By file and key → id. */
  readonly #ids = new Map<string, string>();
  readonly #places = new Places();
  readonly #turns = new ReadTurns(limits.unfinishedReadAtOnceMax);
  readonly #timers: Timers;
  readonly #tasks: Tasks;
  readonly #bytesMax: { readonly readers: number; readonly strangers: number };
  #isOpen = false;

  /** @param archiveBytesMax - of which a part is for these. */
  constructor(ports: Ports, archiveBytesMax: number) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
    this.#tasks = new Tasks(ports.log, 'an upload that resumes waits');
    this.#bytesMax = {
      readers: archiveBytesMax / limits.unfinishedReadersParts,
      strangers: archiveBytesMax / limits.unfinishedStrangersParts,
    };
  }

  /** After the archive. */
  async start(): Promise<void> {
    this.#all.clear();
    this.#ids.clear();
    const limit = 2 * (limits.unfinishedOfReadersMax + limits.unfinishedOfStrangersMax);
    const rows = await this.#ports.store.range({ ...unfinishedRange(), limit });
    const all = rows.map(([, value]) => decodeOwn<Kept>(value));
    const here = await this.#ports.archive.parts.load(all.filter(({ done }) => !done));
    for (const kept of all) {
      // Killed between its last sync and the word that it is done.
      const isKept = !kept.done && !here.has(kept.id) && this.#isKept(kept);
      if (kept.done) this.#set(kept);
      else if (isKept) await this.#put(this.#set({ ...kept, done: true }), { ...kept, done: true });
      else if (!here.has(kept.id) || this.#take(kept) === undefined) await this.#write(kept.id, undefined);
    }
    this.#isOpen = true;
    this.#look();
  }

  stop(): void {
    this.#isOpen = false;
    this.#timers.cancelAll();
    for (const { writing } of this.#all.values()) writing?.brought.lost();
  }

  async drained(): Promise<void> {
    await this.#tasks.drained();
  }

  /** How many are not done, and their bytes. */
  size(): { readonly count: number; readonly bytes: number } {
    const open = [...this.#all.values()].filter(({ kept }) => !kept.done);
    return { count: open.length, bytes: open.reduce((sum, { kept }) => sum + kept.offset, 0) };
  }

  async begin(announced: Announced, pay: () => Verdict): Promise<Verdict<Resumable>> {
    const { claim, name } = announced;
    const { hash, key, signature, expires, written } = claim;
    if (expires === undefined || written === undefined) return reject('request.expires-required');
    const known = this.#ofFile(hash, key);
    if (known !== undefined && this.#goesOn(known, Number(written.size))) {
      const isNewer = expires > known.kept.expires || written.name !== known.kept.name;
      if (isNewer && !known.kept.done && !known.isRead) {
        await this.#put(known, { ...known.kept, signature, expires, name: written.name });
      }
      return accept(this.#shown(known));
    }
    if (known?.isRead) return reject('upload.locked');
    if (known !== undefined) await this.#remove(known);
    const may = this.#ports.uploads.mayReceive(announced);
    if (may.kind !== 'accept') return may;
    if (!this.#isOpen) return reject('node.not-ready');
    const paid = this.#ports.hasPaid(key);
    if (!this.#fits(Number(written.size), paid)) return reject('archive.full');
    const bought = pay();
    if (bought.kind !== 'accept') return bought;
    const now = this.#ports.clock.now();
    const from = announced.from ?? null;
    const fresh: Kept = {
      ...{ id: toHex(this.#ports.random.bytes(ID_BYTES)), hash, key, signature, expires },
      ...{ size: Number(written.size), name: name ?? written.name, from },
      address: from === null ? '' : clientAddressOf(from),
      ...{ byPage: announced.byPage ?? false, paid },
      ...{ offset: 0, movedMs: now, begunMs: now, done: false },
    };
    const entry = this.#take(fresh);
    if (entry === undefined) return { ...reject('upload.too-many'), facts: { retry_after: AGAIN_S } };
    try {
      await this.#ports.archive.parts.begin(fresh.id);
      await this.#write(fresh.id, fresh);
    } catch (error) {
      await this.#remove(entry);
      throw error;
    }
    return accept(this.#shown(entry));
  }

  get(id: string): Resumable | undefined {
    const entry = this.#all.get(id);
    return entry && this.#shown(entry);
  }

  async append(id: string, offset: number, brought: Brought): ReturnType<ResumablesPort['append']> {
    const free = await this.#free(id);
    if (free.kind !== 'accept') return free;
    const entry = free.value;
    if (!this.#isOpen) return reject('node.not-ready');
    if (offset !== entry.kept.offset) return reject('upload.wrong-offset');
    if (entry.kept.done) return accept({ upload: this.#shown(entry) });
    const { promise, resolve } = Promise.withResolvers<void>();
    entry.writing = { movedMs: this.#ports.clock.now(), brought, ended: promise };
    try {
      const refused = await this.#bring(entry, entry.writing);
      if (refused !== undefined) return reject(refused);
    } finally {
      entry.writing = undefined;
      resolve();
    }
    if (entry.kept.offset < entry.kept.size) return accept({ upload: this.#shown(entry) });
    if (this.#all.get(id) !== entry) return reject('upload.gone');
    const received = await this.#judge(entry);
    if (received.kind !== 'accept') return received;
    return accept({ upload: this.#shown(entry), outcome: () => received.value.outcome() });
  }

  async end(id: string): Promise<Verdict> {
    const entry = this.#all.get(id);
    if (entry === undefined) return reject('upload.gone');
    if (entry.isRead) return reject('upload.locked');
    await this.#remove(entry);
    return accept();
  }

  /** Another request that still brings something is not disturbed; one that has stopped gives way. */
  async #free(id: string): Promise<Verdict<Entry>> {
    const entry = this.#all.get(id);
    if (entry === undefined) return reject('upload.gone');
    if (entry.isRead) return reject('upload.locked');
    const { writing } = entry;
    if (writing === undefined) return accept(entry);
    if (this.#ports.clock.now() - writing.movedMs < limits.unfinishedStallMs) return reject('upload.locked');
    writing.brought.lost();
    await writing.ended;
    // Of several that waited for it the first goes on.
    return this.#all.get(id) === entry && entry.writing === undefined && !entry.isRead
      ? accept(entry)
      : reject('upload.locked');
  }

  async #bring(entry: Entry, writing: Writing): Promise<Code | undefined> {
    const { parts } = this.#ports.archive;
    let took = 0;
    return await parts.append(entry.kept, writing.brought.bytes, {
      mayTake: async (bytes) => {
        writing.movedMs = this.#ports.clock.now();
        const refused = await this.#makeRoom(entry, took + bytes);
        took += bytes;
        return refused;
      },
      synced: async (offset) => {
        if (this.#all.get(entry.kept.id) !== entry) return;
        took -= offset - entry.kept.offset;
        await this.#put(entry, { ...entry.kept, offset, movedMs: this.#ports.clock.now() });
      },
    });
  }

  /** Of all uploads that resume, of those who have paid, or of strangers. */
  #most(paid: boolean): number {
    return paid ? this.#bytesMax.readers : this.#bytesMax.strangers;
  }

  #fits(size: number, paid: boolean): boolean {
    return size <= this.#most(paid) && this.#ports.archive.parts.fits(size);
  }

  /** @param more - than what is synced of it. */
  async #makeRoom(entry: Entry, more: number): Promise<Code | undefined> {
    const { paid } = entry.kept;
    const most = this.#most(paid);
    const ofKind = () =>
      [...this.#all.values()].filter((one) => one.kept.paid === paid && !one.kept.done && !one.isRead);
    for (;;) {
      const lying = ofKind().map((one) => one.kept);
      if (lying.reduce((sum, { offset }) => sum + offset, more) <= most) return undefined;
      const victim = givesWay(lying, entry.kept, more);
      const other = victim && this.#all.get(victim.id);
      if (other === undefined) return 'archive.full';
      await this.#remove(other);
    }
  }

  /** All has come: is it what was signed? */
  async #judge(entry: Entry): Promise<Verdict<Received>> {
    const { uploads, archive } = this.#ports;
    entry.isRead = true;
    const leave = archive.parts.isHashed(entry.kept) ? () => undefined : await this.#turns.enter();
    let received: Verdict<Received>;
    try {
      received = await uploads.receivePart(entry.kept, announcedOf(entry.kept), entry.coming);
    } finally {
      leave();
      entry.isRead = false;
    }
    if (received.kind === 'accept') {
      await this.#put(entry, { ...entry.kept, done: true });
      entry.place?.leave();
      entry.place = undefined;
      await archive.parts.remove(entry.kept.id);
      await this.#forgetOne();
    } else if (!PASSES.has(received.code)) {
      await this.#remove(entry);
    }
    return received;
  }

  /** What is over goes; what is whole, and whose sender is gone, or had no place, goes on. */
  #look(): void {
    const now = this.#ports.clock.now();
    for (const entry of [...this.#all.values()]) {
      const { kept, writing, isRead } = entry;
      if (isRead || writing !== undefined) continue;
      if (untilOf(kept) <= now) this.#tasks.run(() => this.#remove(entry));
      else if (!kept.done && kept.offset === kept.size) this.#tasks.run(() => this.#goOn(entry));
    }
    this.#timers.set('look', limits.unfinishedLookMs, () => this.#look());
  }

  async #goOn(entry: Entry): Promise<void> {
    const received = await this.#judge(entry);
    if (received.kind === 'accept') await received.value.outcome();
    else this.#ports.log.info('an upload that resumes was not taken', { code: received.code });
  }

  /** When more are done than there is room for: the oldest. */
  async #forgetOne(): Promise<void> {
    const done = [...this.#all.values()].filter(({ kept }) => kept.done);
    if (done.length > limits.unfinishedDoneMax) await this.#remove(done[0]!);
  }

  #goesOn({ kept }: Entry, size: number): boolean {
    if (!kept.done) return kept.size === size;
    const standing = this.#ports.uploads.standing(kept.hash, kept.key);
    return standing !== undefined && standing.state !== 'refused';
  }

  #isKept({ hash, key }: Kept): boolean {
    return this.#ports.archive.has(hash) && this.#ports.uploads.standing(hash, key) !== undefined;
  }

  #ofFile(hash: Hash32, key: PublicKey32): Entry | undefined {
    const id = this.#ids.get(nameOf({ hash, key }));
    return id === undefined ? undefined : this.#all.get(id);
  }

  /** @returns undefined when there is no place. */
  #take(kept: Kept): Entry | undefined {
    const slack = (): number | undefined => {
      const entry = this.#all.get(kept.id);
      if (entry === undefined || entry.writing !== undefined || entry.isRead) return undefined;
      const idleMs = this.#ports.clock.now() - entry.kept.movedMs;
      return idleMs >= limits.unfinishedIdleMs ? idleMs : undefined;
    };
    const lost = (): void => {
      const entry = this.#all.get(kept.id);
      if (entry !== undefined) this.#tasks.run(() => this.#remove(entry));
    };
    const place = this.#places.take(placesOfUnfinished(kept), { slack, lost });
    return place === undefined ? undefined : this.#set(kept, place);
  }

  /** As it was before: what has a place keeps it. */
  #set(kept: Kept, place: Place | undefined = undefined): Entry {
    const coming = this.#ports.intakes.announce(kept.key, kept.done ? 0n : BigInt(kept.size));
    const entry: Entry = { kept, place, coming, writing: undefined, isRead: false };
    this.#all.set(kept.id, entry);
    this.#ids.set(nameOf(kept), kept.id);
    return entry;
  }

  async #remove(entry: Entry): Promise<void> {
    const { id } = entry.kept;
    if (this.#all.get(id) !== entry) return;
    this.#all.delete(id);
    if (this.#ids.get(nameOf(entry.kept)) === id) this.#ids.delete(nameOf(entry.kept));
    entry.place?.leave();
    entry.coming.end();
    entry.writing?.brought.lost();
    await this.#write(id, undefined);
    await this.#ports.archive.parts.remove(id);
  }

  async #put(entry: Entry, kept: Kept): Promise<void> {
    entry.kept = kept;
    await this.#write(kept.id, kept);
  }

  /** Synced. */
  async #write(id: string, kept: Kept | undefined): Promise<void> {
    const key = unfinishedKey(fromHex(id, ID_BYTES)!);
    const write =
      kept === undefined
        ? ({ type: 'del', key } as const)
        : { type: 'put' as const, key, value: encode(kept) };
    await this.#ports.store.write([write], { sync: true });
  }

  #shown({ kept, isRead }: Entry): Resumable {
    const { id, size, offset, done } = kept;
    const isWhole = offset === size && !done;
    return {
      id,
      claim: claimOf(kept),
      size,
      offset,
      until: untilOf(kept),
      isRead: isRead || isWhole,
      isDone: done,
    };
  }
}

/** Somebody may have ended by then. */
const AGAIN_S = 60;
