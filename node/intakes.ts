/**
 * Uploads that came to this library and are not available: from before the ledger is asked about them, so that
 * none is forgotten whenever the library is killed. And which info hashes the swarms of pending uploads have.
 */
import { LRUCache } from 'lru-cache';
import { assert } from '../core/assert.ts';
import { type Bytes, equalBytes, toHex } from '../core/bytes.ts';
import { decode, encode, hasExactly } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Store } from '../core/ports.ts';
import type { Hash32, InfoHash20, PublicKey32, UnixMs } from '../core/scalars.ts';
import { intakeKey, intakeRange } from '../store/keyspaces.ts';
import type { MetainfoV1 } from '../tracker/metainfo.ts';

export type Intake = { readonly hash: Hash32; readonly uploader: PublicKey32; readonly outline: MetainfoV1 };
/** `sinceMs`: when this process got to know it. */
export type KnownIntake = Intake & { readonly sinceMs: UnixMs };
/** Bytes of a file that uploads are bringing; `wasHere`: the archive had them before the first of these. */
type Arrival = { readonly wasHere: boolean; count: number };

const SWARMS_KNOWN_MAX = 10_000;
const KEYS = ['hash', 'uploader', 'name', 'size', 'pieceLength', 'pieces'] as const;

export class Intakes {
  readonly #store: Store;
  readonly #clock: Pick<Clock, 'now'>;
  readonly #intakes = new Map<string, KnownIntake>();
  /** By file, hex. */
  readonly #arrivals = new Map<string, Arrival>();
  /** By file: the info hashes that its uploaders have announced. */
  readonly #swarms = new LRUCache<string, readonly InfoHash20[]>({ max: SWARMS_KNOWN_MAX });

  constructor(store: Store, clock: Pick<Clock, 'now'>) {
    this.#store = store;
    this.#clock = clock;
  }

  async start(): Promise<void> {
    const rows = await this.#store.range({ ...intakeRange(), limit: limits.intakesMax });
    for (const [, value] of rows) {
      const intake = decodeIntake(value);
      this.#set(intake);
    }
  }

  get size(): number {
    return this.#intakes.size;
  }

  all(): readonly KnownIntake[] {
    return [...this.#intakes.values()];
  }

  /** It comes last from now on: those whose readers never seed must not stand in the way of the others. */
  tried(hash: Hash32, uploader: PublicKey32): void {
    const name = nameOf(hash, uploader);
    const intake = this.#intakes.get(name);
    if (intake === undefined) return;
    this.#intakes.delete(name);
    this.#intakes.set(name, intake);
  }

  get(hash: Hash32, uploader: PublicKey32): Intake | undefined {
    return this.#intakes.get(nameOf(hash, uploader));
  }

  async put(intake: Intake): Promise<void> {
    const { hash, uploader, outline } = intake;
    const value = encode({ hash, uploader, ...pick(outline) });
    await this.#store.write([{ type: 'put', key: intakeKey(hash, uploader), value }], { sync: true });
    this.#set(intake);
  }

  async remove(hash: Hash32, uploader: PublicKey32): Promise<void> {
    if (!this.#intakes.delete(nameOf(hash, uploader))) return;
    await this.#store.write([{ type: 'del', key: intakeKey(hash, uploader) }], { sync: true });
  }

  /** An upload begins to bring the bytes of a file; `left` ends it. @param isHere - are they in the archive? */
  arriving(hash: Hash32, isHere: boolean): void {
    const name = toHex(hash);
    const arrival = this.#arrivals.get(name) ?? { wasHere: isHere, count: 0 };
    arrival.count++;
    this.#arrivals.set(name, arrival);
  }

  /** @returns true when it was the last one, and the bytes have come with uploads only. */
  left(hash: Hash32): boolean {
    const name = toHex(hash);
    const arrival = this.#arrivals.get(name);
    assert(arrival !== undefined, 'who leaves has arrived');
    arrival.count--;
    if (arrival.count > 0) return false;
    this.#arrivals.delete(name);
    return !arrival.wasHere;
  }

  /** Does any upload that came here still need the bytes? */
  needs(hash: Hash32): boolean {
    return this.#arrivals.has(toHex(hash)) || this.all().some((intake) => equalBytes(intake.hash, hash));
  }

  /** The ledger has an upload with these info hashes. */
  announced(hash: Hash32, infoHashes: readonly InfoHash20[]): void {
    const known = this.#swarms.get(toHex(hash)) ?? [];
    this.#swarms.set(toHex(hash), [...known, ...infoHashes].slice(-limits.attestationsMax));
  }

  /** Of every pending upload of the file that was seen since the start. */
  swarmsOf(hash: Hash32): readonly InfoHash20[] {
    return this.#swarms.get(toHex(hash)) ?? [];
  }

  #set(intake: Intake): void {
    this.#intakes.set(nameOf(intake.hash, intake.uploader), { ...intake, sinceMs: this.#clock.now() });
  }
}

function nameOf(hash: Hash32, uploader: PublicKey32): string {
  return `${toHex(hash)}:${toHex(uploader)}`;
}

function pick({ name, size, pieceLength, pieces }: MetainfoV1): MetainfoV1 {
  return { name, size, pieceLength, pieces };
}

function decodeIntake(bytes: Bytes): Intake {
  const decoded = decode(bytes, bytes.length);
  assert(decoded.kind === 'accept' && hasExactly(decoded.value, KEYS), 'a stored intake decodes');
  // Written by `put` from typed values; the store checks its integrity.
  const { hash, uploader, ...outline } = decoded.value as {
    hash: Hash32;
    uploader: PublicKey32;
  } & MetainfoV1;
  return { hash, uploader, outline };
}
