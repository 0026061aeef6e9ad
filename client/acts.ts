/**
 * The text that a reader signs for each thing that a library does for a key. The texts: docs/ledger.md, "Signed texts". Those of
 * transactions follow from their kinds, and stand here once more: with the kinds come their rules, which no page of a reader needs.
 */
import { takeCardText } from '../api/card.ts';
import { type DeskParams, deskBody, deskText } from '../api/desk-text.ts';
import { fetchText, historyText, proofText, signedText } from '../chain/kind/texts.ts';
import { assert } from '../core/assert.ts';
import { type Bytes, hexToBytes, isBytes, toHex, utf8 } from '../core/bytes.ts';
import { sha256 } from '../core/hash.ts';
import {
  HASH_BYTES,
  NONCE_BYTES,
  PUBLIC_KEY_BYTES,
  type PublicKey32,
  type Tokens,
  type UnixSeconds,
} from '../core/scalars.ts';

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

/** Every hash and chain id is 64 hex characters. What is no hex of its length gets no text: an exception. */
export type Acts = {
  /** @param written - what else is signed of the file; without it the name is the library's word. */
  upload(chainId: string, hash: string, written?: WrittenOfFile): string;
  /** For a torrent of what this key owns or brings, or how its upload stands; at most a day ahead. */
  fetch(chainId: string, hash: string, expires: UnixSeconds): string;
  download(chainId: string, hash: string, expires?: UnixSeconds): string;
  /** To have it proved whether this key has bought the file. */
  proof(chainId: string, hash: string, expires?: UnixSeconds): string;
  /** To see what only this key may see of itself. @param expires - at most one hour ahead. */
  history(chainId: string, expires: UnixSeconds): string;
  /** To have a card lent to this key. @param expires - at most one hour ahead. */
  takeCard(chainId: string, expires: UnixSeconds): string;
  transfer(chainId: string, order: TransferOrder): string;
  /** To ask something at the desk of a library, as its librarian. */
  desk(chainId: string, order: DeskOrder): string;
};

const hexOf = (hex: string, length: number): string => toHex(hexToBytes(hex, length));
const ending = (expires?: UnixSeconds): readonly string[] => (expires === undefined ? [] : [String(expires)]);

/** @param key - of whoever signs. */
export function actsOf(key: PublicKey32): Acts {
  const publicKey = toHex(key);
  return {
    upload(chainId, hash, written) {
      const file = hexOf(hash, HASH_BYTES);
      if (written === undefined) return signedText(chainId, 'upload', file, publicKey);
      const { size, name, expires } = written;
      const said = [file, String(size), toHex(sha256(utf8(name)))];
      return signedText(chainId, 'upload', ...said, publicKey, String(expires));
    },
    fetch: (chainId, hash, expires) => fetchText(chainId, hash, publicKey, expires),
    download: (chainId, hash, expires) =>
      signedText(chainId, 'download', hexOf(hash, HASH_BYTES), publicKey, ...ending(expires)),
    proof: (chainId, hash, expires) => proofText(chainId, hash, publicKey, expires),
    history: (chainId, expires) => historyText(chainId, publicKey, expires),
    takeCard: (chainId, expires) => takeCardText(chainId, publicKey, expires),
    transfer(chainId, { to, amount, nonce, expires }) {
      assert(isBytes(nonce, NONCE_BYTES), 'a nonce has 16 bytes');
      const order = [hexOf(to, PUBLIC_KEY_BYTES), String(amount), publicKey, toHex(nonce), String(expires)];
      return signedText(chainId, 'transfer', ...order);
    },
    desk(chainId, { library, method, params, nonce, expires }) {
      hexToBytes(library, PUBLIC_KEY_BYTES);
      assert(isBytes(nonce, NONCE_BYTES), 'a nonce has 16 bytes');
      const said = { body: deskBody(method, params), key: publicKey, nonce: toHex(nonce), expires };
      return deskText({ chainId, library, ...said });
    },
  };
}
