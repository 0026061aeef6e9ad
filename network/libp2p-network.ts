/**
 * The network port over libp2p. Joins the parts: gate, dialer, links, exchange, gossip. A peer counts as
 * connected once it has told its subscriptions: from then on frames, requests and gossip all reach it. Holds no
 * rule about what is said, and lets no error of libp2p out: it becomes a fault, a log line, or a closed stream.
 */
import type { Connection, PeerId, Stream } from '@libp2p/interface';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { type Address, clientAddressOf } from '../core/address.ts';
import { assert } from '../core/assert.ts';
import { type Bytes, hexToBytes, toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log, MemberAddress, Network, NetworkHandlers, PeerKey, Random } from '../core/ports.ts';
import type { Seed32 } from '../core/scalars.ts';
import { publicKeyOf } from '../core/sign.ts';
import { cutForgotten, cutSurvivors } from './connections.ts';
import { Dialer } from './dialer.ts';
import { Exchange, requestProtocol } from './exchange.ts';
import { createGate, type Gate } from './gate.ts';
import { listenToGossip, publishGossip } from './gossip.ts';
import { createNode, type Node } from './libp2p.ts';
import { FRAMES_PROTOCOL, Links } from './links.ts';
import { remoteAddress } from './multiaddrs.ts';
import { Newcomers } from './newcomers.ts';
import { toPeerId, toPeerKey, toPrivateKey } from './peer-key.ts';
import { whyNotListening } from './why-not-listening.ts';

export type NetworkPorts = { readonly clock: Clock; readonly random: Random; readonly log: Log };

export type Libp2pNetworkOptions = {
  /** The node key's seed: the identity of this peer. */
  readonly seed: Seed32;
  /** Multiaddrs, such as "/ip4/127.0.0.1/tcp/4645". Port 0: any. */
  readonly listen: readonly string[];
  /** What others are told instead of `listen`, when it differs. */
  readonly announce?: readonly string[];
  readonly topics: readonly string[];
  /** The names of the requests that this node answers. */
  readonly protocols: readonly string[];
  readonly members: readonly MemberAddress[];
};

export type Libp2pNetwork = Network & {
  /** Where this node listens, with the port that it got; empty unless started. */
  addresses(): readonly string[];
  /** Does an open connection to this member end there, or in that /64 of IPv6? */
  isAt(peer: PeerKey, address: Address): boolean;
};

/** How often the connections are looked after, and at which look one without gossip is cut: counted, as clocks are set. */
const CARE_MS = 5_000;
const MUTE_LOOKS_MAX = 4;

export function createLibp2pNetwork(ports: NetworkPorts, options: Libp2pNetworkOptions): Libp2pNetwork {
  return new OverLibp2p(ports, options);
}

class OverLibp2p implements Libp2pNetwork {
  readonly #ports: NetworkPorts;
  readonly #options: Libp2pNetworkOptions;
  readonly #gate: Gate;
  readonly #links: Links;
  readonly #exchange: Exchange;
  readonly #dialer: Dialer;
  /** Peers that are connected and subscribed. */
  readonly #ready = new Set<string>();
  /** How many looks long a peer with a connection has had no gossip. */
  readonly #mute = new Map<string, number>();
  #members: readonly MemberAddress[];
  #handlers: NetworkHandlers | undefined;
  #node: Node | undefined;
  #cancelCare: () => void = () => {};

  constructor(ports: NetworkPorts, options: Libp2pNetworkOptions) {
    const { clock, random, log } = ports;
    const self = publicKeyOf(options.seed);
    this.#ports = ports;
    this.#options = options;
    this.#members = options.members;
    this.#gate = createGate(self, options.members);
    this.#links = new Links({
      clock,
      log,
      open: (peer) => this.#openStream(peer, FRAMES_PROTOCOL),
      isConnected: (peer) => this.#connections(peer).length > 0,
      frame: (from, bytes) => this.#handlers!.frame(from, bytes),
    });
    this.#exchange = new Exchange({
      clock,
      log,
      open: (peer, protocol, signal) => this.#openStream(peer, protocol, signal),
      answer: (name, from, bytes) => this.#handlers!.request(name, from, bytes),
    });
    this.#dialer = new Dialer(
      {
        clock,
        random,
        log,
        dial: (member, signal) => this.#dial(member, signal),
        isConnected: (peer) => this.#connections(peer).length > 0,
      },
      self,
    );
  }

  handle(handlers: NetworkHandlers): void {
    assert(this.#handlers === undefined, 'handlers are given once');
    this.#handlers = handlers;
  }

  /** @throws Fault("port.taken" | "host.unusable" | "network.unreachable" | "config.invalid") when it cannot listen. */
  async start(): Promise<void> {
    assert(this.#handlers !== undefined && this.#node === undefined, 'handlers come first, and one start');
    const { listen, announce = [], topics, protocols } = this.#options;
    const privateKey = await toPrivateKey(this.#options.seed);
    try {
      const newcomers = new Newcomers(this.#ports.clock);
      const node = await createNode(this.#gate, newcomers, { privateKey, listen, announce, topics });
      this.#listen(node);
      await node.handle(FRAMES_PROTOCOL, (stream, connection) => this.#onFrames(stream, connection), {
        maxInboundStreams: limits.inboundStreamsPerPeerMax,
      });
      for (const name of protocols) {
        await node.handle(
          requestProtocol(name),
          (stream, { remotePeer }) => this.#onRequest(name, stream, remotePeer),
          {
            maxInboundStreams: limits.inboundStreamsPerPeerMax,
            maxOutboundStreams: limits.inboundStreamsPerPeerMax,
          },
        );
      }
      this.#node = node; // peers may come before the start is over
      await node.start();
    } catch (cause) {
      await this.#node?.stop();
      this.#node = undefined;
      const named = `Cannot listen for other libraries on ${listen.join(', ')}.`;
      throw (await whyNotListening(listen)) ?? new Fault('config.invalid', named, { cause });
    }
    listenToGossip(
      this.#node.services.pubsub,
      topics,
      (topic, from, bytes) => this.#handlers!.gossip(topic, from, bytes),
      this.#ports.log,
    );
    this.#dialer.set(this.#members);
    this.#careLater();
  }

  async stop(): Promise<void> {
    const node = this.#node;
    if (node === undefined) return;
    this.#cancelCare();
    this.#dialer.stop();
    this.#exchange.stop();
    this.#links.stop();
    await node.stop();
    this.#node = undefined;
    for (const hex of this.#ready) this.#handlers!.disconnected(hexToBytes(hex));
    this.#ready.clear();
  }

  send(to: PeerKey, bytes: Bytes): void {
    this.#links.send(to, bytes);
  }

  publish(topic: string, bytes: Bytes): void {
    assert(this.#options.topics.includes(topic), 'a topic is named in the options');
    assert(bytes.length <= limits.gossipMessageBytesMax, 'a message has at most gossipMessageBytesMax bytes');
    if (this.#node !== undefined) publishGossip(this.#node.services.pubsub, topic, bytes, this.#ports.log);
  }

  async request(to: PeerKey, protocol: string, bytes: Bytes): Promise<Bytes> {
    if (this.#node === undefined) throw new Fault('network.closed', 'The network is closed.');
    return this.#exchange.request(to, protocol, bytes);
  }

  peers(): readonly PeerKey[] {
    return [...this.#ready].map((hex) => hexToBytes(hex));
  }

  addresses(): readonly string[] {
    return this.#node?.getMultiaddrs().map(String) ?? [];
  }

  isAt(peer: PeerKey, address: Address): boolean {
    return this.#connections(peer).some(({ remoteAddr }) => {
      const remote = remoteAddress(remoteAddr);
      return remote !== undefined && clientAddressOf(remote) === clientAddressOf(address);
    });
  }

  setMembers(members: readonly MemberAddress[]): void {
    this.#members = members;
    this.#gate.set(members);
    if (this.#node === undefined) return;
    this.#dialer.set(members);
    for (const connection of this.#node.getConnections()) this.#cutUnlessMember(connection);
  }

  #listen(node: Node): void {
    node.addEventListener('connection:open', ({ detail }) => {
      if (this.#cutUnlessMember(detail)) return;
      cutForgotten(detail, node.getConnections(detail.remotePeer));
      this.#handlers!.opened?.(toPeerKey(detail.remotePeer)!);
    });
    node.addEventListener('connection:close', ({ detail }) => {
      cutSurvivors(detail, node.getConnections(detail.remotePeer));
    });
    node.addEventListener('peer:connect', ({ detail }) => {
      if (this.#options.topics.length === 0) this.#reached(detail);
    });
    node.addEventListener('peer:disconnect', ({ detail }) => this.#lost(detail));
    node.services.pubsub.addEventListener('subscription-change', ({ detail }) => {
      if (detail.subscriptions.some((change) => change.subscribe)) this.#reached(detail.peerId);
    });
  }

  #reached(peerId: PeerId): void {
    const peer = toPeerKey(peerId);
    if (peer === undefined || this.#connections(peer).length === 0) return;
    this.#dialer.reached(peer);
    const hex = toHex(peer);
    if (this.#ready.has(hex)) return;
    this.#ready.add(hex);
    this.#ports.log.info('peer connected', { peer: hex });
    this.#handlers!.connected(peer);
  }

  #lost(peerId: PeerId): void {
    const peer = toPeerKey(peerId);
    if (peer === undefined) return;
    this.#links.drop(peer);
    this.#dialer.lost(peer);
    this.#mute.delete(toHex(peer));
    if (!this.#ready.delete(toHex(peer))) return;
    this.#ports.log.info('peer disconnected', { peer: toHex(peer) });
    this.#handlers!.disconnected(peer);
  }

  #onFrames(stream: Stream, connection: Connection): void {
    const from = toPeerKey(connection.remotePeer);
    if (from === undefined || !this.#gate.admits(from)) stream.abort(new Error('not a member'));
    else this.#links.accept(stream, from);
  }

  #onRequest(name: string, stream: Stream, remotePeer: PeerId): void {
    const from = toPeerKey(remotePeer);
    if (from === undefined || !this.#gate.admits(from)) stream.abort(new Error('not a member'));
    else void this.#exchange.answer(name, from, stream); // never rejects
  }

  async #openStream(peer: PeerKey, protocol: string, signal?: AbortSignal): Promise<Stream> {
    const connection = this.#connections(peer)[0];
    if (connection === undefined)
      throw new Fault('network.unreachable', 'There is no connection to this peer.');
    return connection.newStream(protocol, {
      maxOutboundStreams: limits.inboundStreamsPerPeerMax,
      ...(signal && { signal }),
    });
  }

  /** The open ones, the newest first: the peer certainly knows that one. */
  #connections(peer: PeerKey): Connection[] {
    const open = this.#node?.getConnections(toPeerId(peer)).filter(({ status }) => status === 'open') ?? [];
    return open.sort((a, b) => b.timeline.open - a.timeline.open);
  }

  async #dial(member: MemberAddress, signal: AbortSignal): Promise<void> {
    await this.#node?.dial(dialable(member), { signal });
  }

  /** @returns true when the connection was cut. */
  #cutUnlessMember(connection: Connection): boolean {
    if (this.#gate.admits(toPeerKey(connection.remotePeer))) return false;
    connection.abort(new Error('not a member'));
    return true;
  }

  /** Gossipsub forgets a peer whose stream broke, for as long as the connection lives: such a connection is cut. */
  #care(): void {
    for (const peerId of this.#options.topics.length > 0 ? this.#node!.getPeers() : []) {
      const hex = toHex(toPeerKey(peerId)!);
      if (hasGossip(this.#node!, peerId, this.#options.topics)) {
        this.#mute.delete(hex);
        continue;
      }
      const looks = (this.#mute.get(hex) ?? 0) + 1;
      this.#mute.set(hex, looks);
      if (looks < MUTE_LOOKS_MAX) continue;
      this.#ports.log.warn('a connection without gossip is cut', { peer: hex });
      this.#mute.delete(hex);
      for (const connection of this.#node!.getConnections(peerId)) connection.abort(new Error('no gossip'));
    }
    this.#careLater();
  }

  #careLater(): void {
    this.#cancelCare = this.#ports.clock.after(CARE_MS, () => this.#care());
  }
}

function hasGossip(node: Node, peerId: PeerId, topics: readonly string[]): boolean {
  const pubsub = node.services.pubsub as Node['services']['pubsub'] & {
    readonly streamsOutbound: ReadonlyMap<string, unknown>;
  };
  if (!pubsub.streamsOutbound.has(peerId.toString())) return false;
  return topics.some((topic) => pubsub.getSubscribers(topic).some((subscriber) => subscriber.equals(peerId)));
}

/** A member's addresses, each with the key that must answer there. @throws Fault("network.unreachable"). */
function dialable(member: MemberAddress): Multiaddr[] {
  const id = toPeerId(member.key).toString();
  const found = member.addresses.slice(0, limits.addressesMax).flatMap((text) => {
    try {
      const address = multiaddr(text);
      const named = address.getComponents().findLast((component) => component.name === 'p2p')?.value;
      if (named !== undefined) return named === id ? [address] : [];
      return [address.encapsulate(`/p2p/${id}`)];
    } catch {
      return []; // not a multiaddr: the ledger does not promise that it is one
    }
  });
  if (found.length === 0) throw new Fault('network.unreachable', 'The member has no usable address.');
  return found;
}
