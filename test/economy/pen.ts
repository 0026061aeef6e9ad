/** Writes the transactions of agents on a ledger, without signatures: no rule looks at them. Agents go by names. */
import type { Action } from '../../chain/governance/action.ts';
import type { TransactionOf } from '../../chain/transaction/transaction.ts';
import { type Bytes, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32 } from '../../core/scalars.ts';
import { hashOf, infoHashesOf, keyOf } from '../chain/world.ts';
import type { Ledger } from './ledger.ts';

const NO_SIGNATURE = new Uint8Array(64);

/** What a library lends. @see docs/ledger.md */
export type Terms = { readonly allowance: number; readonly ceiling: number; readonly until: number };

export class Pen {
  readonly #ledger: Ledger;
  #written = 0;

  constructor(ledger: Ledger) {
    this.#ledger = ledger;
  }

  register(key: string, sponsor: string): TransactionOf<'register'> {
    // The salt of an account follows from the signature: each has its own.
    const signature = new Uint8Array(64);
    signature.set(keyOf(key));
    return { kind: 'register', key: keyOf(key), sponsor: keyOf(sponsor), signature };
  }

  card(key: string, sponsor: string, { allowance, ceiling, until }: Terms): TransactionOf<'card'> {
    const terms = { allowance: BigInt(allowance), ceiling: BigInt(ceiling), until };
    return { kind: 'card', key: keyOf(key), ...terms, sponsor: keyOf(sponsor), ...this.#once() };
  }

  upload(file: string, size: number, key: string, sponsor: string): TransactionOf<'upload'> {
    const { expires } = this.#once();
    return {
      kind: 'upload',
      ...saidOf(file, size),
      key: keyOf(key),
      expires: undefined,
      signature: NO_SIGNATURE,
      sponsor: keyOf(sponsor),
      sponsorExpires: expires,
      sponsorSignature: signatureOf(file, sponsor, expires),
    };
  }

  attest(file: string, size: number, uploader: string, node: string): TransactionOf<'attest'> {
    const parties = { uploader: keyOf(uploader), node: keyOf(node) };
    return { kind: 'attest', ...saidOf(file, size), ...parties, ...this.#once() };
  }

  download(file: string, key: string): TransactionOf<'download'> {
    return {
      kind: 'download',
      hash: hashOf(file),
      key: keyOf(key),
      expires: undefined,
      signature: NO_SIGNATURE,
    };
  }

  transfer(to: string, amount: number, key: string): TransactionOf<'transfer'> {
    return { kind: 'transfer', to: keyOf(to), amount: BigInt(amount), key: keyOf(key), ...this.#once() };
  }

  buy(to: string, amount: number, billing: string): TransactionOf<'buy'> {
    const parties = { to: keyOf(to), billing: keyOf(billing) };
    const once = this.#once();
    return { kind: 'buy', amount: BigInt(amount), receipt: sha256(once.nonce), ...parties, ...once };
  }

  sell(amount: number, key: string, billing: string): TransactionOf<'sell'> {
    const parties = { payee: hashOf('payee'), billing: keyOf(billing), key: keyOf(key) };
    return { kind: 'sell', amount: BigInt(amount), rate: '1 EUR', ...parties, ...this.#once() };
  }

  settle(sale: Hash32, billing: string): TransactionOf<'settle'> {
    return { kind: 'settle', sale, billing: keyOf(billing), ...this.#once() };
  }

  release(sale: Hash32, billing: string): TransactionOf<'release'> {
    return { kind: 'release', sale, billing: keyOf(billing), ...this.#once() };
  }

  propose(action: Action, proposer: string): TransactionOf<'propose'> {
    return { kind: 'propose', action, proposer: keyOf(proposer), ...this.#once() };
  }

  #once(): { nonce: Bytes; expires: number; signature: Bytes } {
    const nonce = sha256(utf8(`nonce ${this.#written++}`)).subarray(0, 16);
    return { nonce, expires: Math.floor(this.#ledger.time / 1_000) + 600, signature: NO_SIGNATURE };
  }
}

function saidOf(file: string, size: number) {
  return { hash: hashOf(file), size: BigInt(size), name: file, infoHashes: infoHashesOf(file) };
}

/** Of no key; another one for each upload, as the salts that follow from it must be. */
function signatureOf(file: string, sponsor: string, expires: number): Bytes {
  const signature = new Uint8Array(64);
  signature.set(sha256(utf8(`${file} ${sponsor} ${expires}`)));
  return signature;
}
