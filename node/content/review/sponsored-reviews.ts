/**
 * Uploads that other libraries have sponsored and that a librarian of this one looks at before this library attests them
 * (`--review manual`). What waits and what was decided is on the disk before anybody hears of it, and is kept for as long as the
 * upload is pending: what was declined is not fetched again until then. What becomes of uploads that readers bring here is
 * the upload clerk's affair (uploads/upload-clerk.ts).
 */

import { memberKeys } from '../../../chain/federation/federation.ts';
import type { PendingUpload } from '../../../chain/files/files.ts';
import type { ChainEvent, EventKind } from '../../../chain/kind/event.ts';
import { file, isTakenDown, pendingUploads } from '../../../chain/queries.ts';
import { assert } from '../../../core/assert.ts';
import { equalBytes, toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log, Store, StoreWrite } from '../../../core/ports.ts';
import type { Hash32, PublicKey32 } from '../../../core/scalars.ts';
import { reviewKey, reviewRange } from '../../../store/keyspaces.ts';
import type { Ledger } from '../../ledger/ledger.ts';
import { Tasks } from '../../process/tasks.ts';
import { Sweep } from '../uploads/sweep.ts';
import { ReviewPlaces } from './review-places.ts';
import { decodeReview, encodeReview, type ReviewRecord, type ReviewState } from './review-record.ts';
import { placeOf, WaitingLine } from './waiting-line.ts';

type Ports = {
  readonly ledger: Pick<Ledger, 'head' | 'onCommit'>;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  /** Does a person look at uploads before this library gives its word? */
  readonly isManual: boolean;
};
/** Of a pending upload, as far as it tells which one it is. */
type Which = Pick<PendingUpload, 'sponsor' | 'since' | 'key'>;

const SWEEP = { atOnce: 64, everyMs: 30_000 };
/** After these what waited may have nothing to wait for. */
const ENDING: ReadonlySet<EventKind> = new Set(['available', 'taken-down']);

export class SponsoredReviews {
  readonly isManual: boolean;
  readonly #ports: Ports;
  /** By file and sponsor; those last that were written last. */
  readonly #records = new Map<string, ReviewRecord>();
  /** By file: names of its records. */
  readonly #byFile = new Map<string, Set<string>>();
  /** What waits, longest first. */
  readonly line = new WaitingLine<ReviewRecord>();
  readonly #places: ReviewPlaces;
  /** One change after the other. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #sweep: Sweep;
  readonly #tasks: Tasks;
  #left: (hash: Hash32) => Promise<void> = async () => {};

  constructor(ports: Ports) {
    this.#ports = ports;
    this.isManual = ports.isManual;
    this.#places = new ReviewPlaces(() => memberKeys(ports.ledger.head().view).length);
    this.#tasks = new Tasks(ports.log, 'a review could not be ended');
    this.#sweep = new Sweep(
      ports.clock,
      SWEEP,
      () => [...this.#records.keys()],
      (name) => this.#look(name),
    );
    ports.ledger.onCommit((_, events) => {
      for (const event of events) this.#heard(event);
    });
  }

  /** Reads what is on the disk. */
  async load(): Promise<void> {
    const limit = 2 * limits.reviewsWaitingMax + limits.reviewsDecidedMax + 1;
    const rows = await this.#ports.store.range({ ...reviewRange(), limit });
    const records = rows.map(([, value]) => {
      const record = decodeReview(value);
      assert(record.kind === 'accept', 'a stored review decodes');
      return record.value;
    });
    for (const record of records.sort((a, b) => a.since - b.since)) this.#set(record);
    // Nobody looks at them any more: they go on as if nobody ever had to.
    if (!this.isManual) await this.#remove([...this.#records.values()].filter(isUndecided));
  }

  /** @param left - told of a file that was waiting or declined: perhaps nobody needs its bytes any more. */
  start(left: (hash: Hash32) => Promise<void>): void {
    this.#left = left;
    this.#sweep.start();
  }

  stop(): void {
    this.#sweep.stop();
  }

  async drained(): Promise<void> {
    await this.#tasks.drained();
  }

  of(hash: Hash32): readonly ReviewRecord[] {
    return [...(this.#byFile.get(toHex(hash)) ?? [])].map((name) => this.#records.get(name)!);
  }

  /** The upload of which it is kept. @returns undefined when it is not pending any more. */
  uploadOf({ hash, sponsor, pendingSince }: ReviewRecord): PendingUpload | undefined {
    const { view, header } = this.#ports.ledger.head();
    if (isTakenDown(view, hash) || file(view, hash) !== undefined) return undefined;
    return pendingUploads(view, hash, header.time).find(
      (one) => equalBytes(one.sponsor, sponsor) && one.since === pendingSince,
    );
  }

  /** May this library fetch it, or attest it, or is there at least a place for it to wait? */
  isOpen(hash: Hash32, upload: Which): boolean {
    const decision = this.#decisionOn(hash, upload);
    if (decision === 'declined') return false;
    if (!this.isManual || decision === 'accepted' || decision === 'coming') return true;
    return decision === undefined && this.#places.hasRoom(upload.sponsor, upload.key);
  }

  /**
   * Its bytes are about to be fetched: it has a place, on the disk, before the first of them is here, so that they go with it
   * whatever happens. @returns false when there is none.
   */
  async takePlace(hash: Hash32, upload: Which): Promise<boolean> {
    const decision = this.#decisionOn(hash, upload);
    if (decision === 'declined') return false;
    if (!this.isManual || decision !== undefined) return true;
    return this.#enter(hash, upload, 'coming');
  }

  /** Its bytes did not come, or are not what it says. */
  async giveBack(hash: Hash32, upload: Which): Promise<void> {
    if (this.#decisionOn(hash, upload) !== 'coming') return;
    await this.#end(this.#records.get(nameOf({ hash, sponsor: upload.sponsor }))!);
  }

  /** Bytes have come: those whose upload was over by then go. */
  async fetched(hash: Hash32): Promise<void> {
    if (this.isManual && !this.needs(hash)) await this.#left(hash);
  }

  /** Its bytes are here: may this library attest it now? Else it waits from now on, if there is a place. */
  async passes(hash: Hash32, upload: Which): Promise<boolean> {
    const decision = this.#decisionOn(hash, upload);
    if (decision === 'declined') return false;
    if (!this.isManual || decision === 'accepted') return true;
    if (decision !== 'waiting') await this.#enter(hash, upload, 'waiting');
    return false;
  }

  /** Does a person still look at the bytes, or has accepted them? */
  needs(hash: Hash32): boolean {
    return this.of(hash).some((one) => one.decision !== 'declined' && this.uploadOf(one) !== undefined);
  }

  /**
   * Durable when it resolves; the bytes of what is declined are gone by then. @param reason - for others at the desk.
   * @param asShown - is it still what the librarian saw?
   * @returns false when it does not wait any more.
   */
  async decide(
    hash: Hash32,
    sponsor: PublicKey32,
    decision: 'accepted' | 'declined',
    reason?: string,
    asShown: (record: ReviewRecord) => boolean = () => true,
  ): Promise<boolean> {
    const isDone = await this.#next(async () => {
      const record = this.#records.get(nameOf({ hash, sponsor }));
      if (record?.decision !== 'waiting' || this.uploadOf(record) === undefined) return false;
      if (!asShown(record)) return false;
      await this.#put({ ...record, decision, since: this.#ports.clock.now(), reason });
      return true;
    });
    if (isDone && decision === 'declined') await this.#left(hash);
    return isDone;
  }

  /** @returns false when there is no place. */
  #enter(hash: Hash32, upload: Which, decision: 'coming' | 'waiting'): Promise<boolean> {
    const { sponsor, since: pendingSince } = upload;
    return this.#next(async () => {
      if (this.#decisionOn(hash, upload) === undefined && !this.#places.hasRoom(sponsor, upload.key))
        return false;
      const since = this.#ports.clock.now();
      await this.#put({ hash, sponsor, uploader: upload.key, pendingSince, decision, since });
      return true;
    });
  }

  #decisionOn(hash: Hash32, { sponsor, since }: Which): ReviewState | undefined {
    const record = this.#records.get(nameOf({ hash, sponsor }));
    return record?.pendingSince === since ? record.decision : undefined;
  }

  #heard(event: ChainEvent): void {
    if (!ENDING.has(event.kind) || !('hash' in event)) return;
    for (const name of [...(this.#byFile.get(toHex(event.hash)) ?? [])]) this.#look(name);
  }

  /** Is it still pending? */
  #look(name: string): void {
    const record = this.#records.get(name);
    if (record === undefined) return;
    if (this.uploadOf(record) === undefined) this.#tasks.run(() => this.#end(record));
    // After a kill between the decision and the end of its bytes.
    else if (record.decision === 'declined') this.#tasks.run(() => this.#left(record.hash));
  }

  async #end(record: ReviewRecord): Promise<void> {
    await this.#next(async () => {
      if (this.#records.get(nameOf(record)) === record) await this.#remove([record]);
    });
    if (record.decision !== 'accepted') await this.#left(record.hash);
  }

  #next<T>(change: () => Promise<T>): Promise<T> {
    const done = this.#last.then(change);
    this.#last = done.catch(() => undefined); // who asked for it hears
    return done;
  }

  async #put(record: ReviewRecord): Promise<void> {
    const key = reviewKey(record.hash, record.sponsor);
    const over = this.#overTheBound(record);
    const gone = over.map(
      ({ hash, sponsor }): StoreWrite => ({ type: 'del', key: reviewKey(hash, sponsor) }),
    );
    await this.#ports.store.write([...gone, { type: 'put', key, value: encodeReview(record) }], {
      sync: true,
    });
    for (const one of over) this.#delete(one);
    this.#set(record);
  }

  /** Of decisions, those that were made first. */
  #overTheBound(more: ReviewRecord): readonly ReviewRecord[] {
    const decided = this.#records.size - this.#places.taken;
    if (isUndecided(more) || decided < limits.reviewsDecidedMax) return [];
    for (const record of this.#records.values()) if (!isUndecided(record)) return [record];
    return [];
  }

  async #remove(records: readonly ReviewRecord[]): Promise<void> {
    const keys = records.map(({ hash, sponsor }) => reviewKey(hash, sponsor));
    await this.#ports.store.write(
      keys.map((key) => ({ type: 'del', key })),
      { sync: true },
    );
    for (const record of records) this.#delete(record);
  }

  #set(record: ReviewRecord): void {
    this.#delete(record);
    const [name, hash] = [nameOf(record), toHex(record.hash)];
    this.#records.set(name, record);
    this.#byFile.set(hash, (this.#byFile.get(hash) ?? new Set()).add(name));
    if (isUndecided(record)) this.#places.count(record.sponsor, record.uploader, 1);
    if (record.decision === 'waiting') this.line.add(placeIn(record), record);
  }

  #delete(which: Pick<ReviewRecord, 'hash' | 'sponsor'>): void {
    const [name, hash] = [nameOf(which), toHex(which.hash)];
    const record = this.#records.get(name);
    if (record === undefined) return;
    this.#records.delete(name);
    const others = this.#byFile.get(hash);
    others?.delete(name);
    if (others?.size === 0) this.#byFile.delete(hash);
    if (isUndecided(record)) this.#places.count(record.sponsor, record.uploader, -1);
    this.line.delete(placeIn(record));
  }
}

function isUndecided({ decision }: ReviewRecord): boolean {
  return decision === 'coming' || decision === 'waiting';
}

function placeIn({ since, hash, sponsor }: ReviewRecord): string {
  return placeOf(since, hash, sponsor);
}

function nameOf({ hash, sponsor }: Pick<ReviewRecord, 'hash' | 'sponsor'>): string {
  return `${toHex(hash)}:${toHex(sponsor)}`;
}
