/** upload, attest, download, as docs/ledger.md has them: what each holds, what is signed of it, and its rule. */
import { hasRoom } from './ledger-accounts.ts';
import { cardInForce, min } from './ledger-cards.ts';
import { digestOf, sha256 } from './ledger-encoding.ts';
import { isFileName } from './ledger-names.ts';
import { type Block, count, type File, type Pending, type State, TOKENS_MAX } from './ledger-state.ts';
import { ACCEPT, ignore, type Once, reject, type Verdict } from './ledger-types.ts';

export type Upload = {
  readonly kind: 'upload';
  readonly hash: string;
  readonly size: bigint;
  readonly name: string;
  readonly infoHashes: readonly string[];
  readonly key: string;
  readonly expires: number | undefined;
  readonly signature: string;
  readonly sponsor: string;
  readonly sponsorExpires: number;
  readonly sponsorSignature: string;
};
export type Attest = Once & {
  readonly kind: 'attest';
  readonly hash: string;
  readonly size: bigint;
  readonly name: string;
  readonly uploader: string;
  readonly infoHashes: readonly string[];
  readonly node: string;
};
export type Download = {
  readonly kind: 'download';
  readonly hash: string;
  readonly key: string;
  readonly expires: number | undefined;
  readonly signature: string;
};

export const FILES = {
  upload: {
    words: ({ hash, size, name, key, expires }: Upload) =>
      expires === undefined ? [hash, key] : [hash, size, sha256(name), key, expires],
    judge: upload,
  },
  attest: {
    words: ({ hash, size, name, uploader, infoHashes, node, nonce, expires }: Attest) => [
      hash,
      size,
      sha256(name),
      uploader,
      ...infoHashes,
      node,
      nonce,
      expires,
    ],
    judge: attest,
  },
  download: {
    words: ({ hash, key, expires }: Download) => [hash, key, ...(expires === undefined ? [] : [expires])],
    judge: download,
  },
};

function upload(state: State, tx: Upload, block: Block): Verdict {
  const { hash, size, name, key, sponsor } = tx;
  // 1
  if (!isFileName(name)) return reject('file.wrong-name');
  if (size === 0n) return reject('file.empty');
  if (size === 64n) return reject('file.of-64-bytes');
  if (size > BigInt(state.parameters.fileBytesMax)) return reject('file.wrong-size');
  // 2
  if (!state.members.has(sponsor)) return reject('member.unknown');
  const stock = isStock(tx);
  if (state.members.has(key) && !stock) return reject('upload.stock-of-another');
  if (!state.accounts.has(key) && !stock) return reject('reader.unknown');
  if (state.takenDown.has(hash)) return reject('file.taken-down');
  // 3
  const file = state.files.get(hash);
  if (file !== undefined && file.size !== size) return reject('upload.size-mismatch');
  if (file !== undefined) return ignore('upload.already-known');
  // 4
  const pending = state.pending.get(hash) ?? new Map<string, Pending>();
  const known = pending.get(digestOf(key, tx));
  const word = { hash, node: sponsor, expires: tx.sponsorExpires };
  if (known !== undefined) return attestPending(state, known, word, block);
  // 5
  if ([...pending.values()].some((other) => other.sponsor === sponsor)) {
    return reject('upload.already-sponsored');
  }
  // 6
  const { uploadBytesPerKeyPerDay: keyCap, uploadBytesPerNodePerDay: nodeCap } = state.parameters;
  const keyBytes = count(state, `bytes of key ${key}`) + size;
  const nodeBytes = count(state, `bytes of node ${sponsor}`) + size;
  const isOver = (keyCap > 0 && keyBytes > BigInt(keyCap)) || (nodeCap > 0 && nodeBytes > BigInt(nodeCap));
  if (isOver && !stock) return reject('upload.daily-cap');
  // 7
  const { infoHashes } = tx;
  const made = {
    key,
    size,
    name,
    infoHashes,
    sponsor,
    time: block.time,
    nameSigned: tx.expires !== undefined,
  };
  const verdict = attestPending(state, made, word, block);
  if (verdict.kind !== 'accept') return verdict;
  if (keyCap > 0 && !stock) state.counters.set(`bytes of key ${key}`, keyBytes);
  if (nodeCap > 0 && !stock) state.counters.set(`bytes of node ${sponsor}`, nodeBytes);
  return verdict;
}

/** Does a library bring what it owns? Whoever sponsors has been found to be a member. */
function isStock({ key, sponsor }: { readonly key: string; readonly sponsor: string }): boolean {
  return key === sponsor;
}

function attest(state: State, tx: Attest, block: Block): Verdict {
  const { hash, uploader, node, expires } = tx;
  if (!state.members.has(node)) return reject('member.unknown');
  const known = state.pending.get(hash)?.get(digestOf(uploader, tx));
  if (known === undefined && !state.files.has(hash)) return reject('upload.unknown');
  if (state.takenDown.has(hash)) return reject('file.taken-down');
  if (known === undefined) return ignore('attest.already-known'); // it is available
  return attestPending(state, known, { hash, node, expires }, block);
}

type Word = { readonly hash: string; readonly node: string; readonly expires: number };

/** @param upload - is pending, or is from now on when this happens. */
function attestPending(state: State, upload: Pending, { hash, node, expires }: Word, block: Block): Verdict {
  const { key, size, name, infoHashes, nameSigned, sponsor } = upload;
  // A node has one attestation of a file: this one takes the place of the one before, unless that was given later.
  const before = state.attestations.get(hash)?.get(node);
  if (before !== undefined && before.expires > expires) return reject('attest.superseded');
  const digest = digestOf(key, upload);
  const said = before?.digest === digest ? before : { digest, sponsor, expires };
  const attestations = new Map(state.attestations.get(hash)).set(node, said);
  const alike = [...attestations].filter(([, other]) => other.digest === digest);
  const enough = alike.filter(([other]) => state.members.has(other)).length >= state.parameters.attestations;
  if (!enough && before?.digest === digest) return ignore('attest.already-known');
  if (!enough) {
    state.attestations.set(hash, attestations);
    state.pending.set(hash, new Map(state.pending.get(hash)).set(digest, upload));
    return ACCEPT;
  }
  const file = { size, name, infoHashes, uploader: key, nameSigned, height: block.height };
  if (isStock(upload)) {
    state.files.set(hash, { ...file, stock: true, minted: 0n, mayYet: 0n });
  } else {
    const account = state.accounts.get(key)!;
    const atOnce = permille(size, 1_000 - state.parameters.vestingPermille);
    if (!hasRoom(account, atOnce)) return reject('amount.too-much');
    if (state.supply.minted + atOnce > TOKENS_MAX) return reject('amount.too-much');
    if (account.uploaded + size > TOKENS_MAX) return reject('amount.too-much');
    state.files.set(hash, { ...file, stock: false, minted: atOnce, mayYet: size - atOnce });
    account.tokens += atOnce;
    account.uploaded += size;
    account.pending += size - atOnce;
    state.supply.minted += atOnce;
  }
  state.pending.delete(hash);
  state.attestations.set(hash, new Map(alike));
  return ACCEPT;
}

function download(state: State, { hash, key }: Download): Verdict {
  const reader = state.accounts.get(key);
  if (reader === undefined) return reject('reader.unknown');
  const file = state.files.get(hash);
  const taken = state.takenDown.has(hash);
  if (file === undefined && !state.pending.has(hash) && !taken) return reject('file.unknown');
  if (taken) return reject('file.taken-down');
  if (file === undefined) return reject('file.not-available');
  const purchase = `${hash} ${key}`;
  if (file.uploader === key || state.purchases.has(purchase)) return ignore('download.already-owned');
  const card = cardInForce(state, key);
  const byCard = min(file.size, card === undefined ? 0n : card.credit);
  const paid = file.size - byCard;
  if (reader.tokens < paid) return reject('download.not-enough-tokens');
  reader.tokens -= paid;
  reader.downloaded = min(TOKENS_MAX, reader.downloaded + file.size);
  state.supply.burned += paid;
  if (card !== undefined) card.credit -= byCard;
  state.supply.onCard = min(TOKENS_MAX, state.supply.onCard + byCard);
  state.purchases.add(purchase);
  mint(state, file, paid, byCard);
  return ACCEPT;
}

/** A file mints because somebody has bought it. */
function mint(state: State, file: File, paid: bigint, byCard: bigint): void {
  const { releasePermille, cardReleasePermille } = state.parameters;
  const least = paid === 0n ? 0n : 1n;
  const forTokens = permille(paid, releasePermille);
  const released = (forTokens > least ? forTokens : least) + permille(byCard, cardReleasePermille);
  const more = min(file.mayYet, released);
  if (more === 0n) return; // of stock, always: its uploader may have no account
  const uploader = state.accounts.get(file.uploader)!;
  if (!hasRoom(uploader, more) || state.supply.minted + more > TOKENS_MAX) return;
  uploader.tokens += more;
  uploader.pending -= more;
  state.supply.minted += more;
  file.minted += more;
  file.mayYet -= more;
}

/** So many thousandths, rounded down. */
function permille(amount: bigint, thousandths: number): bigint {
  return (amount * BigInt(thousandths)) / 1_000n;
}
