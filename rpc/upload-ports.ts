/** Uploads as the HTTP layer needs them: in one request, and in several (tus 1.0.0). The other doors are in rpc/ports.ts. */
import type { Address } from '../core/address.ts';
import type { Bytes } from '../core/bytes.ts';
import type { Code } from '../core/codes.ts';
import type { Hash32, PublicKey32, Signature64, Tokens, UnixMs, UnixSeconds } from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';

/**
 * Uploads: bytes of a reader on their way into the archive and onto the ledger. Nothing is on the ledger before the
 * library has read them; and what it has taken in, it puts there by itself, also after it was killed.
 */
export type Archive = {
  /**
   * Takes the stream with backpressure, hashes it, and refuses what is not the claim's hash, size and name.
   * reject("file.wrong-hash" | "file.empty" | "file.of-64-bytes" | "upload.size-mismatch" | "archive.full" |
   * "archive.busy" | "upload.too-many").
   * After a reject it need not read on: the caller drains. A stream that breaks off throws its own error, and
   * nothing stays behind.
   */
  receiveFile(bytes: AsyncIterable<Bytes>, announced: Announced): Promise<Verdict<Received>>;
  /**
   * A torrent that the reader made and seeds: its bytes are fetched from the peers of this key.
   * reject("torrent.malformed" | "torrent.wrong" | "upload.size-mismatch" | "upload.too-many").
   */
  receiveTorrent(bytes: Bytes, announced: Announced): Promise<Verdict<Received>>;
  /** How the upload of this key stands, as long as it is remembered. */
  standing(hash: Hash32, key: PublicKey32): UploadStanding | undefined;
  /** As `standing`, when the reader has signed once more: a claim that says the same and lives longer is kept instead. */
  signAgain(claim: SignedUpload): Promise<UploadStanding | undefined>;
};
/** What the reader has signed: the text `upload` (chain/kind/texts.ts). */
export type SignedUpload = {
  readonly hash: Hash32;
  readonly key: PublicKey32;
  readonly signature: Signature64;
  readonly expires: UnixSeconds | undefined;
  /** Beside the hash; with `expires`, and only then. */
  readonly written: { readonly size: Tokens; readonly name: string } | undefined;
};
export type Announced = {
  readonly claim: SignedUpload;
  /** As it will stand on the ledger; undefined: as in the torrent. */
  readonly name: string | undefined;
  /** About so many bytes will come, and not more; undefined when the sender does not say. */
  readonly sizeHint?: number | undefined;
  /** Whose share it uses, beside the key's. */
  readonly from: Address | undefined;
  /** Somebody else's page may have sent it. */
  readonly byPage?: boolean;
};
export type Received = {
  /** Goes on with it: waits, as long as a request may wait, until it is on the ledger. */
  outcome(): Promise<UploadOutcome>;
  /** The form was not whole: forgets it, unless the bytes were there before. */
  discard(): Promise<void>;
};

/**
 * `caused`: this request has put the upload on the ledger, or is about to bring one that is not there. Not so when the
 * ledger had the signature before, or another request with the same one did it at the same time.
 */
export type UploadOutcome = UploadStanding & { readonly caused: boolean };

export type UploadState =
  /** The bytes come in by a request. */
  | 'receiving'
  /** They are fetched from the reader's own peers. */
  | 'fetching'
  /** They are here, and are hashed. */
  | 'reading'
  /** They are here, and a librarian is to look at them. */
  | 'in-review'
  /** They are here; the library puts them on the ledger when it can. */
  | 'waiting'
  /** Other libraries have to attest it. */
  | 'on-ledger'
  | 'available'
  | 'refused';
export type UploadStanding = {
  readonly state: UploadState;
  readonly name: string;
  /** When the state ends by itself, or is forgotten. */
  readonly until: UnixMs;
  /** Why it was refused, or what it waits for. */
  readonly code: Code | undefined;
  /** What a librarian has said to it, when one has declined it. */
  readonly reason?: string | undefined;
};

export type Resumable = {
  /** 32 hex characters that nobody guesses: who knows them may go on with it, and end it. */
  readonly id: string;
  readonly claim: SignedUpload;
  /** Of the whole file. */
  readonly size: number;
  /** So much is here, and stays whatever kills the library. */
  readonly offset: number;
  /** When it is forgotten, unless more of it comes. */
  readonly until: UnixMs;
  /** All is here: its hash is looked at, or there is no place for it now, and the library goes on by itself. */
  readonly isRead: boolean;
  /** It was what was signed. Then it goes its way as any upload. */
  readonly isDone: boolean;
};

/** Bytes of a request. */
export type Brought = {
  readonly bytes: AsyncIterable<Bytes>;
  /** Its upload is gone on with by another request, or is over: `bytes` then ends with an error. */
  lost(): void;
};

export type Resumables = {
  /**
   * One for each file and key: that which is there, with the newer claim, or a new one. The claim is verified, and has an expiry.
   * reject("upload.too-many" | "review.full" | "upload.daily-cap" | "upload.declined" | "file.…" | "request.too-long" |
   * "archive.full"). @param pay - asked before a new one is made.
   */
  begin(announced: Announced, pay: () => Verdict): Promise<Verdict<Resumable>>;
  get(id: string): Resumable | undefined;
  /**
   * Takes bytes from `offset` on; what has come stays, whatever ends it. `outcome`: how it went on with the last of them.
   * reject("upload.gone" | "upload.wrong-offset" | "upload.locked" | "request.too-long" | "archive.full"), and with the
   * last bytes what `Archive.receiveFile` says. @throws what the bytes throw.
   */
  append(
    id: string,
    offset: number,
    brought: Brought,
  ): Promise<Verdict<{ readonly upload: Resumable; outcome?: () => Promise<UploadOutcome> }>>;
  /** Forgets it, and its bytes; what is done goes its way all the same. reject("upload.gone" | "upload.locked"). */
  end(id: string): Promise<Verdict>;
};
