/** What a client says that is proved, and where it keeps what it has proved; the same calls as they are without. */
import type { Bytes } from '../core/bytes.ts';
import type { UnixMs } from '../core/scalars.ts';
import type { AccountFacts, FileFacts, Submitted } from './facts.ts';
import type { TransferOptions, Transferred } from './transfer.ts';
import type { CallOptions, TorrentFile, Transport } from './transport.ts';
import type { Wallet } from './wallet.ts';

export type TorrentFormat = 'v1' | 'hybrid' | 'v2';
/** `expires`: Unix time in seconds from which on a signed purchase is worthless. */
export type SignedOptions = CallOptions & { readonly expires?: number; readonly format?: TorrentFormat };
/** Where a client keeps what it has proved, so that the next proof is short. */
export type Checkpoints = {
  /** @returns what was saved last; undefined: nothing. */
  load(): Bytes | undefined | Promise<Bytes | undefined>;
  /** Only ever what was checked. */
  save(checkpoint: Bytes): void | Promise<void>;
};
/** The final block that shows it; `time` in milliseconds since 1970, `block` its hash, 64 hex characters. */
export type ProvedAt = { readonly height: number; readonly time: UnixMs; readonly block: string };
export type Proved = { readonly proved: ProvedAt };

/** The calls that have a proof, as they are without. */
export type PlainCalls = {
  /** What only the key itself may see. @param options - `expires`: at most an hour ahead; ten minutes when left out. */
  account(wallet: Wallet, options?: CallOptions & { readonly expires?: number }): Promise<AccountFacts>;
  file(hash: string, options?: CallOptions): Promise<FileFacts>;
  /** Buys the file, once, and gives the torrent with this reader's pass; of what the key owns already as `fetch`. */
  download(wallet: Wallet, hash: string, options?: SignedOptions): Promise<TorrentFile>;
  /** Resolves once it is final. */
  transfer(wallet: Wallet, options: TransferOptions): Promise<Transferred>;
  /** Resolves once it is final. @param transaction - encoded, as `Wallet.signTransaction` gives it. */
  submit(transaction: Bytes, options?: CallOptions): Promise<Submitted>;
};
/** Every call throws as those of `PlainCalls`, and ClientError("client.unproved"). */
export type VerifyingCalls = {
  account(...asked: Parameters<PlainCalls['account']>): Promise<AccountFacts & Proved>;
  /** Who is in its swarm is the word of this library. */
  file(...asked: Parameters<PlainCalls['file']>): Promise<FileFacts & Proved>;
  /** Of what was bought; what this key has uploaded, `fetch` gives. */
  download(...asked: Parameters<PlainCalls['download']>): Promise<TorrentFile & Proved>;
  transfer(...asked: Parameters<PlainCalls['transfer']>): Promise<Transferred & Proved>;
  submit(...asked: Parameters<PlainCalls['submit']>): Promise<Submitted & Proved>;
};
export type VerifierPorts = {
  readonly ask: Transport['ask'];
  readonly client: PlainCalls;
  /** 64 hex characters. */
  readonly chainId: string;
  readonly checkpoints: Checkpoints | undefined;
  /** Unix time in milliseconds. */
  now(): UnixMs;
};
