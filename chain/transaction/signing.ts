/**
 * Who signs which transaction, over which text. A check is data, so that a node may verify it off its event
 * loop; `checkTransaction` does it here and now. Nothing else makes a CheckedTransaction.
 */
import { unreachable } from '../../core/assert.ts';
import { type Bytes, toHex, utf8 } from '../../core/bytes.ts';
import { encode } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import type { Hash32, PublicKey32, Seed32, Signature64, UnixSeconds } from '../../core/scalars.ts';
import { signingHash, signText, verifyHash } from '../../core/sign.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import type { Action } from '../governance/action.ts';
import type { Seat } from '../governance/seat.ts';
import * as texts from '../kind/texts.ts';
import {
  decodeTransaction,
  encodeTransaction,
  type Kind,
  sponsoredHash,
  type Transaction,
  type TransactionOf,
  transactionId,
  type Upload,
} from './transaction.ts';

export type SignatureCheck = {
  readonly publicKey: PublicKey32;
  /** 32 bytes: what was signed. */
  readonly hash: Hash32;
  readonly signature: Signature64;
};

/** A transaction whose signatures hold. */
export type CheckedTransaction = {
  readonly id: Hash32;
  readonly bytes: Bytes;
  readonly transaction: Transaction;
};

/**
 * Everything that must verify before the transaction may be called checked: one check, the signer's; for an upload the
 * sponsor's as well; for an election one for each seat.
 */
export function signatureChecks(chainId: Hash32, transaction: Transaction): readonly SignatureCheck[] {
  const chain = toHex(chainId);
  const { signature } = transaction;
  const own = { publicKey: signerOf(transaction), hash: signedHash(chainId, transaction), signature };
  if (transaction.kind === 'propose') return [own, ...seatChecks(chain, transaction.action)];
  if (transaction.kind !== 'upload') return [own];
  const sponsor = {
    publicKey: transaction.sponsor,
    hash: sponsorHash(chain, transaction),
    signature: transaction.sponsorSignature,
  };
  return [own, sponsor];
}

/**
 * `signatureChecks` in the parts in which they are worth looking at, each only when the one before it holds: an
 * election has up to thirty-one, and must not cost a node more at a time than anything else that a stranger sends.
 */
export function signatureParts(
  chainId: Hash32,
  transaction: Transaction,
): readonly (readonly SignatureCheck[])[] {
  const checks = signatureChecks(chainId, transaction);
  return transaction.kind === 'propose' ? checks.map((one) => [one]) : [checks];
}

function seatChecks(chain: string, action: Action): readonly SignatureCheck[] {
  if (action.kind !== 'set-authorities') return [];
  return action.seats.map(({ key, epoch, expires, signature }) => {
    return {
      publicKey: key,
      hash: signingHash(texts.seatText(chain, toHex(key), epoch, expires)),
      signature,
    };
  });
}

/** What the signer signed, the same whatever the signature. @returns 32 bytes. */
export function signedHash(chainId: Hash32, transaction: Transaction): Hash32 {
  return signingHash(textOf(toHex(chainId), transaction));
}

/** What the sponsor of an upload signed. @param chain - the chain id, 64 hex characters. */
function sponsorHash(chain: string, upload: Upload): Hash32 {
  return signingHash(texts.sponsorText(chain, toHex(sponsoredHash(upload))));
}

/** A signed text that is remembered until it has expired. */
export type Once = { readonly hash: Hash32; readonly expires: UnixSeconds };

/**
 * By what a transaction is known that happens once: the text that its signer signed, whatever the signature; of an
 * upload the sponsor's, for the reader's word may be taken up by several members, and has no end in its short form.
 * @returns undefined for the kinds that leave in the state for ever what keeps them from happening again (docs/ledger.md).
 */
export function onceOf(chainId: Hash32, transaction: Transaction): Once | undefined {
  switch (transaction.kind) {
    case 'register':
    case 'download':
    case 'approve':
      return undefined;
    case 'upload':
      return { hash: sponsorHash(toHex(chainId), transaction), expires: transaction.sponsorExpires };
    default:
      return { hash: signedHash(chainId, transaction), expires: transaction.expires };
  }
}

/** Decodes and verifies. @returns the codes of `decodeTransaction`, or reject("signature.wrong"). */
export function checkTransaction(chainId: Hash32, bytes: Bytes): Verdict<CheckedTransaction> {
  const decoded = decodeTransaction(bytes);
  if (decoded.kind !== 'accept') return decoded;
  for (const { publicKey, hash, signature } of signatureChecks(chainId, decoded.value)) {
    if (!verifyHash(publicKey, hash, signature)) return reject('signature.wrong');
  }
  return accept(markChecked(bytes, decoded.value));
}

/** For the caller that has verified every one of `signatureChecks` itself. @param bytes - what was decoded to `transaction`. */
export function markChecked(bytes: Bytes, transaction: Transaction): CheckedTransaction {
  return { id: transactionId(bytes), bytes, transaction };
}

/** Signs with the key of whoever `signerOf` names; encodes; calls it checked, since we signed it ourselves. */
export function signTransaction<K extends Exclude<Kind, 'upload'>>(
  chainId: Hash32,
  unsigned: Omit<TransactionOf<K>, 'signature'>,
  seed: Seed32,
): TransactionOf<K> {
  // `signature` is the only field that the text does not depend on.
  const blank = { ...unsigned, signature: new Uint8Array(0) } as unknown as TransactionOf<K>;
  return { ...blank, signature: signText(seed, textOf(toHex(chainId), blank)) };
}

/** "I hold this key and shall vote." */
export function signSeat(chainId: Hash32, seat: Omit<Seat, 'signature'>, seed: Seed32): Seat {
  const text = texts.seatText(toHex(chainId), toHex(seat.key), seat.epoch, seat.expires);
  return { ...seat, signature: signText(seed, text) };
}

/** The reader's half of an upload. @returns 64 bytes. */
export function signUpload(chainId: Hash32, upload: SignedUpload, seed: Seed32): Signature64 {
  return signText(seed, uploadTextOf(toHex(chainId), upload));
}

type SignedUpload = Pick<Upload, 'hash' | 'size' | 'name' | 'key' | 'expires'>;

/** Size and name stand in it only when it has an expiry. @param chain - the chain id, 64 hex characters. */
export function uploadTextOf(chain: string, { hash, size, name, key, expires }: SignedUpload): string {
  const signed = expires === undefined ? undefined : { size, nameHash: toHex(sha256(utf8(name))), expires };
  return texts.uploadText(chain, toHex(hash), toHex(key), signed);
}

function attestedTextOf({ size, name, uploader, infoHashes }: TransactionOf<'attest'>): texts.AttestedText {
  const nameHash = toHex(sha256(utf8(name)));
  return { size, nameHash, uploader: toHex(uploader), infoHashes: infoHashes.map(toHex) };
}

/** The member's half of an upload: over everything in it but this signature. */
export function sponsorUpload(
  chainId: Hash32,
  upload: Omit<Upload, 'sponsorSignature'>,
  seed: Seed32,
): Upload {
  const text = texts.sponsorText(toHex(chainId), toHex(sponsoredHash(upload)));
  return { ...upload, sponsorSignature: signText(seed, text) };
}

/** The bytes, id and transaction together, for one that was signed here. */
export function encodeChecked(transaction: Transaction): CheckedTransaction {
  return markChecked(encodeTransaction(transaction), transaction);
}

/** The key that signs the transaction itself (not the sponsor of an upload). */
export function signerOf(transaction: Transaction): PublicKey32 {
  switch (transaction.kind) {
    case 'register':
      return transaction.sponsor;
    case 'attest':
      return transaction.node;
    case 'buy':
    case 'settle':
    case 'release':
      return transaction.billing;
    case 'propose':
      return transaction.proposer;
    case 'approve':
      return transaction.authority;
    case 'upload':
    case 'download':
    case 'transfer':
    case 'sell':
    case 'reclaim':
      return transaction.key;
    default:
      return unreachable(transaction);
  }
}

/** The key that the pool's fairness counts: the signer. New keys cost nothing, so a registration is its sponsor's. */
export function payerOf(transaction: Transaction): PublicKey32 {
  return signerOf(transaction);
}

/** The member that answers for it, if the kind has one. */
export function sponsorOf(transaction: Transaction): PublicKey32 | undefined {
  return transaction.kind === 'register' || transaction.kind === 'upload' ? transaction.sponsor : undefined;
}

/** What the signer signs. @param chain - the chain id, 64 hex characters. */
export function textOf(chain: string, tx: Transaction): string {
  switch (tx.kind) {
    case 'register':
      return texts.registerText(chain, toHex(tx.key), toHex(tx.sponsor));
    case 'upload':
      return uploadTextOf(chain, tx);
    case 'attest':
      return texts.attestText(chain, toHex(tx.hash), attestedTextOf(tx), toHex(tx.node), onceTextOf(tx));
    case 'download':
      return texts.downloadText(chain, toHex(tx.hash), toHex(tx.key), tx.expires);
    case 'transfer':
      return texts.transferText(chain, toHex(tx.to), tx.amount, toHex(tx.key), onceTextOf(tx));
    case 'buy':
      return texts.buyText(
        chain,
        toHex(tx.to),
        tx.amount,
        toHex(tx.receipt),
        toHex(tx.billing),
        onceTextOf(tx),
      );
    case 'sell':
      return texts.sellText(
        chain,
        toHex(tx.payee),
        tx.amount,
        tx.rate,
        toHex(tx.billing),
        toHex(tx.key),
        onceTextOf(tx),
      );
    case 'settle':
    case 'release':
      return texts.saleText(chain, tx.kind, toHex(tx.sale), toHex(tx.billing), onceTextOf(tx));
    case 'reclaim':
      return texts.saleText(chain, tx.kind, toHex(tx.sale), toHex(tx.key), onceTextOf(tx));
    case 'propose':
      return texts.proposeText(chain, toHex(sha256(encode(tx.action))), toHex(tx.proposer), onceTextOf(tx));
    case 'approve':
      return texts.approveText(chain, toHex(tx.proposal), toHex(tx.authority));
    default:
      return unreachable(tx);
  }
}

function onceTextOf(tx: { readonly nonce: Bytes; readonly expires: number }): {
  nonce: string;
  expires: number;
} {
  return { nonce: toHex(tx.nonce), expires: tx.expires };
}
