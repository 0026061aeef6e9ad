/** What readers, libraries, billing and authorities sign in the simulation, with whichever signatures the seed has. */
import type { Action } from '../../chain/governance/action.ts';
import { seatTextOf } from '../../chain/governance/seat.ts';
import { signatureChecks } from '../../chain/transaction/signing.ts';
import type { Transaction, TransactionOf } from '../../chain/transaction/transaction.ts';
import { equalBytes, toHex, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, InfoHash20, PublicKey32 } from '../../core/scalars.ts';
import { signingHash } from '../../core/sign.ts';
import type { SeededRandom } from './random.ts';
import { keyOf, type Signatures } from './signatures.ts';

const BLANK = new Uint8Array(64);
const LIFE_SECONDS = 1_800;

export class Scribe {
  readonly #chainId: Hash32;
  readonly #signatures: Signatures;
  readonly #random: SeededRandom;
  /** Unix time, milliseconds. */
  readonly #now: () => number;

  constructor(chainId: Hash32, signatures: Signatures, random: SeededRandom, now: () => number) {
    this.#chainId = chainId;
    this.#signatures = signatures;
    this.#random = random;
    this.#now = now;
  }

  register(reader: string, sponsor: PublicKey32): Transaction {
    return this.#sign({ kind: 'register', key: keyOf(reader), sponsor, signature: BLANK }, sponsor);
  }

  upload(file: string, reader: string, sponsor: PublicKey32): Transaction {
    const upload: TransactionOf<'upload'> = {
      kind: 'upload',
      hash: fileHash(file),
      size: sizeOf(file),
      name: file,
      infoHashes: infoHashes(file),
      key: keyOf(reader),
      expires: undefined,
      signature: BLANK,
      sponsor,
      sponsorExpires: this.#inHalfAnHour(),
      sponsorSignature: BLANK,
    };
    const signed = this.#sign(upload, upload.key);
    const hash = signatureChecks(this.#chainId, signed)[1]!.hash;
    return { ...signed, sponsorSignature: this.#signatures.sign(sponsor, hash) };
  }

  attest(file: string, uploader: string, node: PublicKey32): Transaction {
    const parts = { hash: fileHash(file), size: sizeOf(file), name: file, infoHashes: infoHashes(file) };
    return this.#sign({ kind: 'attest', ...parts, uploader: keyOf(uploader), node, ...this.#once() }, node);
  }

  download(file: string, reader: string): Transaction {
    const key = keyOf(reader);
    return this.#sign(
      { kind: 'download', hash: fileHash(file), key, expires: undefined, signature: BLANK },
      key,
    );
  }

  transfer(from: string, to: string, amount: bigint): Transaction {
    const key = keyOf(from);
    return this.#sign({ kind: 'transfer', to: keyOf(to), amount, key, ...this.#once() }, key);
  }

  buy(to: string, amount: bigint): Transaction {
    const billing = keyOf('billing');
    const receipt = this.#random.bytes(32);
    return this.#sign({ kind: 'buy', amount, receipt, to: keyOf(to), billing, ...this.#once() }, billing);
  }

  sell(reader: string, amount: bigint): Transaction {
    const [key, payee] = [keyOf(reader), this.#random.bytes(32)];
    const billing = keyOf('billing');
    return this.#sign({ kind: 'sell', payee, amount, rate: '1 EUR', billing, key, ...this.#once() }, key);
  }

  /** By billing, or by the reader who takes the tokens back. */
  close(kind: 'settle' | 'release' | 'reclaim', sale: Hash32, reader: string): Transaction {
    const key = keyOf(kind === 'reclaim' ? reader : 'billing');
    if (kind === 'reclaim') return this.#sign({ kind, sale, key, ...this.#once() }, key);
    return this.#sign({ kind, sale, billing: key, ...this.#once() }, key);
  }

  propose(action: Action, proposer: PublicKey32): Transaction {
    return this.#sign({ kind: 'propose', action, proposer, ...this.#once() }, proposer);
  }

  /** With the seats of those who do not vote yet. @param keys - sorted by bytes. */
  election(
    keys: readonly PublicKey32[],
    now: { readonly sitting: readonly PublicKey32[]; readonly epoch: number },
  ): Action {
    const chain = toHex(this.#chainId);
    const expires = this.#inHalfAnHour();
    const seats = keys
      .filter((key) => !now.sitting.some((other) => equalBytes(other, key)))
      .map((key) => {
        const seat = { key, epoch: now.epoch, expires };
        return { ...seat, signature: this.#signatures.sign(key, signingHash(seatTextOf(chain, seat))) };
      });
    return { kind: 'set-authorities', keys, seats };
  }

  approve(proposal: Hash32, authority: PublicKey32): Transaction {
    return this.#sign({ kind: 'approve', proposal, authority, signature: BLANK }, authority);
  }

  #once() {
    return { nonce: this.#random.bytes(16), expires: this.#inHalfAnHour(), signature: BLANK };
  }

  #inHalfAnHour(): number {
    return Math.floor(this.#now() / 1_000) + LIFE_SECONDS;
  }

  #sign<T extends Transaction>(blank: T, signer: PublicKey32): T {
    const { hash } = signatureChecks(this.#chainId, blank)[0]!;
    return { ...blank, signature: this.#signatures.sign(signer, hash) };
  }
}

export function sizeOf(file: string): bigint {
  return BigInt(100 * file.length);
}

export function fileHash(file: string): Hash32 {
  return sha256(utf8(`file ${file}`));
}

function infoHashes(file: string): InfoHash20[] {
  return [1, 2, 3, 4].map((format) => sha256(utf8(`${format} ${file}`)).subarray(0, 20));
}
