/** Tokens to another key: what is signed, and sent. */
import { jsonAmount } from '../api/fields.ts';
import { type Bytes, toHex } from '../core/bytes.ts';
import { NONCE_BYTES, type Tokens } from '../core/scalars.ts';
import type { TransferOrder } from './acts.ts';
import type { CallOptions, Reply, Transport } from './transport.ts';
import type { Wallet } from './wallet.ts';

/** @property to - key of the receiver, 64 hex characters. @property expires - Unix time in seconds, at most one hour ahead. */
export type TransferOptions = CallOptions & {
  readonly to: string;
  readonly amount: Tokens;
  readonly expires?: number;
};
/** `height`: of the block that holds it; null when the ledger has had it for so long that the library does not know. */
export type Transferred = Reply<'transfer'>;
export type SentTransfer = {
  readonly order: TransferOrder;
  /** 128 hex characters. */
  readonly signature: string;
  readonly answer: Transferred;
};

export async function sendTransfer(
  ask: Transport['ask'],
  chainId: string,
  wallet: Wallet,
  { to, amount, expires, signal }: Omit<TransferOptions, 'expires'> & { readonly expires: number },
): Promise<SentTransfer> {
  const nonce: Bytes = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const order = { to, amount, nonce, expires };
  const signature = await wallet.signTransfer(chainId, order);
  const fields = { to, amount: jsonAmount(amount), nonce: toHex(nonce), expires, signed_hash: signature };
  const answer = await ask('transfer', { ...fields, public_key: wallet.publicKey }, { signal });
  return { order, signature, answer };
}
