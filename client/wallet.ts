/** A reader's key: makes the signatures that the library asks for, by whoever can sign with it. Takes its chance from outside. */
import { type Bytes, toHex } from '../core/bytes.ts';
import type { Seed32 } from '../core/scalars.ts';
import { type Signer, signerOfSeed } from '../keys/signer.ts';
import { type Acts, actsOf } from './acts.ts';
import type { Unsigned } from './transaction.ts';

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
      const { signTransaction } = await import('./transaction.ts');
      return signTransaction(signer, chainId, unsigned);
    },
  };
}
