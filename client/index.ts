/**
 * The SDK: everything that a program needs to talk to a library. The one barrel of this project. Proofs are a door of their own
 * (verify.ts), as is the swarm (swarm.ts): whoever needs neither loads neither.
 */
export { enoughAt, type Means, missingFor } from '../api/card.ts';
export { type Signer, signerOfSeed } from '../keys/signer.ts';
export type { DeskOrder, TransferOrder, WrittenOfFile } from './acts.ts';
export {
  type Client,
  type ClientOptions,
  createClient,
  type EventOptions,
  type FileOptions,
  type FollowedOptions,
  type ProofOptions,
  type SearchPage,
  type Uploaded,
  type UploadOptions,
  type VerifyingClient,
} from './client.ts';
export { ClientError, type ClientErrorCode } from './client-error.ts';
export {
  type AskDesk,
  askUnsigned,
  createDesk,
  type Desk,
  type ReviewPage,
  type SocketAnswer,
  type WaitingFacts,
  type WhichOptions,
} from './desk.ts';
export type { EventKind, EventPage, HistoryPage, LedgerEvent, OwnEvent } from './event-types.ts';
export type {
  AccountFacts,
  CardFacts,
  Decisions,
  FileFacts,
  FoundFile,
  MemberFacts,
  ProposalFacts,
  RegisterFacts,
  StatusFacts,
  Submitted,
  UploadFacts,
} from './facts.ts';
export { type FollowOptions, followEvents, type PageSource } from './follow-events.ts';
export { createOperator, type Operator, type OperatorOptions } from './operator.ts';
export { PiecesRootHasher, piecesRoot, piecesRootOfStream } from './pieces-root.ts';
export type { Checkpoints, Proved, ProvedAt, SignedOptions, TorrentFormat } from './proved.ts';
export type { Unsigned } from './transaction.ts';
export type { TransferOptions, Transferred } from './transfer.ts';
export {
  type CallOptions,
  createTransport,
  type FormPart,
  type Reply,
  type TorrentFile,
  type Transport,
  type TransportOptions,
} from './transport.ts';
export { createWallet, type Wallet } from './wallet.ts';
