/**
 * Uploads that are announced but not available: which info hashes their swarms have, and, for those that this
 * library has to fetch from their reader, the outline of the torrent. The latter survives a restart.
 */
import { assert } from '../core/assert.ts';
import { type Bytes, toHex } from '../core/bytes.ts';
import { decode, encode, hasExactly } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import type { Store } from '../core/ports.ts';
import type { Hash32, InfoHash20, PublicKey32 } from '../core/scalars.ts';
import { intakeKey, intakeRange } from '../store/keyspaces.ts';
import type { MetainfoV1 } from '../tracker/metainfo.ts';
import { Lru } from './lru.ts';

export type Intake = { readonly hash: Hash32; readonly uploader: PublicKey32; readonly outline: MetainfoV1 };

const SWARMS_KNOWN_MAX = 10_000;
const KEYS = ['hash', 'uploader', 'name', 'size', 'pieceLength', 'pieces'] as const;

export class Intakes {
  readonly #store: Store;
  readonly #intakes = new Map<string, Intake>();
  /** By file: the info hashes that its uploaders have announced. */
  readonly #swarms = new Lru<readonly InfoHash20[]>(SWARMS_KNOWN_MAX);

  constructor(store: Store) {
    this.#store = store;
  }

  async start(): Promise<void> {
    const rows = await this.#store.range({ ...intakeRange(), limit: limits.intakesMax });
    for (const [, value] of rows) {
      const intake = decodeIntake(value);
      this.#intakes.set(nameOf(intake.hash, intake.uploader), intake);
    }
  }

  get size(): number {
    return this.#intakes.size;
  }

  all(): readonly Intake[] {
    return [...this.#intakes.values()];
  }

  get(hash: Hash32, uploader: PublicKey32): Intake | undefined {
    return this.#intakes.get(nameOf(hash, uploader));
  }

  async put(intake: Intake): Promise<void> {
    const { hash, uploader, outline } = intake;
    const value = encode({ hash, uploader, ...pick(outline) });
    await this.#store.write([{ type: 'put', key: intakeKey(hash, uploader), value }], { sync: true });
    this.#intakes.set(nameOf(hash, uploader), intake);
  }

  async remove(hash: Hash32, uploader: PublicKey32): Promise<void> {
    if (!this.#intakes.delete(nameOf(hash, uploader))) return;
    await this.#store.write([{ type: 'del', key: intakeKey(hash, uploader) }], { sync: true });
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
