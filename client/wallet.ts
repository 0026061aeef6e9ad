/**
 * A reader's key: makes the signatures that the library asks for. The seed never leaves the wallet, and the wallet
 * takes its chance from outside. The texts: docs/ledger.md, "Signed texts".
 */
import { takeCardText } from '../api/card.ts';
import { type DeskParams, deskBody, deskText } from '../api/desk-text.ts';
import { download } from '../chain/files/download.ts';
import { uploadTextOf } from '../chain/files/upload.ts';
import { signerText } from '../chain/kind/kind.ts';
import { fetchText, historyText, proofText } from '../chain/kind/texts.ts';
import type { Kind, TransactionOf } from '../chain/kinds.ts';
import { transfer } from '../chain/money/transfer.ts';
import { signerOf, signTransaction } from '../chain/transaction/signing.ts';
import { encodeTransaction } from '../chain/transaction/transaction.ts';
import { assert } from '../core/assert.ts';
import { type Bytes, equalBytes, hexToBytes, isBytes, toHex } from '../core/bytes.ts';
import {
  HASH_BYTES,
  NONCE_BYTES,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  SEED_BYTES,
  type Seed32,
  type Tokens,
  type UnixSeconds,
} from '../core/scalars.ts';
import { publicKeyOf, signText } from '../core/sign.ts';

export type TransferOrder = {
  /** Key of the receiver, 64 hex characters. */
  readonly to: string;
  readonly amount: Tokens;
  /** 16 random bytes. */
  readonly nonce: Bytes;
  /** At most one hour ahead. */
  readonly expires: UnixSeconds;
};

/** What a librarian asks at the desk. */
export type DeskOrder = {
  /** The key of the library that is asked, 64 hex characters: no other takes it. */
  readonly library: string;
  /** Of JSON-RPC, for example desk_v1_review_list. */
  readonly method: string;
  /** The fields as they are sent, without those of the signature. */
  readonly params: DeskParams;
  /** 16 random bytes, drawn anew for each. */
  readonly nonce: Bytes;
  /** At most one hour ahead. */
  readonly expires: UnixSeconds;
};

/** What a reader writes of a file beside its hash. `expires`: at most 31 days ahead. */
export type WrittenOfFile = { readonly size: Tokens; readonly name: string; readonly expires: UnixSeconds };

type WalletKind = Exclude<Kind, 'upload'>;
/** A transaction as its kind declares it, without its signature. An upload needs the word of a library, too. */
export type Unsigned = { [K in WalletKind]: Omit<TransactionOf<K>, 'signature'> }[WalletKind];

/** Every signature is 128 hex characters; every hash and chain id 64. What is no hex of its length is not signed: an exception. */
export type Wallet = {
  readonly key: PublicKey32;
  /** 64 hex characters: what the library knows of a reader. */
  readonly publicKey: string;
  /** @param written - what else is signed of the file; without it the name is the library's word. */
  signUpload(chainId: string, hash: string, written?: WrittenOfFile): string;
  /** For a torrent of what this key owns or brings, or how its upload stands; at most a day ahead. */
  signFetch(chainId: string, hash: string, expires: UnixSeconds): string;
  signDownload(chainId: string, hash: string, expires?: UnixSeconds): string;
  /** To have it proved whether this key has bought the file. */
  signProof(chainId: string, hash: string, expires?: UnixSeconds): string;
  /** To see what only this key may see of itself. @param expires - at most one hour ahead. */
  signHistory(chainId: string, expires: UnixSeconds): string;
  /** To have a card lent to this key. @param expires - at most one hour ahead. */
  signTakeCard(chainId: string, expires: UnixSeconds): string;
  signTransfer(chainId: string, order: TransferOrder): string;
  /** To ask something at the desk of a library, as its librarian. */
  signDesk(chainId: string, order: DeskOrder): string;
  /** Of any kind that this key signs. @returns what a library takes as `submit`. */
  signTransaction(chainId: string, unsigned: Unsigned): Bytes;
};

/** @param seed - 32 bytes from a cryptographic source of chance, or from the reader's backup. */
export function createWallet(seed: Seed32): Wallet {
  assert(isBytes(seed, SEED_BYTES), 'a seed has 32 bytes');
  const secret = seed.slice();
  const key = publicKeyOf(secret);
  const publicKey = toHex(key);
  const sign = (text: string): string => toHex(signText(secret, text));
  return {
    key,
    publicKey,
    signUpload(chainId, hash, written) {
      const said = written ?? { size: 0n, name: '', expires: undefined };
      return sign(uploadTextOf(chainId, { ...said, hash: hexToBytes(hash, HASH_BYTES), key }));
    },
    signFetch: (chainId, hash, expires) => sign(fetchText(chainId, hash, publicKey, expires)),
    signDownload: (chainId, hash, expires) =>
      sign(signerText(download, chainId, { hash: hexToBytes(hash, HASH_BYTES), key, expires })),
    signProof: (chainId, hash, expires) => sign(proofText(chainId, hash, publicKey, expires)),
    signHistory: (chainId, expires) => sign(historyText(chainId, publicKey, expires)),
    signTakeCard: (chainId, expires) => sign(takeCardText(chainId, publicKey, expires)),
    signTransfer(chainId, { to, amount, nonce, expires }) {
      assert(isBytes(nonce, NONCE_BYTES), 'a nonce has 16 bytes');
      const order = { to: hexToBytes(to, PUBLIC_KEY_BYTES), amount, key, nonce, expires };
      return sign(signerText(transfer, chainId, order));
    },
    signDesk(chainId, { library, method, params, nonce, expires }) {
      hexToBytes(library, PUBLIC_KEY_BYTES);
      assert(isBytes(nonce, NONCE_BYTES), 'a nonce has 16 bytes');
      const said = { body: deskBody(method, params), key: publicKey, nonce: toHex(nonce), expires };
      return sign(deskText({ chainId, library, ...said }));
    },
    signTransaction(chainId, unsigned) {
      const signed = signTransaction<WalletKind>(hexToBytes(chainId, HASH_BYTES), unsigned, secret);
      assert(equalBytes(signerOf(signed), key), 'whoever signs a transaction is named in it as its signer');
      return encodeTransaction(signed);
    },
  };
}
