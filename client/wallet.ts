/** A reader's key: makes the signatures that the library asks for, by whoever can sign with it. Takes its chance from outside. */
import type { Kind, TransactionOf } from '../chain/kinds.ts';
import { signerOf, textOf } from '../chain/transaction/signing.ts';
import { encodeTransaction } from '../chain/transaction/transaction.ts';
import { assert } from '../core/assert.ts';
import { type Bytes, equalBytes, hexToBytes, toHex } from '../core/bytes.ts';
import { HASH_BYTES, type Seed32 } from '../core/scalars.ts';
import { type Acts, actsOf } from './acts.ts';
import { type Signer, signerOfSeed } from './signer.ts';

type WalletKind = Exclude<Kind, 'upload'>;
/** A transaction as its kind declares it, without its signature. An upload needs the word of a library, too. */
export type Unsigned = { [K in WalletKind]: Omit<TransactionOf<K>, 'signature'> }[WalletKind];

/** For each act of client/acts.ts its signature, 128 hex characters. What has no text is not signed: it rejects. */
type SignsActs = {
  readonly [A in keyof Acts as `sign${Capitalize<A>}`]: (...of: Parameters<Acts[A]>) => Promise<string>;
};

export type Wallet = Signer &
  SignsActs & {
    /** Of any kind that this key signs. @returns what a library takes as `submit`. */
    signTransaction(chainId: string, unsigned: Unsigned): Promise<Bytes>;
  };

/** @param from - whoever signs; or 32 bytes from a cryptographic source of chance, or from the reader's backup. */
export function createWallet(from: Signer | Seed32): Wallet {
  const signer = from instanceof Uint8Array ? signerOfSeed(from) : from;
  const { key, publicKey } = signer;
  const acts = actsOf(key);
  const signs =
    <Of extends unknown[]>(text: (...of: Of) => string) =>
    async (...of: Of): Promise<string> =>
      toHex(await signer.sign(text(...of)));
  return {
    key,
    publicKey,
    sign: (message) => signer.sign(message),
    signUpload: signs(acts.upload),
    signFetch: signs(acts.fetch),
    signDownload: signs(acts.download),
    signProof: signs(acts.proof),
    signHistory: signs(acts.history),
    signTakeCard: signs(acts.takeCard),
    signTransfer: signs(acts.transfer),
    signDesk: signs(acts.desk),
    async signTransaction(chainId, unsigned) {
      hexToBytes(chainId, HASH_BYTES);
      // `signature` is the only field that the text does not depend on.
      const blank = { ...unsigned, signature: new Uint8Array(0) } as TransactionOf<WalletKind>;
      assert(equalBytes(signerOf(blank), key), 'whoever signs a transaction is named in it as its signer');
      const signature = await signer.sign(textOf(chainId, blank));
      return encodeTransaction({ ...blank, signature });
    },
  };
}
