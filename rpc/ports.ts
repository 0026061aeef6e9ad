/**
 * What the HTTP layer needs of a node, and nothing more: node/compose.ts hands these doors to createRpcServer.
 * rpc never sees a mempool, a socket of a peer or a disk. The way through: ARCHITECTURE.md, "A purchase, from door to swarm".
 */

import type { Sought } from '../chain/files/sought.ts';
import type { StateView } from '../chain/state/state.ts';
import type { CheckedTransaction, SignatureCheck } from '../chain/transaction/signing.ts';
import type { Transaction } from '../chain/transaction/transaction.ts';
import type { Address } from '../core/address.ts';
import type { Bytes } from '../core/bytes.ts';
import type { QueueName } from '../core/fair-queue.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Hash32, Height, PublicKey32, Tokens, UnixMs } from '../core/scalars.ts';
import type { Verdict } from '../core/verdict.ts';
import type { Blocks } from './block-ports.ts';
import type { DeskRequest } from './desk-request.ts';
import type { Events, Subscriptions } from './event-ports.ts';
import type { ReaderCodes } from './reader-codes.ts';
import type { Archive, Resumables } from './upload-ports.ts';

export type RpcPorts = {
  readonly ledger: Ledger;
  readonly sponsor: Sponsor;
  readonly signatures: Signatures;
  readonly readerCodes: ReaderCodes;
  readonly torrents: Torrents;
  readonly archive: Archive;
  readonly resumables: Resumables;
  readonly catalogue: Search;
  readonly swarms: Swarms;
  readonly proofs: Proofs;
  readonly blocks: Blocks;
  readonly events: Events;
  readonly subscriptions: Subscriptions;
  readonly names: Names;
  readonly librarians: Librarians;
  readonly review: Review;
  readonly cards: Cards;
  readonly node: NodeFacts;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked before each call of a batch: gives others a turn when it is time. */
  yieldToLoop(): Promise<void>;
  /** A mistake of ours (an assertion, an unforeseen exception): the caller got a 500; the node decides to stop. */
  fail(error: Error): void;
};

export type Head = {
  readonly height: Height;
  readonly time: UnixMs;
  readonly hash: Hash32;
  /** Of the next block. */
  readonly epoch: number;
  /** Version of the rules that the next block follows. */
  readonly rules: number;
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
   * The same transaction twice at a time waits for the same block, and `caused` is true for the one that brought it. It
   * takes nothing whose signatures have not been verified: what a rule says of a key is not for others.
   * @throws Fault("node.finality-timeout") or returns reject("node.finality-timeout").
   */
  submit(checked: CheckedTransaction): Promise<Verdict<Final>>;
};
export type Final = { readonly id: Hash32; readonly height: Height; readonly caused: boolean };

/** Transactions that this library signs as a member. */
export type Sponsor = { readonly key: PublicKey32; register(key: PublicKey32): Transaction };

/** Do all of these signatures hold? Off the event loop: the node's Verifier. */
export type Signatures = { verify(checks: readonly SignatureCheck[]): Promise<boolean> };

export type TorrentFormat = 'v1' | 'v2' | 'hybrid';

export type Torrents = {
  /**
   * The .torrent with announce URLs whose passes are for this key and file. Fetches the metainfo of an available
   * file from another member when needed. Does not ask who may have it: the caller has verified the right.
   * reject("torrent.unknown" | "file.unknown" | "file.taken-down").
   */
  torrent(hash: Hash32, key: PublicKey32, format: TorrentFormat): Promise<Verdict<Bytes>>;
};

export type FoundFile = { readonly hash: Hash32; readonly name: string; readonly size: Tokens };
export type Search = {
  /**
   * Best match first; newest first for an empty query. Off the event loop; clients take turns.
   * reject("request.wrong-value") for a cursor that is not ours; reject("search.too-many" | "search.too-slow").
   */
  search(
    query: string,
    page: {
      readonly limit: number;
      readonly cursor: string | undefined;
      readonly queue: QueueName;
      /** Told what each part of it has cost, milliseconds of a core, whatever comes of it. */
      spent(costMs: number): void;
    },
  ): Promise<Verdict<{ readonly files: readonly FoundFile[]; readonly next: string | undefined }>>;
};

export type Swarms = {
  /** Peers of this node's tracker, over all formats of the file. */
  stats(hash: Hash32): { readonly seeders: number; readonly leechers: number };
};

/**
 * For outsiders (docs/proofs.md). `from`: the height of a header that they trust; undefined = the genesis. `queue`: where
 * who asks waits for its turn.
 */
export type Proofs = {
  /** Does not ask who may know it. reject("request.wrong-value" | "proof.unavailable" | "proof.busy"). */
  state(sought: Sought, from: Height | undefined, queue: QueueName): Promise<Verdict<Bytes>>;
  /** reject("request.wrong-value" | "proof.unavailable" | "proof.busy"). */
  inclusion(id: Hash32, height: Height, from: Height | undefined, queue: QueueName): Promise<Verdict<Bytes>>;
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
  /** Who they are, and what they said last: the height of their last final block, and how long the answer took. */
  connected(): readonly {
    readonly key: PublicKey32;
    readonly since: UnixMs;
    readonly height: Height | undefined;
    readonly roundTripMs: number | undefined;
  }[];
  /** What it does for consensus: authority, observer, listening, amnesic or outdated (docs/operations.md). */
  role(): string;
  /** Authorities that have contradicted themselves, oldest first. */
  evidence(): readonly Accusation[];
  /** Synced, has its disk, knows the rules of the next block, may take work. */
  ready(): boolean;
  /** Blocks are missing here, and for more than a moment: figures may be old. */
  lacksBlocks(): boolean;
  /** Its ledger may not be the one that its operator means: nothing of it is told, and nothing taken. */
  closed(): boolean;
  /** Why it is not: node/operator/readiness.ts has the words; empty when it is. */
  unready(): readonly string[];
  /** Why no new block comes, each with a sentence: node/operator/waits.ts has the words. Readers are served all the same. */
  waits(): readonly { readonly reason: string; readonly detail: string }[];
};

/** By which names this library goes, and which pages it trusts. */
export type Names = {
  /** @param host - lower case, without port; addresses and localhost are never asked for. */
  isOwn(host: string): boolean;
  /** @param origin - as browsers write it: scheme, host, and the port unless the scheme implies it; or "null". */
  isListed(origin: string): boolean;
};

/** Whose keys may ask at the desk, and what they have asked. */
export type Librarians = {
  /** The list is read anew when it has changed. @returns the name that stands there. reject("desk.not-a-librarian" | "desk.closed"). */
  knows(key: PublicKey32): Promise<Verdict<string>>;
  /**
   * Remembers, durably where it changes something, that this librarian has asked this. @param pay - asked once it is known to be new; what it refuses
   * leaves the nonce unused. @returns reject("desk.repeated" | "desk.too-many"), and what `pay` says.
   */
  spend(request: DeskRequest, pay: () => Verdict): Promise<Verdict>;
};

/** A file that is like one that waits; available, or waiting itself. */
export type LikeFile = { readonly hash: Hash32; readonly name: string; readonly available: boolean };
export type WaitingFile = {
  readonly hash: Hash32;
  readonly name: string;
  readonly size: Tokens;
  /** By a reader to this library; else another library has sponsored it. */
  readonly brought: boolean;
  /** That reader, or that library. */
  readonly by: PublicKey32;
  readonly since: UnixMs;
  /** When it leaves the queue by itself. */
  readonly until: UnixMs;
  readonly sameSize: readonly LikeFile[];
  readonly nearTitle: readonly LikeFile[];
  /** Was something with this hash declined here before, as long as that is kept? */
  readonly declinedBefore: boolean;
  /** Of all that is shown of it up to `since`. */
  readonly mark: Bytes;
};
/** What was declined since `since`, for what reason; until `until` that is kept. */
export type ShownFile = WaitingFile & {
  readonly declined: boolean;
  readonly reason?: string | undefined;
  readonly path: string | undefined;
};
/** In which queue the catalogue is asked for files that are like it, and who is told what that has cost, in milliseconds. */
export type Asked = { readonly queue: QueueName; spent(costMs: number): void };

/** One that waits; `mark`: of what was shown of it. */
export type WhichShown = {
  readonly hash: Hash32;
  readonly by: PublicKey32 | undefined;
  readonly mark: Bytes;
};

/**
 * What waits for a librarian: uploads that readers have brought here, before this library sponsors them, and what other
 * libraries have sponsored and this one has fetched, before it attests it. What is decided is durable when it is answered.
 * `by` picks one where several wait with one hash. reject("review.unknown" | "review.several").
 */
export type Review = {
  /** What has waited longest first. reject("request.wrong-value") for a cursor that is not ours. */
  list(page: Asked & { readonly limit: number; readonly cursor: string | undefined }): Promise<
    Verdict<{
      readonly waiting: readonly WaitingFile[];
      readonly total: number;
      readonly next: string | undefined;
    }>
  >;
  /** Also what was declined, as long as that is kept. `path`: of its bytes, if they are here. */
  show(hash: Hash32, by: PublicKey32 | undefined, asked: Asked): Promise<Verdict<ShownFile>>;
  /** @param which - as it was shown: else reject("review.changed"), also below. @returns who has brought it. */
  accept(which: WhichShown): Promise<Verdict<PublicKey32>>;
  /** Without `by` all that wait with this hash, when one of them is what was shown: their bytes are the same. */
  decline(which: WhichShown, reason: string | undefined): Promise<Verdict<readonly PublicKey32[]>>;
};

/** A card as a librarian sees it: not whether it is used. */
export type LentCard = {
  readonly key: PublicKey32;
  /** To one who came without a librarian. */
  readonly open: boolean;
  readonly allowance: Tokens;
  readonly ceiling: Tokens;
  /** The last one in which it is in force. */
  readonly period: number;
};

/**
 * Cards that this library lends. What the ledger refuses is told with its code: reject("card.of-another"), and
 * reject("card.node-cap") with `room_at`, when there is room again as things are.
 */
export type Cards = {
  /** Was this library told to lend to whoever comes? It may have none to lend. */
  readonly isOpen: boolean;
  /** Of who comes without a librarian, with what a new one has at once. @returns undefined when they get none. */
  openTerms(): { readonly allowance: Tokens; readonly ceiling: Tokens; readonly atOnce: Tokens } | undefined;
  /**
   * To a registered key that comes from there; it may have one already. reject("card.closed"), or with `room_at`
   * reject("card.network-had" | "card.open-full").
   */
  lendOpen(key: PublicKey32, from: Address | undefined): Promise<Verdict>;
  /** By a librarian, who registers the key where it is not. reject("card.closed"). */
  lend(key: PublicKey32): Promise<Verdict>;
  /** reject("card.none"). */
  withdraw(key: PublicKey32): Promise<Verdict>;
  /** New codes, each for one card. reject("card.closed" | "card.codes-full"). */
  invite(count: number, days: number): Promise<Verdict<readonly string[]>>;
  readonly spend: ReaderCodes['spend'];
  /** In the order of their keys. @param after - a key: those behind it. */
  list(
    after: PublicKey32 | undefined,
    limit: number,
  ): Promise<{ readonly cards: readonly LentCard[]; readonly next: PublicKey32 | undefined }>;
};
