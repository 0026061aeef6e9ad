/**
 * The members on the other side: whom this node is connected to, and what it does with what they say. The rooms above
 * put their rows (protocol.ts) in here, and say who wants to know of a new line.
 */
import { assert } from '../../core/assert.ts';
import type { Bytes } from '../../core/bytes.ts';
import type { Clock, Log, MemberAddress, Network, PeerKey, Store } from '../../core/ports.ts';
import type { Part } from '../process/lifecycle.ts';
import { GossipHandlers } from './gossip-handlers.ts';
import { KnownPeers, metWrite, readMet } from './known-peers.ts';
import { Parted } from './parted.ts';
import type { Protocol } from './protocol.ts';
import { PROTOCOLS, TOPICS } from './protocol-names.ts';
import { RequestHandlers } from './request-handlers.ts';

type Ports = {
  readonly store: Store;
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  /** Whom the ledger knows, now. */
  members(): readonly MemberAddress[];
  /** One frame of a direct stream. */
  frame(from: PeerKey, bytes: Bytes): void;
  failed(error: unknown): void;
};
type Told = (peer: PeerKey) => void;

export type Peers = {
  /** One row for each name; before the network starts. */
  serve(protocols: readonly Protocol[]): void;
  /** Of a whole library: each name that it gives the others is known to some room. So what is forgotten stops every start. */
  assertWhole(): void;
  /** A line to a member is open: it may be asked. */
  onOpened(told: Told): void;
  /** Gossip and frames reach it as well. Whoever comes first is told first. */
  onConnected(told: Told): void;
  onDisconnected(told: Told): void;
  /** The ledger knows others now. */
  membersChanged(): void;
  /** Lets go of a member for a while. */
  part(peer: PeerKey): void;
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};

/** @param named - by the operator, beside the members that the ledger knows. */
export function openPeers(ports: Ports, named: readonly MemberAddress[]): Peers {
  const { store, network, clock, log, failed } = ports;
  const requests = new RequestHandlers({ clock, log });
  const gossips = new GossipHandlers(clock);
  let isMet = false;
  const opened: Told[] = [];
  const connected: Told[] = [];
  const disconnected: Told[] = [];
  const known = new KnownPeers(named, readMet(store));
  const parted = new Parted({ clock, changed: () => connect() });
  const connect = (): void => {
    const before = known.met().length;
    const all = known.beside(ports.members());
    network.setMembers(all.filter(({ key }) => !parted.has(key)));
    if (known.met().length > before) void store.write([metWrite(known.met())], { sync: false }).catch(failed);
  };
  network.handle({
    frame: (from, bytes) => ports.frame(from, bytes),
    gossip: (topic, from, bytes) => gossips.receive(topic, from, bytes),
    request: (protocol, from, bytes) => requests.answer(protocol, from, bytes),
    opened(peer) {
      for (const told of opened) told(peer);
    },
    connected(peer) {
      for (const told of connected) told(peer);
    },
    disconnected(peer) {
      for (const told of disconnected) told(peer);
    },
  });
  return {
    serve(protocols) {
      assert(!isMet, 'rows are there before the first member is');
      for (const row of protocols) {
        if ('request' in row) requests.add(row);
        else gossips.add(row);
      }
    },
    assertWhole() {
      for (const name of PROTOCOLS) assert(requests.has(name), `a room answers ${name}`);
      for (const name of TOPICS) assert(gossips.has(name), `a room hears ${name}`);
    },
    onOpened: (told) => void opened.push(told),
    onConnected: (told) => void connected.push(told),
    onDisconnected: (told) => void disconnected.push(told),
    membersChanged: connect,
    part: (peer) => parted.add(peer),
    parts: [
      {
        name: 'network',
        start: async () => {
          isMet = true;
          connect();
          await network.start();
        },
        stop: () => {
          parted.stop();
          return network.stop();
        },
      },
    ],
  };
}
