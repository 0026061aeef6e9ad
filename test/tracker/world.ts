/** The tracker's ports in memory: rights that a test writes down, a clock that a test moves, keys from a number. */
import { createHash } from 'node:crypto';
import { type Bytes, concat, equalBytes, toHex } from '../../core/bytes.ts';
import type { Code } from '../../core/codes.ts';
import type { Clock, Log, Random } from '../../core/ports.ts';
import type { Hash32, InfoHash20, PublicKey32, UnixMs } from '../../core/scalars.ts';
import { publicKeyOf, signText } from '../../core/sign.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { Metainfo } from '../../torrent/metainfo.ts';
import type { Presence, SwarmRight, Want } from '../../torrent/peers.ts';
import { PieceHasher } from '../../torrent/piece-hasher.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';
import type { Pass } from '../../tracker/pass/pass.ts';
import type { PassIssuer, Rights, TrackerNames } from '../../tracker/ports.ts';

export const CHAIN_ID: Hash32 = new Uint8Array(32).fill(0xc4);
export const NOW: UnixMs = 1_800_000_000_000;

/** A key, its secret kept inside. */
export function identity(number: number): PassIssuer {
  const seed = new Uint8Array(32).fill(number);
  return { key: publicKeyOf(seed), sign: (text) => signText(seed, text) };
}

export function fileHash(number: number): Hash32 {
  return new Uint8Array(32).fill(number);
}

export function infoHash(number: number): InfoHash20 {
  return new Uint8Array(20).fill(number);
}

/** @param by - who has issued it. */
export function passOf(subject: number, file = fileHash(3), by = 1): Pass {
  const { key } = identity(subject);
  const issuer = identity(by).key;
  const hex = { issuerHex: toHex(issuer), subjectHex: toHex(key), fileHex: toHex(file) };
  return { issuer, subject: key, file, expires: NOW / 1_000 + 3_600, ...hex };
}

/** A reader waits for the file. */
export function wantOf(file: Hash32, hash: InfoHash20, options: Partial<Want> = {}): Want {
  const at = { address: { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) }, port: 1 } as const;
  return { file, infoHash: hash, role: 'reader', complete: false, at, by: undefined, ...options };
}

/** A library that goes by addresses only. */
export const NO_NAMES: TrackerNames = { isOwn: () => false };

let readers = 0;
/** Where everybody is a reader, each with a key of his own. */
export const EVERYBODY: { readonly presence: Presence; trackers(): [] } = {
  presence: {
    roleAt: () => 'reader',
    whoAt: () => [{ key: `reader ${readers++}`, role: 'reader', by: undefined }],
    byId: () => ({ key: `reader ${readers++}`, role: 'reader', by: undefined }),
    waiting: () => [],
    takenDown: () => false,
  },
  trackers: () => [],
};

/** Holds what a ledger would. */
export class RightsInMemory implements Rights {
  readonly rights = new Map<string, SwarmRight>();
  readonly members = new Set<string>();
  /** Keys in hex. */
  readonly paid = new Set<string>();
  readonly files = new Map<string, readonly InfoHash20[]>();
  readonly gone = new Set<string>();
  readonly #self = identity(1).key;

  grant(key: PublicKey32, file: Hash32, right: SwarmRight): void {
    this.rights.set(toHex(key) + toHex(file), right);
  }

  right(key: PublicKey32, file: Hash32): SwarmRight {
    if (this.members.has(toHex(key))) return 'member';
    return this.rights.get(toHex(key) + toHex(file)) ?? 'none';
  }

  isMember(key: PublicKey32): boolean {
    return this.members.has(toHex(key));
  }

  isSelf(key: PublicKey32): boolean {
    return equalBytes(key, this.#self);
  }

  hasPaid(key: PublicKey32): boolean {
    return this.paid.has(toHex(key));
  }

  /** A test says where members are; until then they are everywhere. */
  memberAt: Rights['memberAt'] = () => true;

  infoHashes(file: Hash32): readonly InfoHash20[] {
    return this.files.get(toHex(file)) ?? [];
  }

  takenDown(file: Hash32): boolean {
    return this.gone.has(toHex(file));
  }
}

export class ManualClock implements Clock {
  time: UnixMs = NOW;
  #waiting: { due: UnixMs; run: () => void }[] = [];

  now(): UnixMs {
    return this.time;
  }

  after(delayMs: number, run: () => void): () => void {
    const entry = { due: this.time + delayMs, run };
    this.#waiting.push(entry);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== entry);
    };
  }

  move(ms: number): void {
    this.time += ms;
    const due = this.#waiting.filter((entry) => entry.due <= this.time);
    this.#waiting = this.#waiting.filter((entry) => entry.due > this.time);
    for (const { run } of due) run();
  }

  /** Whatever is due now, and what becomes due at once by it. */
  settle(): void {
    while (this.#waiting.some((entry) => entry.due <= this.time)) this.move(0);
  }

  get waiting(): number {
    return this.#waiting.length;
  }
}

/** Keeps every line, so that a test can look for what must not be there. */
export class LogInMemory implements Log {
  readonly lines: string[] = [];
  readonly debug = (message: string, data?: object) => this.#keep(message, data);
  readonly info = (message: string, data?: object) => this.#keep(message, data);
  readonly warn = (message: string, data?: object) => this.#keep(message, data);
  readonly error = (message: string, data?: object) => this.#keep(message, data);

  #keep(message: string, data?: object): void {
    const values = Object.values(data ?? {}).map((value) => (value instanceof Error ? value.stack : value));
    this.lines.push([message, ...values].join(' '));
  }
}

export class RandomInMemory implements Random {
  #next = 0;

  bytes(length: number): Bytes {
    const digest = createHash('sha512')
      .update(String(this.#next++))
      .digest();
    return new Uint8Array(digest.subarray(0, length));
  }
}

/** Of a file with these bytes, as the archive makes it. */
export function metainfoOf(bytes: Bytes, name = 'a book'): Metainfo {
  const hasher = new PieceHasher(pieceLengthOf(bytes.length));
  hasher.update(bytes);
  const { size, hash, pieceLength, pieces, layer } = hasher.finish()!;
  return { name, size, hash, pieceLength, pieces, layer };
}

/** The deterministic bytes of test/vectors/torrents.json. */
export function vectorBytes(size: number): Bytes {
  const bytes = new Uint8Array(size);
  let x = 1;
  for (let i = 0; i < size; i++) {
    x = (Math.imul(x, 1_103_515_245) + 12_345) & 0x7fffffff;
    bytes[i] = (x >> 16) & 0xff;
  }
  return bytes;
}

export function percent(bytes: Bytes): string {
  return [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');
}

export type QueryOptions = {
  left?: number | undefined;
  event?: string;
  port?: number;
  peer?: number;
  extra?: string;
};

/** An announce as clients write it. */
export function announceQuery(hash: InfoHash20, options: QueryOptions = {}): string {
  const { left = 1000, event = 'started', port = 6881, peer = 1, extra = '' } = options;
  const peerId = concat(new TextEncoder().encode('-qB4520-'), new Uint8Array(12).fill(peer));
  return `info_hash=${percent(hash)}&peer_id=${percent(peerId)}&port=${port}&uploaded=0&downloaded=0&left=${left}&compact=1&event=${event}${extra}`;
}

/** What a verdict says in one word. */
export function outcome(verdict: Verdict<unknown>): Code | 'accept' {
  return verdict.kind === 'accept' ? 'accept' : verdict.code;
}
