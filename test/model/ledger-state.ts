/** What the model remembers, and how long (docs/ledger.md, "What is remembered, and how long"). */
import type { Action, Genesis, Member, Parameters, Verdict } from './ledger-types.ts';

export const DAY_MS = 86_400_000;
/** Of which cards say how long they are in force. */
export const PERIOD_DAYS = 30;
export const PENDING_LIFE_MS = 30 * DAY_MS;
export const PROPOSAL_LIFE_MS = 14 * DAY_MS;
export const CLOSED_SALE_LIFE_MS = 90 * DAY_MS;
/** 2^63 − 1. */
export const TOKENS_MAX = 2n ** 63n - 1n;

export type Account = {
  tokens: bigint;
  locked: bigint;
  uploaded: bigint;
  downloaded: bigint;
  /** What its files may yet mint. */
  pending: bigint;
};

export type File = {
  readonly size: bigint;
  readonly name: string;
  readonly infoHashes: readonly string[];
  readonly uploader: string;
  /** Did the reader sign size and name? */
  readonly nameSigned: boolean;
  readonly height: number;
  /** Was it brought by a member that is its own sponsor? */
  readonly stock: boolean;
  minted: bigint;
  mayYet: bigint;
};

export type HeldCard = {
  readonly sponsor: string;
  readonly allowance: bigint;
  readonly ceiling: bigint;
  /** The last period of 30 days in which it is in force. */
  readonly until: number;
  /** Of the day of the last block. */
  credit: bigint;
};

export type Pending = {
  readonly key: string;
  readonly size: bigint;
  readonly name: string;
  readonly infoHashes: readonly string[];
  readonly sponsor: string;
  readonly nameSigned: boolean;
  /** Of the block. */
  readonly time: number;
};

/** What a node says of a file: the digest of what an upload says, who sponsored that, and until when it was said. */
export type Attestation = { readonly digest: string; readonly sponsor: string; readonly expires: number };

export type Sale = {
  readonly seller: string;
  readonly payee: string;
  readonly amount: bigint;
  readonly rate: string;
  readonly billing: string;
  readonly reclaimFrom: number;
  closed: { readonly outcome: 'settled' | 'released' | 'reclaimed'; readonly time: number } | undefined;
};

export type Proposal = {
  readonly action: Action;
  readonly proposer: string;
  readonly epoch: number;
  readonly time: number;
  readonly approvals: string[];
  /** The block that applied it. */
  applied: number | undefined;
};

export type State = {
  readonly chain: string;
  readonly accounts: Map<string, Account>;
  readonly supply: { readonly genesis: bigint; minted: bigint; burned: bigint; onCard: bigint };
  /** Those that are available, by hash. */
  readonly files: Map<string, File>;
  /** By key, whether in force or not. */
  readonly cards: Map<string, HeldCard>;
  /** member → period → sum of the allowances that it has lent until then. */
  readonly lent: Map<string, Map<number, bigint>>;
  /** hash → digest of what it says → upload. */
  readonly pending: Map<string, Map<string, Pending>>;
  /** hash → node → attestation. */
  readonly attestations: Map<string, Map<string, Attestation>>;
  readonly takenDown: Set<string>;
  /** "hash key". */
  readonly purchases: Set<string>;
  /** "billing receipt". */
  readonly receipts: Set<string>;
  readonly sales: Map<string, Sale>;
  /** Hash of a signed text → its `expires`, in seconds. */
  readonly seen: Map<string, number>;
  /** "minute shelf" → how many are remembered there. */
  readonly shelves: Map<string, number>;
  readonly proposals: Map<string, Proposal>;
  /** "registrations <member>", "bytes of key <key>", "bytes of node <member>" → how many this day. */
  readonly counters: Map<string, bigint>;
  /** The day of the last block. */
  day: number;
  /** In the order in which they joined. */
  readonly members: Map<string, Member>;
  authorities: readonly string[];
  readonly billing: Set<string>;
  parameters: Parameters;
  upgrade: { readonly height: number; readonly version: number } | undefined;
  /** Key of an authority → the newest rules that it knows, and the block in which it said so. */
  readonly signals: Map<string, { readonly version: number; readonly height: number }>;
};

/** The block in which a transaction stands. */
export type Block = {
  readonly height: number;
  readonly time: number;
  /** Of the rules. */
  readonly version: number;
  readonly epoch: number;
  /** Has a transaction of this block changed the set of authorities? */
  sealed: boolean;
  /** What its transactions have decided. */
  readonly decided: Action['kind'][];
};

/** What the model knows of a kind. Methods, so that all go into one table. */
export type Ruled<T> = {
  /** What its signer signs behind the kind. */
  words(tx: T): readonly (string | number | bigint)[];
  /** May it happen? Then it has happened. */
  judge(state: State, tx: T, block: Block): Verdict;
};

/** A counter of the day. */
export function count(state: State, counter: string): bigint {
  return state.counters.get(counter) ?? 0n;
}

export function stateOf(genesis: Genesis): State {
  const tokens = genesis.accounts.reduce((sum, account) => sum + account.tokens, 0n);
  return {
    chain: genesis.chain,
    accounts: new Map(
      genesis.accounts.map((one) => [
        one.key,
        { tokens: one.tokens, locked: 0n, uploaded: 0n, downloaded: 0n, pending: 0n },
      ]),
    ),
    supply: { genesis: tokens, minted: 0n, burned: 0n, onCard: 0n },
    files: new Map(),
    cards: new Map(),
    lent: new Map(),
    pending: new Map(),
    attestations: new Map(),
    takenDown: new Set(),
    purchases: new Set(),
    receipts: new Set(),
    sales: new Map(),
    seen: new Map(),
    shelves: new Map(),
    proposals: new Map(),
    counters: new Map(),
    day: 0,
    members: new Map(genesis.members.map((member) => [member.key, member])),
    authorities: [...genesis.authorities].sort(),
    billing: new Set(genesis.billing),
    parameters: genesis.parameters,
    upgrade: undefined,
    signals: new Map(),
  };
}

/** Takes away whatever is over when a block of this time begins; in its last moment it is not over yet. */
export function forgetWhatIsOver(state: State, time: number): void {
  for (const [hash, uploads] of state.pending) {
    for (const [said, upload] of uploads) if (time > upload.time + PENDING_LIFE_MS) uploads.delete(said);
    for (const [node, { digest }] of state.attestations.get(hash) ?? []) {
      if (!state.files.has(hash) && !uploads.has(digest)) state.attestations.get(hash)?.delete(node);
    }
    if (uploads.size === 0) state.pending.delete(hash);
  }
  for (const [id, { closed }] of state.sales) {
    if (closed !== undefined && time > closed.time + CLOSED_SALE_LIFE_MS) state.sales.delete(id);
  }
  for (const [id, proposal] of state.proposals) {
    if (time > proposal.time + PROPOSAL_LIFE_MS) state.proposals.delete(id);
  }
  if (Math.floor(time / DAY_MS) !== state.day) state.counters.clear();
  state.day = Math.floor(time / DAY_MS);
  for (const [text, expires] of state.seen) if (time > expires * 1_000) state.seen.delete(text);
}
