/**
 * What becomes of an upload that was brought here: its bytes are fetched if its reader seeds them, then the library
 * itself puts it on the ledger, at once or when it can — after a kill, for a full pool, for a chain that stood still —
 * and remembers how it ended. Driven by requests, by final blocks, and by a look at all from time to time.
 */

import type { Archive } from '../../../archive/archive.ts';
import type { PendingUpload } from '../../../chain/files/files.ts';
import type { EventKind } from '../../../chain/kind/event.ts';
import {
  attestedUpload,
  file,
  isKnown,
  isTakenDown,
  pendingUntil,
  pendingUploads,
  uploaderOf,
} from '../../../chain/queries.ts';
import { type CheckedTransaction, encodeChecked } from '../../../chain/transaction/signing.ts';
import { equalBytes } from '../../../core/bytes.ts';
import type { Code } from '../../../core/codes.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import type { Hash32, PublicKey32, UnixMs } from '../../../core/scalars.ts';
import type { Verdict } from '../../../core/verdict.ts';
import { infoHashes, type Metainfo } from '../../../torrent/metainfo.ts';
import type { Seeding } from '../../../torrent/peers.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { Tasks } from '../../process/tasks.ts';
import type { MetainfoStore } from '../metainfo-store.ts';
import type { Sponsor } from '../sponsor.ts';
import { Alone, type Which } from './alone.ts';
import { BroughtFetches } from './brought-fetches.ts';
import { fitsToday } from './day-room.ts';
import { Decisions } from './decisions.ts';
import { type Intake, nameOf } from './intake.ts';
import { type Intakes, isEnded, isSameFile } from './intakes.ts';
import { Sweep } from './sweep.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly archive: Archive;
  readonly metainfos: MetainfoStore;
  readonly intakes: Intakes;
  readonly sponsor: Sponsor;
  /** Does a person look at uploads first? And is one still to look at these bytes, or has one accepted them? */
  readonly reviews: { readonly isManual: boolean; needs(hash: Hash32): boolean };
  readonly clock: Clock;
  readonly log: Log;
  /** How a fetch of what a reader seeds has ended: a code, or "fetched". */
  counted(outcome: string): void;
  enter(checked: CheckedTransaction): Promise<Verdict<unknown>>;
};

const SWEEP = { atOnce: 64, everyMs: 30_000 };
/** It may go better the next time. */
const PASSING: ReadonlySet<Code> = new Set<Code>([
  'archive.busy',
  'archive.full',
  'file.not-available',
  'node.finality-timeout',
  'node.not-ready',
  'pool.full',
  'pool.key-full',
  'pool.sponsor-full',
  // The library's own word; the next one is a new one.
  'attest.superseded',
  'transaction.expired',
  'transaction.repeated',
  'transaction.too-many-expire',
  // Another upload of this file has to become available first, or to be over.
  'upload.already-sponsored',
  // There is room again tomorrow.
  'upload.daily-cap',
]);

const HEARD: ReadonlySet<EventKind> = new Set(['uploaded', 'attested', 'available', 'taken-down']);

export class UploadClerk {
  readonly #ports: Ports;
  /** Over all of them, so that nothing is forgotten. */
  readonly #sweep: Sweep;
  readonly #tasks: Tasks;
  readonly #alone: Alone;
  /** What librarians say of what waits for them. */
  readonly decisions: Decisions;
  readonly #brought: BroughtFetches;
  #stopped = true;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#sweep = new Sweep(
      ports.clock,
      SWEEP,
      () => this.#due(),
      (name) => this.#lookAgain(name),
    );
    this.#tasks = new Tasks(ports.log, 'an upload could not be taken in');
    this.#alone = new Alone(ports.log);
    this.decisions = new Decisions({
      ...{ intakes: ports.intakes, alone: this.#alone },
      hasLapsed: (intake) => this.#hasLapsed(intake),
      decline: (intake) => this.#end(intake, 'upload.declined'),
      goOn: (which) => this.#tasks.run(() => this.#look(which)),
    });
    this.#brought = new BroughtFetches(ports, (names) => {
      for (const name of names) this.#lookAgain(name);
    });
    ports.ledger.onCommit((_, events) => {
      for (const event of events) {
        if (HEARD.has(event.kind) && 'hash' in event) this.#touched(event.hash);
      }
    });
  }

  start(): void {
    this.#stopped = false;
    this.#sweep.start();
    // Killed between the decision and the end of the bytes.
    for (const { hash, code } of this.#ports.intakes.all()) {
      if (code === 'upload.declined') this.#tasks.run(() => this.dropUnneeded(hash));
    }
  }

  /** Begins nothing new. What is under way ends when the archive and the submission stop; see `drained`. */
  stop(): void {
    this.#stopped = true;
    this.#sweep.stop();
  }

  drained(): Promise<void> {
    return this.#tasks.drained();
  }

  /** The bytes are here: puts it on the ledger, as far as that goes now. Never throws for what may pass. */
  submit(intake: Intake): Promise<void> {
    return this.#alone.run(intake, () => this.#submit(intake));
  }

  /** An upload whose bytes are here, as it goes on from there. */
  arrived(intake: Intake): Intake {
    const until = intake.lapses;
    const { reviews, sponsor } = this.#ports;
    // Who brings what the library owns sits at its desk.
    const isReviewed = reviews.isManual && !equalBytes(intake.key, sponsor.key);
    if (!isReviewed) return { ...intake, state: 'waiting', code: undefined, reviewSince: undefined, until };
    const reviewSince = intake.reviewSince ?? this.#ports.clock.now();
    return { ...intake, state: 'in-review', code: undefined, reviewSince, until };
  }

  /** A peer with the pass of this key has announced for the file that it brings. Quick: it is called at every announce. */
  seeded({ file: hash, subject: key, at }: Seeding): void {
    const intake = this.#ports.intakes.get(hash, key);
    if (intake?.state !== 'fetching') return;
    const isNew = this.#brought.announced(intake, at);
    if (isNew && !this.#stopped) this.#tasks.run(() => this.#look(intake));
  }

  /** It is claimed anew: perhaps its peers are known already. */
  lookAt(hash: Hash32, key: PublicKey32): void {
    if (this.#stopped || !this.#brought.hasPeers({ hash, key })) return;
    this.#tasks.run(() => this.#look({ hash, key }));
  }

  /** Does nothing come of what its reader was to seed? Then it can give its place to one who comes. */
  isIdle(claim: Intake): boolean {
    return this.#brought.isIdle(claim) && !this.#alone.isBusy(claim);
  }

  /** Its place is another's. @param claim - is idle. */
  giveWay(claim: Intake): Promise<void> {
    return this.#alone.run(claim, () => this.#end(claim, 'upload.too-slow'));
  }

  #due(): readonly string[] {
    const now = this.#ports.clock.now();
    const all = this.#ports.intakes.all().filter((one) => !isEnded(one) || now > one.until);
    return this.#brought.inOrder(all.map(nameOf));
  }

  /** Bytes in the archive that no upload needs, neither on the ledger nor on its way there. */
  async dropUnneeded(hash: Hash32): Promise<void> {
    const { ledger, archive, intakes } = this.#ports;
    const onLedger = () => {
      const { view, header } = ledger.head();
      return isKnown(view, hash, header.time);
    };
    const { reviews, sponsor } = this.#ports;
    /** Where a person decides, what others say of a file is not enough. */
    const isWanted = () => {
      const { view, header } = ledger.head();
      if (!reviews.isManual || file(view, hash) !== undefined || reviews.needs(hash)) return true;
      return attestedUpload(view, hash, sponsor.key, header.time) !== undefined;
    };
    const needed = () => intakes.needs(hash) || (onLedger() && isWanted());
    await archive.forget(hash, needed, (key) => intakes.get(hash, key)?.state === 'fetching');
  }

  #touched(hash: Hash32): void {
    if (this.#stopped) return;
    const { view } = this.#ports.ledger.head();
    if (file(view, hash) !== undefined || isTakenDown(view, hash)) this.#brought.endAll(hash);
    for (const intake of this.#ports.intakes.of(hash)) this.#tasks.run(() => this.#look(intake));
  }

  async #look({ hash, key }: Which): Promise<void> {
    const { clock, intakes } = this.#ports;
    const intake = intakes.get(hash, key); // it may stand otherwise since it was listed
    if (this.#stopped || intake === undefined || intakes.isArriving(hash, key)) return;
    const now = clock.now();
    const isOver = now > intake.until;
    if (isEnded(intake)) return isOver ? this.#forget(intake) : undefined;
    // Bytes still come, and the claim has come to its end: whoever sends slowly enough could hold a place for ever.
    if (isOver) this.#brought.end(intake);
    await this.#alone.run(intake, async () => {
      if (await this.#endsByLedger(intake)) return;
      if (intake.state === 'fetching' && !isOver) return this.#fetch(intake);
      if (intake.state === 'fetching') {
        return this.#end(intake, this.#hasLapsed(intake) ? 'transaction.expired' : 'upload.too-slow');
      }
      if (intake.state === 'in-review') return this.#waitsForReview(intake);
      if (intake.state === 'waiting') return this.#submit(intake);
      if (intake.state === 'on-ledger') return this.#end(intake, 'file.not-available'); // it was 30 days ago
      if (isOver) await this.#end(intake, 'transaction.expired'); // nobody has signed again
    });
  }

  async #fetch(intake: Intake): Promise<void> {
    const { intakes, log } = this.#ports;
    const fetched = await this.#brought.fetch(intake);
    const now = intakes.named(nameOf(intake));
    // What was claimed anew meanwhile is the same, unless it says so: its bytes are here.
    if (now?.state !== 'fetching' || !isSameFile(now, intake)) return;
    if (await this.#endsByLedger(now)) return; // another was faster
    if (fetched?.kind === 'accept') {
      this.#brought.forget(now);
      const arrived = this.arrived(now);
      await intakes.put(arrived);
      if (arrived.state === 'waiting') await this.#submit(arrived);
    } else if (fetched?.kind === 'reject' && !PASSING.has(fetched.code)) {
      log.debug('an upload is not what was announced', { code: fetched.code });
      await this.#end(now, fetched.code);
    }
  }

  #lookAgain(name: string): void {
    const intake = this.#ports.intakes.named(name);
    if (intake !== undefined) this.#tasks.run(() => this.#look(intake));
  }

  async #waitsForReview(intake: Intake): Promise<void> {
    if (!this.#ports.archive.has(intake.hash)) return this.#end(intake, 'node.fault'); // as in #submit
    if (this.#hasLapsed(intake)) return this.#lapsed(intake);
    if (this.#ports.reviews.isManual) return;
    // Nobody looks at uploads any more: it goes on.
    const arrived = this.arrived(intake);
    await this.#ports.intakes.put(arrived);
    await this.#submit(arrived);
  }

  async #submit(intake: Intake): Promise<void> {
    const { archive, intakes, metainfos } = this.#ports;
    const metainfo = await archive.metainfo(intake.hash);
    if (metainfo === undefined) return this.#end(intake, 'node.fault'); // killed before they were in their place
    if (this.#hasLapsed(intake)) return this.#lapsed(intake);
    if (!this.#fitsToday(intake)) {
      if (await this.#endsByLedger(intake)) return;
      if (intake.code !== 'upload.daily-cap') await intakes.put({ ...intake, code: 'upload.daily-cap' });
      return;
    }
    await metainfos.put(metainfo);
    let verdict = await this.#put(intake, metainfo);
    if (intakes.get(intake.hash, intake.key) !== intake) return;
    if (await this.#endsByLedger(intake)) return;
    // It was said of an entry that is gone: it is said anew.
    if (verdict.kind === 'reject' && verdict.code === 'transaction.repeated') {
      verdict = await this.#put(intake, metainfo);
      if (intakes.get(intake.hash, intake.key) !== intake) return;
      if (await this.#endsByLedger(intake)) return;
    }
    const code = verdict.kind === 'accept' ? undefined : verdict.code;
    // Else it is the library's own word that has come to its end: the next one is a new one.
    if (code === 'transaction.expired' && this.#hasLapsed(intake)) return this.#lapsed(intake);
    if (code === undefined || PASSING.has(code)) {
      if (intake.code !== code) await intakes.put({ ...intake, code });
    } else {
      await this.#end(intake, code);
    }
  }

  async #put(intake: Intake, metainfo: Metainfo): Promise<Verdict<unknown>> {
    const { sponsor, enter } = this.#ports;
    const transaction = this.#transaction(intake, metainfo);
    const verdict = await enter(encodeChecked(transaction));
    sponsor.heard(transaction, verdict);
    return verdict;
  }

  /** Else it waits for the next day: no look before then signs anything. */
  #fitsToday({ hash, key, size, name }: Intake): boolean {
    const { ledger, sponsor, clock } = this.#ports;
    const { view, header } = ledger.head();
    const now = Math.max(clock.now(), header.time + 1);
    // By another library it stands there already, and has been counted.
    const own = pendingUploads(view, hash, now).filter((one) => equalBytes(one.key, key));
    if (own.some((one) => one.size === size && one.name === name)) return true;
    return fitsToday(view, { key, sponsor: sponsor.key, size }, now);
  }

  #transaction(intake: Intake, metainfo: Metainfo) {
    const { ledger, sponsor } = this.#ports;
    const { announced } = infoHashes({ ...metainfo, name: intake.name }, ledger.genesis.name);
    return sponsor.upload({ ...intake, size: BigInt(metainfo.size), infoHashes: announced });
  }

  /** @returns true when the ledger says how it stands. */
  async #endsByLedger(intake: Intake): Promise<boolean> {
    const { ledger, intakes, sponsor } = this.#ports;
    const { view, header } = ledger.head();
    const { hash, key } = intake;
    if (isTakenDown(view, hash)) {
      await this.#end(intake, 'file.taken-down');
      return true;
    }
    if (file(view, hash) !== undefined) {
      const uploader = uploaderOf(view, hash);
      const isOwn = uploader !== undefined && equalBytes(uploader, key);
      if (isOwn) await intakes.put({ ...intake, state: 'available', code: undefined, until: this.#kept() });
      else await this.#end(intake, 'upload.already-available');
      return true;
    }
    if (intake.state === 'fetching') return false;
    const own = pendingUploads(view, hash, header.time).filter((one) => equalBytes(one.key, key));
    // It may be there by another library: then this one has still to say that it holds the bytes. What another says of
    // other bytes under this key is none of its business.
    const said = attestedUpload(view, hash, sponsor.key, header.time);
    const isOurs = (one: PendingUpload): boolean =>
      equalBytes(one.sponsor, sponsor.key) || (said !== undefined && equalBytes(one.sponsor, said.sponsor));
    const pending = own.find(isOurs);
    if (intake.state === 'on-ledger') return pending !== undefined || header.time <= intake.until;
    if (pending === undefined) return false;
    const until = pendingUntil(pending.since);
    await intakes.put({ ...intake, state: 'on-ledger', code: undefined, until });
    return true;
  }

  /** Is what the reader has signed no longer valid? Without an expiry that is for this library to say, by its own clock. */
  #hasLapsed({ expires, lapses }: Intake): boolean {
    const { ledger, clock } = this.#ports;
    const chainMs = expires === undefined ? 0 : ledger.head().header.time + 1;
    return Math.max(clock.now(), chainMs) > lapses;
  }

  async #lapsed(intake: Intake): Promise<void> {
    const until = this.#ports.clock.now() + limits.unsignedBytesMs;
    if (intake.state === 'refused') return;
    const lapsed = { ...intake, state: 'refused', code: 'upload.sign-again', until } as const;
    // If it waited for a person, it keeps its place there, and takes none of those made for seconds.
    await this.#ports.intakes.put(lapsed);
  }

  async #end(intake: Intake, code: Code): Promise<void> {
    this.#brought.forget(intake);
    await this.#ports.intakes.put({ ...intake, state: 'refused', code, until: this.#kept() });
    await this.dropUnneeded(intake.hash);
  }

  async #forget({ hash, key }: Intake): Promise<void> {
    this.#brought.forget({ hash, key });
    await this.#ports.intakes.remove(hash, key);
    await this.dropUnneeded(hash);
  }

  #kept(): UnixMs {
    return this.#ports.clock.now() + limits.standingKeptMs;
  }
}
