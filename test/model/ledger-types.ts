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
  readonly vestingPermille: number;
  readonly releasePermille: number;
  readonly cardBytesPerNodePerDay: number;
  readonly cardStartDays: number;
  readonly cardReleasePermille: number;
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

/** What ends a kind that happens once. */
export type Once = { readonly nonce: string; readonly expires: number; readonly signature: string };

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
