/**
 * The doors to the world. Portable code touches clock, chance, disk and network only through these;
 * the simulator hands it the same doors with faults behind them.
 */
import type { Bytes } from './bytes.ts';
import type { PublicKey32, UnixMs } from './scalars.ts';
import type { Verdict } from './verdict.ts';

/** What has a life: constructed, started once, stopped once. `stop` resolves when nothing runs any more. */
export type Startable = {
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type Clock = {
  now(): UnixMs;
  /** Calls `run` once, not before `delayMs` have passed. @returns a function that cancels it. */
  after(delayMs: number, run: () => void): () => void;
};

export type Random = {
  /** @returns `length` unpredictable bytes. */
  bytes(length: number): Bytes;
};

/** Constant message, data beside it. Never secrets, passes or strangers' bytes. */
export type Log = {
  debug(message: string, data?: LogData): void;
  info(message: string, data?: LogData): void;
  warn(message: string, data?: LogData): void;
  error(message: string, data?: LogData): void;
};
export type LogData = { readonly [name: string]: string | number | boolean | bigint | undefined | Error };

export type StoreWrite =
  | { readonly type: 'put'; readonly key: Bytes; readonly value: Bytes }
  | { readonly type: 'del'; readonly key: Bytes };

export type StoreRange = {
  /** Inclusive. */
  readonly from: Bytes;
  /** Exclusive. */
  readonly to: Bytes;
  readonly limit: number;
  readonly reverse?: boolean;
};

/** An ordered map of bytes that survives. */
export type Store = Startable & {
  get(key: Bytes): Bytes | undefined;
  /** The value of each key, or undefined, as of one moment. For many: the reading is done off the event loop. */
  getMany(keys: readonly Bytes[]): Promise<readonly (Bytes | undefined)[]>;
  range(range: StoreRange): Promise<readonly (readonly [Bytes, Bytes])[]>;
  /** All or nothing. Resolves when it is on the disk (fsync) if `sync`. @throws Fault("store.failed"). */
  write(batch: readonly StoreWrite[], options: { readonly sync: boolean }): Promise<void>;
};

/** A store as it was at one moment, whatever is written since. Holds room on the disk until it is released. */
export type Moment = Pick<Store, 'get' | 'range'> & { release(): Promise<void> };

/** A store that can be read as of now while it is written, and that gives back the room of what was deleted. */
export type DeepStore = Store & {
  /** Between two batches, never within one. */
  moment(): Moment;
  /** Gives the room of deleted and overwritten entries in `from` … `to` back to the disk. */
  compact(range: Pick<StoreRange, 'from' | 'to'>): Promise<void>;
};

/** What consensus has signed and learned: appended and synced before anything is sent. */
export type Journal = {
  /** Every record that has not been pruned, oldest first, with its sequence number. */
  load(): Promise<readonly JournalRecord[]>;
  /** The writes that append these records: they go into the caller's one synced batch of the tick. */
  append(records: readonly Bytes[]): readonly StoreWrite[];
  /** The writes that forget every record below `sequence`. */
  prune(sequence: number): readonly StoreWrite[];
  /** The sequence number that the next record will get. */
  next(): number;
};
export type JournalRecord = { readonly sequence: number; readonly bytes: Bytes };

/** A member node on the other side; peers are known by the Ed25519 key of their node. */
export type PeerKey = PublicKey32;

export type NetworkHandlers = {
  /** One frame of a direct stream, whole; sync and quick. */
  frame(from: PeerKey, bytes: Bytes): void;
  /** A gossiped message: accept forwards it, ignore drops it, reject counts against the peer. */
  gossip(topic: string, from: PeerKey, bytes: Bytes): Verdict | Promise<Verdict>;
  /** Answers a request; a thrown Fault closes the stream. */
  request(protocol: string, from: PeerKey, bytes: Bytes): Promise<Bytes>;
  /** A line to a member is open: it may be asked. Gossip and frames may not reach it yet, or ever. */
  opened?(peer: PeerKey): void;
  connected(peer: PeerKey): void;
  disconnected(peer: PeerKey): void;
};

/** Bytes to and from member nodes. Knows neither votes nor blocks. */
export type Network = Startable & {
  /** Must be called once, before `start`. */
  handle(handlers: NetworkHandlers): void;
  /** Best effort, in order per peer, bounded: when a peer is too slow its oldest frames are dropped. */
  send(to: PeerKey, bytes: Bytes): void;
  /** Best effort to every subscribed member. */
  publish(topic: string, bytes: Bytes): void;
  /** @throws Fault("network.timeout" | "network.unreachable"). */
  request(to: PeerKey, protocol: string, bytes: Bytes): Promise<Bytes>;
  /** The members that are connected now. */
  peers(): readonly PeerKey[];
  /** Called when the ledger's member list changes: connects to new ones, cuts off those that left. */
  setMembers(members: readonly MemberAddress[]): void;
};
export type MemberAddress = { readonly key: PeerKey; readonly addresses: readonly string[] };
