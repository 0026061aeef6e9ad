/** The SDK: everything that a program needs to talk to a library. The one barrel of this project. */
export type { AccountFacts, FileFacts, FoundFile, StatusFacts, UploadFacts } from './answers.ts';
export {
  type Client,
  type ClientOptions,
  createClient,
  type ProofOptions,
  type SearchPage,
  type SignedOptions,
  type TorrentFile,
  type TorrentFormat,
  type Uploaded,
  type UploadOptions,
} from './client.ts';
export { ClientError, type ClientErrorCode } from './client-error.ts';
export { createOperator, type Operator, type OperatorOptions } from './operator.ts';
export type { Decisions, MemberFacts, ProposalFacts, Submitted } from './operator-answers.ts';
export { PiecesRootHasher, piecesRoot, piecesRootOfStream } from './pieces-root.ts';
export {
  type InclusionVerdict,
  type ProofMoment,
  type ProofRefused,
  type ProofTrust,
  type PurchaseQuestion,
  type PurchaseVerdict,
  type StepVerdict,
  verifyPurchase,
  verifyStep,
  verifyTransaction,
} from './verify.ts';
export { createWallet, type TransferOrder, type Wallet, type WrittenOfFile } from './wallet.ts';
