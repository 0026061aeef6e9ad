/** Transactions that this library signs as a member: it registers readers, sponsors uploads, and attests what it holds. */
import { signTransaction, sponsorUpload } from '../chain/signing.ts';
import type { Attest, Register, Upload } from '../chain/transaction.ts';
import type { Hash32, PublicKey32, Seed32 } from '../core/scalars.ts';

type Brought = Omit<Upload, 'kind' | 'sponsor' | 'sponsorSignature'>;
type Read = Omit<Attest, 'kind' | 'node' | 'signature'>;

export class Sponsor {
  readonly #chainId: Hash32;
  readonly #seed: Seed32;
  readonly key: PublicKey32;

  constructor(chainId: Hash32, seed: Seed32, key: PublicKey32) {
    this.#chainId = chainId;
    this.#seed = seed;
    this.key = key;
  }

  register(key: PublicKey32): Register {
    return signTransaction<'register'>(
      this.#chainId,
      { kind: 'register', key, sponsor: this.key },
      this.#seed,
    );
  }

  /** Only for bytes that its key has brought here, and that this library has read in full and hashed: it attests them. */
  upload({ hash, size, name, infoHashes, key, expires, signature }: Brought): Upload {
    const upload = { kind: 'upload' as const, hash, size, name, infoHashes, key, expires, signature };
    return sponsorUpload(this.#chainId, { ...upload, sponsor: this.key }, this.#seed);
  }

  /** Only for bytes that this library has read in full and hashed. */
  attest(read: Read): Attest {
    return signTransaction<'attest'>(this.#chainId, { kind: 'attest', ...read, node: this.key }, this.#seed);
  }
}
