/**
 * The second and later libraries of an upload: fetches what it should attest, reads it in full, and says so on the
 * ledger. Who should is drawn by the hash of the file (attesters.ts), so that no upload makes every library fetch; in
 * which order, by turns (fetch-turns.ts), so that nobody's uploads keep those of others waiting. Driven by final blocks,
 * and looked through again from time to time, so that nothing is forgotten after a crash.
 *
 * Of several uploads of a file it attests the first, in their order, that the bytes confirm and whose sponsor shows that
 * it holds them (holding.ts); one that does neither stands in nobody's way.
 */
import type { Archive } from '../../archive/archive.ts';
import { memberKeys } from '../../chain/federation/federation.ts';
import type { PendingUpload } from '../../chain/files/files.ts';
import type { ChainEvent, EventKind } from '../../chain/kind/event.ts';
import {
  attestedUpload,
  file,
  isTakenDown,
  parameters,
  pendingUploads,
  unsettledUpload,
} from '../../chain/queries.ts';
import { duePrefix, referenceIn } from '../../chain/state/due.ts';
import { type CheckedTransaction, encodeChecked } from '../../chain/transaction/signing.ts';
import { equalBytes, fromHex, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { HASH_BYTES, type Hash32 } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { Metainfo } from '../../torrent/metainfo.ts';
import type { EventFeed } from '../ledger/event-feed.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { walkState } from '../ledger/state-walk.ts';
import { Tasks } from '../process/tasks.ts';
import { Timers } from '../process/timers.ts';
import { attesters } from './attesters.ts';
import { FetchTurns, type Waiting } from './fetch-turns.ts';
import type { Holding } from './holding.ts';
import type { MetainfoStore } from './metainfo-store.ts';
import { PassedOver } from './passed-over.ts';
import type { SponsoredReviews } from './review/sponsored-reviews.ts';
import type { Sponsor } from './sponsor.ts';

type Ports = {
  readonly ledger: Ledger;
  /** From the head on: what it missed while it was away is pending, and stands in the state. */
  readonly events: Pick<EventFeed, 'follow'>;
  readonly archive: Archive;
  readonly metainfos: MetainfoStore;
  readonly holding: Holding;
  readonly sponsor: Sponsor;
  readonly reviews: Pick<SponsoredReviews, 'isOpen' | 'takePlace' | 'giveBack' | 'passes' | 'fetched'>;
  readonly clock: Clock;
  readonly log: Log;
  /** Fetch the available files of other libraries, too. */
  readonly replicate: boolean;
  enter(checked: CheckedTransaction): Promise<Verdict<unknown>>;
};

const AGAIN_MS = 30_000;
/** A sponsor may have finalised its own upload a moment later than we. */
const SOON_MS = 1_000;
type Held = 'here' | 'lost its turn' | 'not to be had';

/** Between the parts of one look through all. */
const NEXT_MS = 20;

const CONSIDERED: ReadonlySet<EventKind> = new Set(['uploaded', 'attested', 'restored']);
/** After these what many have attested may have enough. */
const ENOUGH_MAY_BE: ReadonlySet<EventKind> = new Set(['parameters-changed', 'members-changed']);

export class Archivist {
  readonly #ports: Ports;
  readonly #timers: Timers;
  readonly #tasks: Tasks;
  /** Files, in hex, of which uploads are pending. */
  readonly #pending = new Set<string>();
  /** Files, in hex, of whose uploads a block has said something, and that have not been looked at since. */
  readonly #touched = new Set<string>();
  /** There were more than are kept: the ledger has them. */
  #hasLeftOut = false;
  readonly #turns = new FetchTurns();
  /** Files, in hex, that are fetched or attested now. */
  readonly #busy = new Map<string, AbortController>();
  #fetching = 0;
  readonly #passedOver: PassedOver;
  #stopped = true;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
    this.#passedOver = new PassedOver(ports.clock);
    this.#tasks = new Tasks(ports.log, 'the archive could not take a file in');
    ports.events.follow({
      take: ({ events }) => {
        for (const event of events) this.#heard(event);
        this.#lookAt([...new Set(events.flatMap(uploadIn))]);
      },
    });
  }

  start(): void {
    this.#stopped = false;
    this.#tasks.run(() => this.#ports.archive.resume());
    this.#tasks.run(() => this.#remember());
    this.#lookLater();
  }

  /** Begins nothing new. What is under way ends when the archive and the submission stop; see `drained`. */
  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
  }

  drained(): Promise<void> {
    return this.#tasks.drained();
  }

  #heard(event: ChainEvent): void {
    const { archive, replicate } = this.#ports;
    if (ENOUGH_MAY_BE.has(event.kind)) this.#lookLater(NEXT_MS);
    if (event.kind === 'taken-down') this.#busy.get(toHex(event.hash))?.abort();
    if (event.kind === 'available') {
      const { hash, uploader, size } = event;
      this.#pending.delete(toHex(hash));
      if (!replicate) this.#busy.get(toHex(hash))?.abort(); // nobody needs it from here any more
      if (archive.has(hash) || this.#stopped) return;
      // The torrent must not be lost with the library that has the bytes.
      if (replicate) this.#await({ hash, uploader, size, sponsor: undefined });
      else this.#tasks.run(() => this.#learn(hash));
    }
  }

  /** Some now, the others a part at a time: a leader may fill a block with thousands, and all would stand still for seconds. */
  #lookAt(names: readonly string[]): void {
    if (this.#stopped) return; // the start looks through the ledger
    for (const name of names.slice(0, limits.pendingLookedAtMax)) this.consider(fromHex(name, HASH_BYTES)!);
    for (const name of names.slice(limits.pendingLookedAtMax)) {
      if (this.#touched.size < limits.pendingFilesMax) this.#touched.add(name);
      else this.#hasLeftOut = true;
    }
    if (this.#touched.size === 0 || this.#timers.has('touched')) return;
    this.#timers.set('touched', NEXT_MS, () => {
      const rest = [...this.#touched];
      this.#touched.clear();
      this.#lookAt(rest);
    });
  }

  #lookLater(delayMs = AGAIN_MS): void {
    if (this.#stopped) return;
    this.#timers.set('look', delayMs, () => this.#lookThrough([...this.#pending]));
  }

  /** A part in one go: the draw takes a hash for each member. */
  #lookThrough(names: readonly string[]): void {
    for (const name of names.slice(0, limits.pendingLookedAtMax)) this.consider(fromHex(name, HASH_BYTES)!);
    const rest = names.slice(limits.pendingLookedAtMax);
    if (rest.length > 0) return void this.#timers.set('look', NEXT_MS, () => this.#lookThrough(rest));
    if (this.#hasLeftOut && this.#pending.size < limits.pendingFilesMax / 2) {
      this.#hasLeftOut = false;
      this.#tasks.run(() => this.#remember());
    }
    this.#lookLater();
  }

  /** Uploads that were pending when this library ended: the state has them, until some time after they are over. */
  async #remember(): Promise<void> {
    const { ledger } = this.#ports;
    const queue = duePrefix('pendingUploads');
    for await (const entries of walkState(ledger.blocks.store, queue, limits.pendingLookedAtMax)) {
      if (this.#stopped) return;
      for (const [, value] of entries) this.consider(referenceIn(value) as Hash32);
    }
  }

  /** Should this library attest an upload of the file, and has not yet? Then it does, or waits for its turn to fetch it. */
  consider(hash: Hash32): void {
    const name = toHex(hash);
    const { view, header } = this.#ports.ledger.head();
    if (pendingUploads(view, hash, header.time).length === 0) return void this.#pending.delete(name);
    if (this.#pending.size < limits.pendingFilesMax) this.#pending.add(name);
    else if (!this.#pending.has(name)) this.#hasLeftOut = true;
    if (this.#stopped || this.#busy.has(name)) return;
    if (this.#waitsForAWord(hash) !== undefined) return void this.#begin(hash, () => this.#sayOneMore(hash));
    const [first] = this.#candidates(hash);
    if (first === undefined) return;
    if (this.#ports.archive.has(hash)) this.#begin(hash, () => this.#attest(hash));
    else this.#await({ hash, sponsor: first.sponsor, uploader: first.key, size: first.size });
  }

  /**
   * Those that this library may attest, in their order. None behind the one that it has attested: so that libraries that
   * were brought the same book at once come to one word.
   */
  #candidates(hash: Hash32): readonly PendingUpload[] {
    const { ledger, sponsor, reviews } = this.#ports;
    const { view, header } = ledger.head();
    if (isTakenDown(view, hash)) return [];
    const all = pendingUploads(view, hash, header.time);
    const said = attestedUpload(view, hash, sponsor.key, header.time);
    const end = said === undefined ? -1 : all.findIndex((one) => equalBytes(one.sponsor, said.sponsor));
    const before = end < 0 ? all : all.slice(0, end);
    const open = before.filter((one) => reviews.isOpen(hash, one));
    return open.filter((one) => !this.#passedOver.has(hash, one) && this.#isDrawn(hash, one));
  }

  /**
   * That which this library has attested, if it has enough attestations since the federation wants fewer, or since a
   * library has come back. The ledger does not look through all uploads at such a moment: one word more settles it.
   */
  #waitsForAWord(hash: Hash32): PendingUpload | undefined {
    const { ledger, archive, sponsor } = this.#ports;
    const { view, header } = ledger.head();
    if (!archive.has(hash) || isTakenDown(view, hash)) return undefined;
    return unsettledUpload(view, hash, sponsor.key, header.time);
  }

  async #sayOneMore(hash: Hash32): Promise<void> {
    const upload = this.#waitsForAWord(hash);
    if (upload !== undefined) await this.#say(hash, upload);
  }

  #isDrawn(hash: Hash32, upload: PendingUpload): boolean {
    const { ledger, sponsor, clock } = this.#ports;
    const { view } = ledger.head();
    const drawn = attesters(hash, {
      members: memberKeys(view),
      sponsor: upload.sponsor,
      wanted: parameters(view).attestations - 1,
      waitedMs: clock.now() - upload.since,
    });
    return drawn.some((key) => equalBytes(key, sponsor.key));
  }

  #await(waiting: Waiting, again = false): void {
    // What has no room now stays on the ledger, and is looked for again.
    if (!this.#turns.add(waiting, again) && !this.#turns.has(waiting.hash)) this.#hasLeftOut = true;
    this.#fetchNext();
  }

  /** As soon as there is a place. */
  #fetchNext(): void {
    while (!this.#stopped && this.#fetching < limits.fetchesAtOnceMax) {
      const next = this.#turns.take();
      if (next === undefined) return;
      if (!this.#busy.has(toHex(next.hash)) && this.#isWanted(next.hash)) this.#fetch(next);
    }
  }

  #fetch(waiting: Waiting): void {
    const { hash } = waiting;
    this.#fetching += 1;
    let held: Held | undefined;
    this.#begin(
      hash,
      async (signal) => {
        try {
          held = await this.#hold(hash, signal);
        } finally {
          this.#fetching -= 1;
        }
        this.#fetchNext();
        if (held !== 'here') return;
        await this.#attest(hash);
        await this.#ports.reviews.fetched(hash);
      },
      () => {
        if (held === 'lost its turn') this.#await(waiting, true);
        else this.#fetchNext();
      },
    );
  }

  #isWanted(hash: Hash32): boolean {
    const { ledger, archive, replicate } = this.#ports;
    if (archive.has(hash)) return false;
    const { view } = ledger.head();
    if (file(view, hash) !== undefined) return replicate && !isTakenDown(view, hash);
    return this.#candidates(hash).length > 0;
  }

  /** One thing at a time for a file. */
  #begin(hash: Hash32, work: (signal: AbortSignal) => Promise<void>, then: () => void = () => {}): void {
    const name = toHex(hash);
    const ending = new AbortController();
    this.#busy.set(name, ending);
    this.#tasks.run(async () => {
      try {
        await work(ending.signal);
      } catch (error) {
        // It was told to end, or the library ends: the operator need not hear of it.
        const wasEnded = ending.signal.aborted || this.#stopped;
        if (!wasEnded || !(error instanceof Fault)) throw error;
      } finally {
        this.#busy.delete(name);
        then();
      }
    });
  }

  /** The bytes are here. */
  async #attest(hash: Hash32): Promise<void> {
    const { archive, metainfos, holding, reviews } = this.#ports;
    const metainfo = await archive.metainfo(hash);
    if (metainfo === undefined) return;
    for (const upload of this.#candidates(hash)) {
      if (!holding.fits(metainfo, upload)) {
        this.#passedOver.add(hash, upload, Number.POSITIVE_INFINITY);
        await reviews.giveBack(hash, upload);
        continue;
      }
      if (!(await holding.isHeldBy(upload.sponsor, metainfo))) {
        this.#askSoon(hash, upload);
        continue;
      }
      if (!(await reviews.passes(hash, upload))) continue;
      await metainfos.put(metainfo);
      await this.#say(hash, upload);
      return;
    }
  }

  async #say(hash: Hash32, { key: uploader, size, name, infoHashes }: PendingUpload): Promise<void> {
    const { sponsor, enter, log } = this.#ports;
    const attest = sponsor.attest({ hash, size, name, uploader, infoHashes });
    const verdict = await enter(encodeChecked(attest));
    sponsor.heard(attest, verdict);
    if (verdict.kind === 'reject' && !this.#stopped) {
      log.warn('an attestation was refused', { code: verdict.code });
    }
  }

  /** From the swarm of the libraries that hold it, unless it is here. */
  async #hold(hash: Hash32, signal: AbortSignal): Promise<Held> {
    const { ledger, archive, metainfos, holding, reviews } = this.#ports;
    if (archive.has(hash)) return 'here';
    const record = file(ledger.head().view, hash);
    if (record !== undefined) {
      const metainfo = await metainfos.obtain(hash, record);
      if (metainfo === undefined || signal.aborted) return 'not to be had';
      return this.#download(hash, { ...metainfo, name: record.name }, '', signal);
    }
    for (const upload of this.#candidates(hash)) {
      const metainfo = await holding.metainfoOf(hash, upload);
      if (signal.aborted) return 'not to be had';
      if (metainfo === undefined) {
        this.#askSoon(hash, upload);
        continue;
      }
      if (!(await reviews.takePlace(hash, upload))) continue;
      // However it ends without the bytes: the next time is that of the others.
      this.#passedOver.add(hash, upload, AGAIN_MS);
      const outline = { ...metainfo, name: upload.name };
      const held = await this.#download(hash, outline, toHex(upload.sponsor), signal);
      if (held !== 'not to be had') {
        this.#passedOver.delete(hash, upload);
        return held;
      }
      this.#passedOver.add(hash, upload, AGAIN_MS);
      await reviews.giveBack(hash, upload);
    }
    return 'not to be had';
  }

  async #download(hash: Hash32, outline: Metainfo, share: string, signal: AbortSignal): Promise<Held> {
    const isWaitedFor = () => this.#turns.size > 0;
    const fetched = await this.#ports.archive.fetch(hash, outline, { signal, isWaitedFor, share });
    if (fetched.kind === 'accept') return 'here';
    return fetched.kind === 'reject' && fetched.code === 'archive.busy' ? 'lost its turn' : 'not to be had';
  }

  /** The sponsor has shown nothing: perhaps it does not know yet that its upload is final. */
  #askSoon(hash: Hash32, { since }: PendingUpload): void {
    if (this.#stopped || this.#ports.clock.now() - since > AGAIN_MS) return;
    this.#timers.set(`soon ${toHex(hash)}`, SOON_MS, () => this.consider(hash));
  }

  /** How to make the torrent of an available file. */
  async #learn(hash: Hash32): Promise<void> {
    const record = file(this.#ports.ledger.head().view, hash);
    if (record !== undefined) await this.#ports.metainfos.obtain(hash, record);
  }
}

/** The file, in hex, of whose uploads it tells. */
function uploadIn(event: ChainEvent): string[] {
  return CONSIDERED.has(event.kind) && 'hash' in event ? [toHex(event.hash)] : [];
}
