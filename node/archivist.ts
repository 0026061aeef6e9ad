/**
 * The second and later libraries of an upload: fetches what it should attest, reads it in full, and says so on the
 * ledger. Who should is drawn by the hash of the file (attesters.ts), so that no upload makes every library fetch.
 * Driven by final blocks, and looked through again from time to time, so that nothing is forgotten after a crash.
 */
import type { ChainEvent } from '../chain/event.ts';
import { SPACES } from '../chain/keys.ts';
import { attestation, file, isTakenDown, members, parameters, pendingUploads } from '../chain/queries.ts';
import { type CheckedTransaction, encodeChecked } from '../chain/signing.ts';
import { concat, equalBytes, fromHex, toHex } from '../core/bytes.ts';
import type { Clock, Log } from '../core/ports.ts';
import { HASH_BYTES, type Hash32 } from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';
import { stateRange } from '../store/keyspaces.ts';
import type { Archive } from '../tracker/archive/archive.ts';
import { infoHashes } from '../tracker/metainfo.ts';
import { attesters } from './attesters.ts';
import type { Ledger } from './ledger.ts';
import type { MetainfoStore, OnLedger } from './metainfo-store.ts';
import type { Sponsor } from './sponsor.ts';
import { Tasks } from './tasks.ts';
import { Timers } from './timers.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly archive: Archive;
  readonly metainfos: MetainfoStore;
  readonly sponsor: Sponsor;
  readonly clock: Clock;
  readonly log: Log;
  /** Fetch the available files of other libraries, too. */
  readonly replicate: boolean;
  enter(checked: CheckedTransaction): Promise<Verdict<unknown>>;
};

const AGAIN_MS = 30_000;
const ROWS = 1_000;

export class Archivist {
  readonly #ports: Ports;
  readonly #timers: Timers;
  readonly #tasks: Tasks;
  /** Files, in hex, of which uploads are pending. */
  readonly #pending = new Set<string>();
  /** Of these something is under way. */
  readonly #busy = new Set<string>();
  #stopped = true;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
    this.#tasks = new Tasks(ports.log, 'the archive could not take a file in');
    ports.ledger.onCommit((_, events) => {
      for (const event of events) this.#heard(event);
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
    if (event.kind === 'uploaded' || event.kind === 'attested') {
      this.#pending.add(toHex(event.hash));
      this.#consider(event.hash);
    }
    if (event.kind === 'available') {
      const { hash } = event;
      this.#pending.delete(toHex(hash));
      if (archive.has(hash) || this.#stopped) return;
      // The torrent must not be lost with the library that has the bytes.
      this.#tasks.run(() => (replicate ? this.#copy(hash) : this.#learn(hash)));
    }
  }

  #lookLater(): void {
    this.#timers.set('look', AGAIN_MS, () => {
      for (const name of this.#pending) this.#consider(fromHex(name, HASH_BYTES)!);
      this.#lookLater();
    });
  }

  /** Uploads that were pending when this library ended: the state has them. */
  async #remember(): Promise<void> {
    const { ledger } = this.#ports;
    const { from: first, to } = stateRange(Uint8Array.of(SPACES.bringing));
    for (let from = first; !this.#stopped; ) {
      const rows = await ledger.blocks.store.range({ from, to, limit: ROWS });
      for (const [key] of rows) this.#consider(key.slice(-HASH_BYTES));
      if (rows.length < ROWS) return;
      from = concat(rows.at(-1)![0], Uint8Array.of(0));
    }
  }

  /** Should this library attest an upload of the file, and has not yet? */
  #consider(hash: Hash32): void {
    const { ledger, sponsor, clock } = this.#ports;
    const { view, header } = ledger.head();
    const name = toHex(hash);
    // Only ever the earliest: so that libraries that were brought the same book at once come to one word.
    const [earliest] = pendingUploads(view, hash, header.time);
    if (earliest === undefined) return void this.#pending.delete(name);
    this.#pending.add(name);
    if (this.#stopped || this.#busy.has(name) || isTakenDown(view, hash)) return;
    const said = attestation(view, hash, sponsor.key, header.time);
    if (said !== undefined && equalBytes(said.uploader, earliest.key)) return;
    const waitedMs = clock.now() - earliest.since;
    const drawn = attesters(hash, {
      members: members(view).map(({ key }) => key),
      sponsor: earliest.sponsor,
      wanted: parameters(view).attestations - 1,
      waitedMs,
    });
    if (!drawn.some((key) => equalBytes(key, sponsor.key))) return;
    this.#busy.add(name);
    this.#tasks.run(() => this.#attest(hash, earliest, earliest.key).finally(() => this.#busy.delete(name)));
  }

  /** From the swarm of the libraries that hold it, unless it is here. */
  async #attest(
    hash: Hash32,
    onLedger: OnLedger & { readonly size: bigint },
    uploader: Hash32,
  ): Promise<void> {
    const { ledger, archive, sponsor, enter, log } = this.#ports;
    if (!(await this.#hold(hash, onLedger))) return;
    const metainfo = await archive.metainfo(hash);
    if (metainfo === undefined || onLedger.size !== BigInt(metainfo.size)) return;
    const { announced } = infoHashes({ ...metainfo, name: onLedger.name }, ledger.genesis.name);
    const verdict = await enter(encodeChecked(sponsor.attest(hash, uploader, announced)));
    if (verdict.kind === 'reject') log.warn('an attestation was refused', { code: verdict.code });
  }

  async #copy(hash: Hash32): Promise<void> {
    const record = file(this.#ports.ledger.head().view, hash);
    if (record !== undefined) await this.#hold(hash, record);
  }

  async #hold(hash: Hash32, onLedger: OnLedger): Promise<boolean> {
    const { archive, metainfos } = this.#ports;
    if (archive.has(hash)) return true;
    const metainfo = await metainfos.obtain(hash, onLedger);
    if (metainfo === undefined) return false;
    return (await archive.fetch(hash, { ...metainfo, name: onLedger.name })).kind === 'accept';
  }

  /** How to make the torrent of an available file. */
  async #learn(hash: Hash32): Promise<void> {
    const record = file(this.#ports.ledger.head().view, hash);
    if (record !== undefined) await this.#ports.metainfos.obtain(hash, record);
  }
}
