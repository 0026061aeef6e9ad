/**
 * The network in memory, for tests and the simulator: held to the same contract as the one over libp2p. Whether
 * and when something arrives is the caller's decision, message by message; nothing here waits or is by chance.
 * Gossip is passed on by those who accept it, as over libp2p.
 */
import { assert } from '../core/assert.ts';
import { type Bytes, compareBytes, hexToBytes, toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { sha256 } from '../core/hash.ts';
import { limits } from '../core/limits.ts';
import type { Clock, MemberAddress, Network, NetworkHandlers, PeerKey } from '../core/ports.ts';
import { createGate, type Gate } from './gate.ts';

export type DeliveryKind = 'frame' | 'gossip' | 'request' | 'response';

export type MemoryHubOptions = {
  /** For the timeout of requests. */
  readonly clock: Clock;
  /** Calls `run` when `bytes` arrive, at once or later; never calls it when they are lost. In a microtask, by default. */
  readonly deliver?: (from: PeerKey, to: PeerKey, kind: DeliveryKind, bytes: Bytes, run: () => void) => void;
};

export type MemoryNetworkOptions = {
  readonly topics: readonly string[];
  /** The names of the requests that this node answers. */
  readonly protocols: readonly string[];
  readonly members: readonly MemberAddress[];
};

export type MemoryHub = {
  /** The network of one node. A key may get a new one when its old one was stopped: a restart. */
  network(key: PeerKey, options: MemoryNetworkOptions): Network;
  /** Cuts or mends the line between two nodes. Both are told at once. */
  line(a: PeerKey, b: PeerKey, up: boolean): void;
};

/** Gossip that a node remembers to have seen. */
const SEEN_MAX = 10_000;

export function createMemoryHub(options: MemoryHubOptions): MemoryHub {
  return new Hub(options);
}

class Hub implements MemoryHub {
  readonly clock: Clock;
  readonly deliver: NonNullable<MemoryHubOptions['deliver']>;
  readonly #running = new Map<string, InMemory>();
  readonly #cut = new Set<string>();

  constructor(options: MemoryHubOptions) {
    this.clock = options.clock;
    this.deliver = options.deliver ?? ((_from, _to, _kind, _bytes, run) => queueMicrotask(run));
  }

  network(key: PeerKey, options: MemoryNetworkOptions): Network {
    return new InMemory(this, key, options);
  }

  line(a: PeerKey, b: PeerKey, up: boolean): void {
    const line = lineOf(a, b);
    if (up) this.#cut.delete(line);
    else this.#cut.add(line);
    this.settle();
  }

  enter(network: InMemory): void {
    assert(!this.#running.has(network.hex), 'one network at a time has a key');
    this.#running.set(network.hex, network);
    this.settle();
  }

  leave(network: InMemory): void {
    if (this.#running.get(network.hex) === network) this.#running.delete(network.hex);
    this.settle();
  }

  /** Connects whoever should be connected, and cuts the rest; in the order of the keys. */
  settle(): void {
    const all = [...this.#running.values()].sort((a, b) => compareBytes(a.key, b.key));
    for (const one of all) one.keepOnly((other) => this.#joined(one, other));
    for (const one of all) {
      for (const other of all) if (this.#joined(one, other)) one.connect(other);
    }
  }

  #joined(one: InMemory, other: InMemory): boolean {
    return (
      one !== other &&
      this.#running.get(one.hex) === one &&
      this.#running.get(other.hex) === other &&
      one.gate.admits(other.key) &&
      other.gate.admits(one.key) &&
      !this.#cut.has(lineOf(one.key, other.key))
    );
  }
}

type Pending = { readonly to: InMemory; readonly fail: (fault: Fault) => void };

class InMemory implements Network {
  readonly key: PeerKey;
  readonly hex: string;
  readonly gate: Gate;
  readonly #hub: Hub;
  readonly #options: MemoryNetworkOptions;
  readonly #connected = new Map<string, InMemory>();
  /** Message id → when it was seen, oldest first. */
  readonly #seen = new Map<string, number>();
  readonly #pending = new Set<Pending>();
  #handlers: NetworkHandlers | undefined;
  #started = false;

  constructor(hub: Hub, key: PeerKey, options: MemoryNetworkOptions) {
    this.#hub = hub;
    this.key = key;
    this.hex = toHex(key);
    this.gate = createGate(key, options.members);
    this.#options = options;
  }

  handle(handlers: NetworkHandlers): void {
    assert(this.#handlers === undefined, 'handlers are given once');
    this.#handlers = handlers;
  }

  async start(): Promise<void> {
    assert(this.#handlers !== undefined && !this.#started, 'handlers come first, and one start');
    this.#started = true;
    this.#hub.enter(this);
  }

  async stop(): Promise<void> {
    if (!this.#started) return;
    this.#started = false;
    for (const pending of this.#pending) pending.fail(new Fault('network.closed', 'The network is closed.'));
    this.keepOnly(() => false);
    this.#hub.leave(this);
  }

  send(to: PeerKey, bytes: Bytes): void {
    assert(bytes.length > 0 && bytes.length <= limits.frameBytesMax, 'a frame has 1 … frameBytesMax bytes');
    const peer = this.#connected.get(toHex(to));
    if (peer === undefined) return;
    const copy = bytes.slice();
    this.#hub.deliver(this.key, peer.key, 'frame', copy, () => {
      if (peer.hears(this)) peer.#handlers!.frame(this.key, copy.slice());
    });
  }

  publish(topic: string, bytes: Bytes): void {
    assert(this.#options.topics.includes(topic), 'a topic is named in the options');
    assert(bytes.length <= limits.gossipMessageBytesMax, 'a message has at most gossipMessageBytesMax bytes');
    if (!this.#started) return;
    const copy = bytes.slice();
    const id = toHex(sha256(copy));
    if (this.#hasSeen(id)) return;
    this.#see(id);
    this.#spread(topic, copy, id);
  }

  async request(to: PeerKey, protocol: string, bytes: Bytes): Promise<Bytes> {
    assert(bytes.length <= limits.questionBytesMax, 'a request has at most questionBytesMax bytes');
    if (!this.#started) throw new Fault('network.closed', 'The network is closed.');
    const peer = this.#connected.get(toHex(to));
    if (peer === undefined) throw new Fault('network.unreachable', 'There is no connection to this peer.');
    const { promise, resolve, reject } = Promise.withResolvers<Bytes>();
    const pending: Pending = { to: peer, fail: reject };
    this.#pending.add(pending);
    const cancel = this.#hub.clock.after(limits.requestTimeoutMs, () =>
      reject(new Fault('network.timeout', 'The peer did not answer in time.')),
    );
    this.#hub.deliver(this.key, peer.key, 'request', bytes, () => {
      if (peer.hears(this)) void peer.#answer(this, protocol, bytes.slice(), resolve, reject);
    });
    try {
      return await promise;
    } finally {
      cancel();
      this.#pending.delete(pending);
    }
  }

  peers(): readonly PeerKey[] {
    return [...this.#connected.keys()].map((hex) => hexToBytes(hex));
  }

  setMembers(members: readonly MemberAddress[]): void {
    this.gate.set(members);
    this.#hub.settle();
  }

  connect(other: InMemory): void {
    if (this.#connected.has(other.hex)) return;
    this.#connected.set(other.hex, other);
    this.#handlers!.connected(other.key);
  }

  /** Lets go of every peer for which `stays` is false. */
  keepOnly(stays: (other: InMemory) => boolean): void {
    for (const [hex, other] of [...this.#connected]) {
      if (stays(other)) continue;
      this.#connected.delete(hex);
      for (const pending of this.#pending) {
        if (pending.to === other) pending.fail(new Fault('network.unreachable', 'The peer is gone.'));
      }
      this.#handlers!.disconnected(other.key);
    }
  }

  hears(from: InMemory): boolean {
    return this.#started && this.#connected.get(from.hex) === from;
  }

  /** Never rejects. */
  async #answer(
    asker: InMemory,
    protocol: string,
    question: Bytes,
    resolve: (answer: Bytes) => void,
    reject: (fault: Fault) => void,
  ): Promise<void> {
    let settle: () => void;
    let answer: Bytes = new Uint8Array(0);
    try {
      if (!this.#options.protocols.includes(protocol))
        throw new Fault('network.unreachable', 'Not answered here.');
      answer = (await this.#handlers!.request(protocol, asker.key, question)).slice();
      settle = () => resolve(answer);
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause; // a mistake of ours, which a test must see
      settle = () =>
        reject(new Fault('network.unreachable', `The peer did not answer "${protocol}".`, { cause }));
    }
    this.#hub.deliver(this.key, asker.key, 'response', answer, () => {
      if (asker.hears(this)) settle();
    });
  }

  #spread(topic: string, bytes: Bytes, id: string): void {
    for (const peer of this.#connected.values()) {
      if (peer.#hasSeen(id) || !peer.#options.topics.includes(topic)) continue;
      this.#hub.deliver(this.key, peer.key, 'gossip', bytes, () => {
        if (peer.hears(this) && !peer.#hasSeen(id)) void peer.#judge(this, topic, bytes, id);
      });
    }
  }

  async #judge(from: InMemory, topic: string, bytes: Bytes, id: string): Promise<void> {
    this.#see(id);
    const verdict = await this.#handlers!.gossip(topic, from.key, bytes.slice());
    if (verdict.kind === 'accept' && this.#started) this.#spread(topic, bytes, id);
  }

  #hasSeen(id: string): boolean {
    const at = this.#seen.get(id);
    return at !== undefined && Math.abs(this.#hub.clock.now() - at) < limits.gossipSeenMs; // a clock may be set back
  }

  #see(id: string): void {
    this.#seen.delete(id);
    this.#seen.set(id, this.#hub.clock.now());
    if (this.#seen.size <= SEEN_MAX) return;
    const [oldest] = this.#seen.keys();
    this.#seen.delete(oldest!);
  }
}

function lineOf(a: PeerKey, b: PeerKey): string {
  return [toHex(a), toHex(b)].sort().join(' ');
}
