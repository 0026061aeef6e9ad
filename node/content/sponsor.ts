/**
 * Transactions that this library signs as a member: it registers readers, sponsors uploads, and attests what it holds.
 * What it says of a file it says for half an hour. Whoever asks for the same meanwhile gets the same words, so that
 * what is tried again is not a second transaction beside the first.
 */
import { LRUCache } from 'lru-cache';
import type { Register } from '../../chain/accounts/register.ts';
import type { Attest } from '../../chain/files/attest.ts';
import { sponsoredHash, type Upload } from '../../chain/files/upload.ts';
import { signTransaction, signUpload, sponsorUpload } from '../../chain/transaction/signing.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { encode } from '../../core/codec.ts';
import type { Code } from '../../core/codes.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Random } from '../../core/ports.ts';
import {
  type Hash32,
  NONCE_BYTES,
  type PublicKey32,
  type Seed32,
  type UnixSeconds,
} from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { SignedUpload } from '../../rpc/upload-ports.ts';

type Brought = Omit<Upload, 'kind' | 'sponsor' | 'sponsorExpires' | 'sponsorSignature'>;
type Read = Omit<Attest, 'kind' | 'node' | 'nonce' | 'expires' | 'signature'>;
type Ports = {
  readonly chainId: Hash32;
  readonly seed: Seed32;
  readonly key: PublicKey32;
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Random;
};
/** A file that the library itself brings. */
type Owned = Pick<Upload, 'hash' | 'size' | 'name'>;
type Given = { readonly nonce: Bytes; readonly expires: UnixSeconds; readonly isSpent: boolean };

/** With these a word cannot be used any more, or not in its minute: the next one is a new one. */
const SPENT: ReadonlySet<Code> = new Set<Code>([
  'transaction.expired',
  'transaction.expires-too-far',
  'transaction.repeated',
  'transaction.too-many-expire',
  'attest.superseded',
]);

export class Sponsor {
  readonly #ports: Ports;
  /** What was said, in hex → how. */
  readonly #given = new LRUCache<string, Given>({ max: limits.memberWordsKeptMax });

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  get key(): PublicKey32 {
    return this.#ports.key;
  }

  register(key: PublicKey32): Register {
    const { chainId, seed } = this.#ports;
    return signTransaction<'register'>(chainId, { kind: 'register', key, sponsor: this.key }, seed);
  }

  /** As a reader signs what he brings: the library brings a file of its own. */
  bring({ hash, size, name }: Owned): SignedUpload {
    const { chainId, seed, clock } = this.#ports;
    const expires = Math.floor((clock.now() + limits.stockClaimLifeMs) / 1_000);
    const signature = signUpload(chainId, { hash, size, name, key: this.key, expires }, seed);
    return { hash, key: this.key, signature, expires, written: { size, name } };
  }

  /** Only for bytes that its key has brought here, and that this library has read in full and hashed: it attests them. */
  upload({ hash, size, name, infoHashes, key, expires, signature }: Brought): Upload {
    const { chainId, seed } = this.#ports;
    const brought = { kind: 'upload' as const, hash, size, name, infoHashes, key, expires, signature };
    const upload = { ...brought, sponsor: this.key, sponsorExpires: 0 };
    const { expires: sponsorExpires } = this.#once(nameOf(upload));
    return sponsorUpload(chainId, { ...upload, sponsorExpires }, seed);
  }

  /** Only for bytes that this library has read in full and hashed. */
  attest({ hash, size, name, uploader, infoHashes }: Read): Attest {
    const { chainId, seed } = this.#ports;
    const read = { kind: 'attest' as const, hash, size, name, uploader, infoHashes, node: this.key };
    const { nonce, expires } = this.#once(nameOf(read));
    return signTransaction<'attest'>(chainId, { ...read, nonce, expires }, seed);
  }

  /** What became of one of these: is it used up, the next of the kind is made anew. */
  heard(said: Upload | Attest, verdict: Verdict<unknown>): void {
    if (verdict.kind !== 'reject' || !SPENT.has(verdict.code)) return;
    const name = nameOf(said);
    const given = this.#given.get(name);
    if (given !== undefined) this.#given.set(name, { ...given, isSpent: true });
  }

  #once(name: string): Given {
    const { clock, random } = this.#ports;
    const now = Math.floor(clock.now() / 1_000);
    const life = limits.memberWordLifeMs / 1_000;
    const before = this.#given.get(name);
    // One from before the clock was set back would live too long.
    const isNear = before !== undefined && Math.abs(before.expires - (now + life)) <= life / 2;
    if (before !== undefined && isNear && !before.isSpent) return before;
    // Of one second there is one word of a sponsor.
    const expires = isNear ? Math.max(now + life, before.expires + 1) : now + life;
    const given = { nonce: random.bytes(NONCE_BYTES), expires, isSpent: false };
    this.#given.set(name, given);
    return given;
  }
}

type Said = Omit<Upload, 'sponsorSignature'> | Omit<Attest, 'nonce' | 'expires' | 'signature'>;

/** The same for what says the same, whenever it is said. */
function nameOf(said: Said): string {
  if (said.kind === 'upload') return toHex(sponsoredHash({ ...said, sponsorExpires: 0 }));
  const { kind, hash, size, name, uploader, infoHashes, node } = said;
  return toHex(sha256(encode({ kind, hash, size, name, uploader, infoHashes, node })));
}
