/**
 * Keeps the promise behind `attest`: what this library has read in full and hashed, it attests; what a reader
 * seeds or another library holds and this one should have, it fetches first. Driven by final blocks, and
 * looked through again from time to time, so that nothing is forgotten after a crash, and nothing stays of what
 * never became an upload.
 */
import type { ChainEvent } from '../chain/event.ts';
import { file, isAnnounced, parameters, upload } from '../chain/queries.ts';
import type { Transaction } from '../chain/transaction.ts';
import { equalBytes } from '../core/bytes.ts';
import type { Code } from '../core/codes.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Hash32, PublicKey32 } from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Archive } from '../tracker/archive/archive.ts';
import { infoHashes } from '../tracker/metainfo.ts';
import type { Intakes, KnownIntake } from './intakes.ts';
import type { Ledger } from './ledger.ts';
import type { MetainfoStore } from './metainfo-store.ts';
import type { Sponsor } from './sponsor.ts';
import { Timers } from './timers.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly archive: Archive;
  readonly metainfos: MetainfoStore;
  readonly intakes: Intakes;
  readonly sponsor: Sponsor;
  readonly clock: Clock;
  readonly log: Log;
  /** Fetch the available files of other libraries, too. */
  readonly replicate: boolean;
  submit(transaction: Transaction): Promise<Verdict<unknown>>;
};

const AGAIN_MS = 30_000;
/** The archive may have room, and the reader may seed, the next time. */
const PASSING: ReadonlySet<Code> = new Set(['archive.busy', 'archive.full', 'file.not-available']);

export class Archivist {
  readonly #ports: Ports;
  readonly #timers: Timers;
  readonly #tasks = new Set<Promise<void>>();
  #stopped = true;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
    ports.ledger.onCommit((_, events) => {
      for (const event of events) this.#heard(event);
    });
  }

  start(): void {
    this.#stopped = false;
    this.#run(() => this.#ports.archive.resume());
    this.fetchLater();
  }

  /** Begins nothing new. What is under way ends when the archive and the submission stop; see `drained`. */
  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
  }

  async drained(): Promise<void> {
    while (this.#tasks.size > 0) await Promise.all(this.#tasks);
  }

  /** Says on the ledger that this library holds what this reader has announced. Does nothing unless it does. */
  async attest(hash: Hash32, uploader: PublicKey32): Promise<void> {
    const { ledger, archive, sponsor, submit, log } = this.#ports;
    const entry = upload(ledger.head().view, hash, uploader);
    const metainfo = await archive.metainfo(hash);
    if (entry === undefined || metainfo === undefined || entry.size !== BigInt(metainfo.size)) return;
    const { announced } = infoHashes({ ...metainfo, name: entry.name }, ledger.genesis.name);
    const verdict = await submit(sponsor.attest(hash, uploader, announced));
    if (verdict.kind === 'reject') log.warn('an attestation was refused', { code: verdict.code });
  }

  /** Bytes in the archive that no upload needs, neither on the ledger nor on its way there. */
  async dropUnneeded(hash: Hash32): Promise<void> {
    const { ledger, archive, intakes } = this.#ports;
    await archive.forget(hash, () => intakes.needs(hash) || isAnnounced(ledger.head().view, hash));
  }

  /** Something is to be fetched from a reader: soon, and again as long as it is not here. */
  fetchLater(delayMs = 0): void {
    if (this.#stopped) return;
    this.#timers.set('again', delayMs, () => {
      for (const intake of this.#ports.intakes.all()) this.#run(() => this.#takeIn(intake));
      this.fetchLater(AGAIN_MS);
    });
  }

  #heard(event: ChainEvent): void {
    const { ledger, archive, intakes, sponsor, replicate } = this.#ports;
    if (event.kind === 'uploaded') {
      const { hash, key } = event;
      const entry = upload(ledger.head().view, hash, key);
      if (entry !== undefined) intakes.announced(hash, entry.infoHashes);
      if (archive.has(hash)) this.#run(() => this.attest(hash, key));
      // With more than one attestation wanted, the others get the bytes from the library that has them.
      else if (parameters(ledger.head().view).attestations > 1 && !equalBytes(event.sponsor, sponsor.key)) {
        this.#run(() => this.#copy(hash, key));
      }
    }
    if (event.kind === 'available') {
      const { hash } = event;
      for (const one of intakes.all()) {
        if (equalBytes(one.hash, hash)) this.#run(() => intakes.remove(hash, one.uploader));
      }
      if (archive.has(hash)) return;
      // The torrent must not be lost with the library that has the bytes.
      if (replicate) this.#run(() => this.#copy(hash, event.uploader));
      else this.#run(() => this.#learn(hash));
    }
  }

  /** From the reader who seeds it, or because it is here and was not attested before the library ended. */
  async #takeIn({ hash, uploader, outline, sinceMs }: KnownIntake): Promise<void> {
    const { ledger, archive, metainfos, intakes, log } = this.#ports;
    const { header, view } = ledger.head();
    if (file(view, hash) !== undefined) return await intakes.remove(hash, uploader); // another one's, perhaps
    if (upload(view, hash, uploader) === undefined) {
      // By the clock of the ledger: as long as it stands still, the upload may lie in a block that is to come.
      if (header.time - sinceMs < limits.intakeLifeMs) return;
      await intakes.remove(hash, uploader);
      return await this.dropUnneeded(hash);
    }
    const fetched = await archive.fetch(hash, outline);
    if (fetched.kind !== 'reject' || fetched.code !== 'archive.busy') intakes.tried(hash, uploader);
    if (fetched.kind === 'accept') {
      await metainfos.put(fetched.value);
      await this.attest(hash, uploader);
    } else if (fetched.kind === 'reject' && !PASSING.has(fetched.code)) {
      log.warn('an upload is not what was announced', { code: fetched.code });
      await intakes.remove(hash, uploader);
    }
  }

  /** How to make the torrent of an available file. */
  async #learn(hash: Hash32): Promise<void> {
    const record = file(this.#ports.ledger.head().view, hash);
    if (record !== undefined) await this.#ports.metainfos.obtain(hash, record);
  }

  /** From the swarm of the libraries that hold it. */
  async #copy(hash: Hash32, uploader: PublicKey32): Promise<void> {
    const { ledger, archive, metainfos } = this.#ports;
    const view = ledger.head().view;
    const onLedger = file(view, hash) ?? upload(view, hash, uploader);
    if (onLedger === undefined) return;
    const metainfo = await metainfos.obtain(hash, onLedger);
    if (metainfo === undefined) return;
    const fetched = await archive.fetch(hash, { ...metainfo, name: onLedger.name });
    if (fetched.kind === 'accept') await this.attest(hash, uploader);
  }

  /** A peer or a disk that fails now may work the next time. */
  #run(task: () => Promise<void>): void {
    if (this.#stopped) return;
    const running = task()
      .catch((error) => {
        if (!(error instanceof Fault)) throw error;
        this.#ports.log.warn('the archive could not take a file in', { code: error.code });
      })
      .finally(() => this.#tasks.delete(running));
    this.#tasks.add(running);
  }
}
