/**
 * What the reference model speaks of: plain objects. Keys, hashes, nonces and signatures are lower-case hex; amounts
 * are bigint; times are milliseconds, but `expires`, which is in seconds. Shapes and lengths are right before they come
 * here (the model decodes nothing); everything else is judged.
 */
export type Parameters = {
  readonly attestations: number;
  readonly blockIntervalMs: number;
  readonly heartbeatMs: number;
  readonly saleTimeoutMs: number;
  readonly fileBytesMax: number;
  readonly uploadBytesPerKeyPerDay: number;
  readonly uploadBytesPerNodePerDay: number;
  readonly registrationsPerNodePerDay: number;
  readonly upgradeNoticeBlocks: number;
};

export type Member = {
  readonly key: string;
  readonly name: string;
  readonly addresses: readonly string[];
  readonly tracker: string;
  readonly api: string;
};

/** "I am there": signed by a member that is to become an authority. */
export type Seat = {
  readonly key: string;
  readonly epoch: number;
  readonly expires: number;
  readonly signature: string;
};

export type Action =
  | { readonly kind: 'add-member'; readonly member: Member }
  | { readonly kind: 'update-member'; readonly member: Member }
  | { readonly kind: 'remove-member'; readonly key: string }
  | { readonly kind: 'set-authorities'; readonly keys: readonly string[]; readonly seats: readonly Seat[] }
  | { readonly kind: 'grant-role'; readonly key: string; readonly role: 'billing' }
  | { readonly kind: 'revoke-role'; readonly key: string; readonly role: 'billing' }
  | { readonly kind: 'set-parameters'; readonly parameters: Parameters }
  | { readonly kind: 'take-down'; readonly hash: string }
  | { readonly kind: 'restore'; readonly hash: string }
  | { readonly kind: 'reset-file'; readonly hash: string }
  | { readonly kind: 'upgrade'; readonly height: number; readonly version: number };

export type Register = {
  readonly kind: 'register';
  readonly key: string;
  readonly sponsor: string;
  readonly signature: string;
};
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
type Once = { readonly nonce: string; readonly expires: number; readonly signature: string };
export type Transfer = Once & {
  readonly kind: 'transfer';
  readonly to: string;
  readonly amount: bigint;
  readonly key: string;
};
export type Buy = Once & {
  readonly kind: 'buy';
  readonly to: string;
  readonly amount: bigint;
  readonly receipt: string;
  readonly billing: string;
};
export type Sell = Once & {
  readonly kind: 'sell';
  readonly payee: string;
  readonly amount: bigint;
  readonly rate: string;
  readonly billing: string;
  readonly key: string;
};
export type Settle = Once & { readonly kind: 'settle'; readonly sale: string; readonly billing: string };
export type Release = Once & { readonly kind: 'release'; readonly sale: string; readonly billing: string };
export type Reclaim = Once & { readonly kind: 'reclaim'; readonly sale: string; readonly key: string };
export type Propose = Once & { readonly kind: 'propose'; readonly action: Action; readonly proposer: string };
export type Approve = {
  readonly kind: 'approve';
  readonly proposal: string;
  readonly authority: string;
  readonly signature: string;
};
export type Transaction =
  | Register
  | Upload
  | Attest
  | Download
  | Transfer
  | Buy
  | Sell
  | Settle
  | Release
  | Reclaim
  | Propose
  | Approve;

/** What a federation starts from. */
export type Genesis = {
  /** 64 hex characters: stands in every signed text. */
  readonly chain: string;
  readonly accounts: readonly { readonly key: string; readonly tokens: bigint }[];
  readonly members: readonly Member[];
  readonly authorities: readonly string[];
  /** Keys with the role. */
  readonly billing: readonly string[];
  readonly parameters: Parameters;
};

export type Verdict =
  | { readonly kind: 'accept' }
  | { readonly kind: 'ignore'; readonly code: string }
  | { readonly kind: 'reject'; readonly code: string };

export const ACCEPT: Verdict = { kind: 'accept' };
export const ignore = (code: string): Verdict => ({ kind: 'ignore', code });
export const reject = (code: string): Verdict => ({ kind: 'reject', code });
