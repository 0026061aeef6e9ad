/**
 * What the HTTP layer needs of a node, and nothing more: node/compose.ts hands these doors to createRpcServer.
 * rpc never sees a mempool, a socket of a peer or a disk. Source: architecture.md, "A purchase".
 */

import type { CheckedTransaction, SignatureCheck } from '../chain/signing.ts';
import type { StateView } from '../chain/state.ts';
import type { Transaction } from '../chain/transaction.ts';
import type { Bytes } from '../core/bytes.ts';
import type { Clock, Log } from '../core/ports.ts';
import type {
  Hash32,
  Height,
  InfoHash20,
  PublicKey32,
  Signature64,
  Tokens,
  UnixMs,
  UnixSeconds,
} from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';

export type RpcPorts = {
  readonly ledger: Ledger;
  readonly sponsor: Sponsor;
  readonly signatures: Signatures;
  readonly torrents: Torrents;
  readonly archive: Archive;
  readonly catalogue: Search;
  readonly swarms: Swarms;
  readonly proofs: Proofs;
  readonly names: Names;
  readonly node: NodeFacts;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked before each call of a batch: gives others a turn when it is time. */
  breathe(): Promise<void>;
  /** A mistake of ours (an assertion, an unforeseen exception): the caller got a 500; the node decides to stop. */
  fail(error: Error): void;
};

export type Head = {
  readonly height: Height;
  readonly time: UnixMs;
  readonly hash: Hash32;
  /** Of the next block. */
  readonly epoch: number;
};

export type Ledger = {
  readonly chainId: Hash32;
  /** The human name in the genesis. */
  readonly genesisName: string;
  /** The last final block. */
  head(): Head;
  /** The state after the last final block. Do not keep it: ask again. */
  view(): StateView;
  /**
   * Checks the rules, pools, gossips, and resolves once the transaction is final: accept({id, height}); or the reject
   * of its rule or of the pool, at once or when a block refused it. ignore(code …already…): the ledger says so already.
   * The same transaction twice at a time waits for the same block. It takes nothing whose signatures have not been
   * verified: what a rule says of a key is not for others.
   * @throws Fault("node.finality-timeout") or returns reject("node.finality-timeout").
   */
  submit(checked: CheckedTransaction): Promise<Verdict<{ readonly id: Hash32; readonly height: Height }>>;
};

/** Transactions that this library signs as a member. */
export type Sponsor = {
  register(key: PublicKey32): Transaction;
  upload(upload: SignedUpload): Transaction;
};
export type SignedUpload = Described & {
  readonly key: PublicKey32;
  /** Of the reader, over the text `upload` (chain/texts.ts). */
  readonly signature: Signature64;
  readonly expires: UnixSeconds | undefined;
};

/** Do all of these signatures hold? Off the event loop: the node's Verifier. */
export type Signatures = { verify(checks: readonly SignatureCheck[]): Promise<boolean> };

export type TorrentFormat = 'v1' | 'v2' | 'hybrid';

/** What an upload transaction says of a file. */
export type Described = {
  readonly hash: Hash32;
  readonly size: Tokens;
  readonly name: string;
  /** 1 to 4 of them, in the order v1, v2 cut, hybrid v1, hybrid v2 cut. */
  readonly infoHashes: readonly InfoHash20[];
};

export type Torrents = {
  /** What this key itself has brought here, and is not available yet; of what others bring it learns nothing. */
  known(hash: Hash32, key: PublicKey32): Promise<Described | undefined>;
  /**
   * The .torrent with announce URLs whose passes are for this key and file. Fetches the metainfo of an available
   * file from another member when needed. Does not ask who may have it: the caller has verified the right.
   * reject("torrent.unknown" | "file.unknown" | "file.taken-down").
   */
  torrent(hash: Hash32, key: PublicKey32, format: TorrentFormat): Promise<Verdict<Bytes>>;
};

/** Bytes of a reader on their way into the archive: nothing is kept until the upload is final. */
export type Archive = {
  /**
   * Takes the stream with backpressure, hashes it, and refuses what is not `announced.hash`.
   * reject("file.wrong-hash" | "archive.full" | "archive.busy" | "file.wrong-size").
   * After a reject it need not read on: the caller drains. A stream that breaks off throws its own error, and
   * nothing stays behind.
   */
  receiveFile(bytes: AsyncIterable<Bytes>, announced: Announced): Promise<Verdict<Received>>;
  /** A torrent that the reader made and seeds. reject("torrent.malformed" | "torrent.wrong" | "file.wrong-hash"). */
  receiveTorrent(bytes: Bytes, announced: Announced): Promise<Verdict<Received>>;
};
export type Announced = {
  readonly hash: Hash32;
  readonly name: string | undefined;
  readonly key: PublicKey32;
  /** About so many bytes will come, and not more; undefined when the sender does not say. */
  readonly sizeHint?: number | undefined;
};
export type Received = Described & {
  /** The upload is final, or may still become so: seed the bytes, or fetch them from the swarm, and attest. */
  keep(): Promise<void>;
  /** The ledger refused: forget them, unless they were there before. */
  discard(): Promise<void>;
};

export type FoundFile = { readonly hash: Hash32; readonly name: string; readonly size: Tokens };
export type Search = {
  /**
   * Best match first; newest first for an empty query. Off the event loop; clients take turns.
   * reject("request.wrong-value") for a cursor that is not ours; reject("search.too-many" | "search.too-slow").
   */
  search(
    query: string,
    page: { readonly limit: number; readonly cursor: string | undefined; readonly client: string },
  ): Promise<Verdict<{ readonly files: readonly FoundFile[]; readonly next: string | undefined }>>;
};

export type Swarms = {
  /** Peers of this node's tracker, over all formats of the file. */
  stats(hash: Hash32): { readonly seeders: number; readonly leechers: number };
};

/** For outsiders (docs/proofs.md). `from`: the height of a header that they trust; undefined = the genesis. */
export type Proofs = {
  /** Does not ask who may know it. reject("request.wrong-value" | "proof.unavailable" | "proof.busy"). */
  purchase(hash: Hash32, key: PublicKey32, from: Height | undefined): Promise<Verdict<Bytes>>;
  /** reject("request.wrong-value" | "proof.unavailable" | "proof.busy"). */
  inclusion(id: Hash32, height: Height, from: Height | undefined): Promise<Verdict<Bytes>>;
};

/** Two statements of one authority that exclude each other. */
export type Accusation = {
  readonly authority: PublicKey32;
  readonly epoch: number;
  readonly view: number;
  readonly kinds: readonly [string, string];
  /** Both, signed, in canonical encoding. */
  readonly evidence: Bytes;
};

export type NodeFacts = {
  readonly version: string;
  /** Members connected now. */
  peers(): number;
  /** What it does for consensus: authority, observer, listening, amnesic or outdated (docs/operations.md). */
  role(): string;
  /** Authorities that have contradicted themselves, oldest first. */
  evidence(): readonly Accusation[];
  /** Synced, has its disk, knows the rules of the next block, may take work. */
  ready(): boolean;
};

/** By which names this library goes, and which pages it trusts. */
export type Names = {
  /** @param host - lower case, without port; addresses and localhost are never asked for. */
  isOwn(host: string): boolean;
  /** @param origin - as browsers write it: scheme, host, and the port unless the scheme implies it; or "null". */
  isListed(origin: string): boolean;
};
