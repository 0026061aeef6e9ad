/** Transactions of any kind, signed by whoever can: loaded when the first one is signed, for with the kinds come their rules. */
import type { Kind, TransactionOf } from '../chain/kinds.ts';
import { signerOf, textOf } from '../chain/transaction/signing.ts';
import { encodeTransaction } from '../chain/transaction/transaction.ts';
import { assert } from '../core/assert.ts';
import { type Bytes, equalBytes, hexToBytes } from '../core/bytes.ts';
import { HASH_BYTES } from '../core/scalars.ts';
import type { Signer } from '../keys/signer.ts';

type WalletKind = Exclude<Kind, 'upload'>;
/** A transaction as its kind declares it, without its signature. An upload needs the word of a library, too. */
export type Unsigned = { [K in WalletKind]: Omit<TransactionOf<K>, 'signature'> }[WalletKind];

/** @returns what a library takes as `submit`. */
export async function signTransaction(signer: Signer, chainId: string, unsigned: Unsigned): Promise<Bytes> {
  hexToBytes(chainId, HASH_BYTES);
  // `signature` is the only field that the text does not depend on.
  const blank = { ...unsigned, signature: new Uint8Array(0) } as TransactionOf<WalletKind>;
  assert(equalBytes(signerOf(blank), signer.key), 'whoever signs a transaction is named in it as its signer');
  const signature = await signer.sign(textOf(chainId, blank));
  return encodeTransaction({ ...blank, signature });
}
