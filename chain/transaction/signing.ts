/**
 * Who signs which transaction, over which text. A check is data, so that a node may verify it off its event
 * loop; `checkTransaction` does it here and now. Nothing else makes a CheckedTransaction.
 */
import { type Bytes, toHex } from '../../core/bytes.ts';
import type { Hash32, PublicKey32, Seed32, Signature64 } from '../../core/scalars.ts';
import { signingHash, signText, verifyHash } from '../../core/sign.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { sponsorTextOf, type Upload, uploadTextOf } from '../files/upload.ts';
import { type Seat, seatTextOf } from '../governance/seat.ts';
import { checkOf, type Once, type SignatureCheck, signerText } from '../kind/kind.ts';
import { declaredOf, type Kind, type Transaction, type TransactionOf } from '../kinds.ts';
import { decodeTransaction, encodeTransaction, transactionId } from './transaction.ts';

export type { SignatureCheck } from '../kind/kind.ts';

/** A transaction whose signatures hold. */
export type CheckedTransaction = {
  readonly id: Hash32;
  readonly bytes: Bytes;
  readonly transaction: Transaction;
};

/** Everything that must verify before the transaction may be called checked: its signer's, and what its kind has beside. */
export function signatureChecks(chainId: Hash32, transaction: Transaction): readonly SignatureCheck[] {
  const chain = toHex(chainId);
  const own = checkOf(signerOf(transaction), textOf(chain, transaction), transaction.signature);
  return [own, ...(declaredOf(transaction).others?.(chain, transaction) ?? [])];
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
  return declaredOf(transaction).oneByOne ? checks.map((one) => [one]) : [checks];
}

/** 32 bytes: what the signer signs. */
export function signedHash(chainId: Hash32, transaction: Transaction): Hash32 {
  return signingHash(textOf(toHex(chainId), transaction));
}

/** What the signer signs. @param chain - the chain id, 64 hex characters. */
export function textOf(chain: string, transaction: Transaction): string {
  return signerText(declaredOf(transaction), chain, transaction);
}

/**
 * By what a transaction is known that happens once: the text that its signer signed, whatever the signature; of an
 * upload the sponsor's, for the reader's word may be taken up by several members, and has no end in its short form.
 * @returns undefined for the kinds that leave in the state for ever what keeps them from happening again (docs/ledger.md).
 */
export function onceOf(chainId: Hash32, transaction: Transaction): Once | undefined {
  const { once } = declaredOf(transaction);
  if (once !== undefined) return once(toHex(chainId), transaction);
  if (!('nonce' in transaction)) return undefined;
  return { hash: signedHash(chainId, transaction), expires: transaction.expires };
}

/** Decodes and verifies. @param version - of the rules that it is read by. @returns the codes of `decodeTransaction`, or reject("signature.wrong"). */
export function checkTransaction(
  chainId: Hash32,
  bytes: Bytes,
  version: number,
): Verdict<CheckedTransaction> {
  const decoded = decodeTransaction(bytes, version);
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

/** The bytes, id and transaction together, for one that was signed here. */
export function encodeChecked(transaction: Transaction): CheckedTransaction {
  return markChecked(encodeTransaction(transaction), transaction);
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
  return { ...seat, signature: signText(seed, seatTextOf(toHex(chainId), seat)) };
}

/** The reader's half of an upload. @returns 64 bytes. */
export function signUpload(
  chainId: Hash32,
  upload: Parameters<typeof uploadTextOf>[1],
  seed: Seed32,
): Signature64 {
  return signText(seed, uploadTextOf(toHex(chainId), upload));
}

/** The member's half of an upload: over everything in it but this signature. */
export function sponsorUpload(
  chainId: Hash32,
  upload: Omit<Upload, 'sponsorSignature'>,
  seed: Seed32,
): Upload {
  return { ...upload, sponsorSignature: signText(seed, sponsorTextOf(toHex(chainId), upload)) };
}

/** The key that signs the transaction itself (not the sponsor of an upload). */
export function signerOf(transaction: Transaction): PublicKey32 {
  return Reflect.get(transaction, declaredOf(transaction).signer);
}

/** The key that the pool's fairness counts: the signer. New keys cost nothing, so a registration is its sponsor's. */
export function payerOf(transaction: Transaction): PublicKey32 {
  return signerOf(transaction);
}

/** The member that answers for it, if the kind has one. */
export function sponsorOf(transaction: Transaction): PublicKey32 | undefined {
  return 'sponsor' in transaction ? transaction.sponsor : undefined;
}
