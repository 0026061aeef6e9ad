/**
 * Who this node is to the others: says hello to every member, finds out why nobody lets it in, and holds what it was
 * started with against what the ledger says of it.
 */

import { RULES_VERSION } from '../../../chain/block/version.ts';
import type { Member } from '../../../chain/federation/member.ts';
import { equalBytes, toHex } from '../../../core/bytes.ts';
import type { Clock, Log, Network, Random } from '../../../core/ports.ts';
import type { Hash32, Height } from '../../../core/scalars.ts';
import type { VerifySignature } from '../../../light/trusted.ts';
import type { Identity } from '../../process/identity.ts';
import type { Part } from '../../process/lifecycle.ts';
import { VERSION } from '../../process/version.ts';
import type { Peers } from '../open.ts';
import { type Acquaintance, Acquaintances } from './acquaintances.ts';
import { askApi } from './ask-api.ts';
import { Greeter } from './greeter.ts';
import { type Flags, OwnEntry } from './own-entry.ts';
import { Stranger } from './stranger.ts';

type Ports = {
  readonly peers: Peers;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly identity: Identity;
  readonly verify: VerifySignature;
  readonly chainId: Hash32;
  height(): Height;
  /** Whom the ledger knows, now. */
  members(): readonly Member[];
  /** Blocks are missing: what the ledger says here is of long ago. */
  isBehind(): boolean;
  /** For metrics. */
  refused(code: string): void;
  /** Another process runs with this key. */
  twin(): void;
};

export type HelloRoom = {
  readonly greeter: Greeter;
  /** The members that are connected. */
  acquaintances(): readonly Acquaintance[];
  /** The ledger knows others now, or other things of them. */
  membersChanged(): void;
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};

/** @param flags - with which the library was started. */
export function openHello(ports: Ports, flags: Flags): HelloRoom {
  const { peers, network, clock, random, log, identity, verify, chainId, height, members, isBehind } = ports;
  const key = identity.publicKey;
  const acquaintances = new Acquaintances();
  const greeter = new Greeter({
    network: {
      // Also those that gossip does not reach: to whoever has a twin that is so.
      peers: () => members().flatMap((one) => (equalBytes(one.key, key) ? [] : [one.key])),
      request: (to, protocol, bytes) => network.request(to, protocol, bytes),
    },
    ...{ clock, random, log, identity, verify, chainId, height },
    uptimeMs: () => performance.now(),
    rules: RULES_VERSION,
    program: VERSION,
    heard: (peer, height, roundTripMs) => acquaintances.heard(peer, height, roundTripMs),
    refused: ports.refused,
    twin: ports.twin,
    part: (peer) => peers.part(peer),
  });
  // Known before it is spoken to.
  for (const told of [peers.onOpened, peers.onConnected]) {
    told((peer) => acquaintances.connected(peer, clock.now()));
  }
  peers.onDisconnected((peer) => acquaintances.disconnected(peer));
  peers.onOpened((peer) => greeter.connected(peer));
  peers.onConnected((peer) => greeter.connected(peer));
  const stranger = new Stranger({
    ...{ clock, log, key, chainId, height, members },
    peers: () => network.peers().length,
    ask: askApi,
  });
  const ownEntry = new OwnEntry({
    ...{ clock, log, flags, isBehind },
    entry: () => members().find((one) => equalBytes(one.key, key)),
  });
  return {
    greeter,
    acquaintances() {
      const connected = new Set(network.peers().map(toHex));
      return acquaintances.all().filter(({ key: one }) => connected.has(toHex(one)));
    },
    membersChanged: () => ownEntry.changed(),
    parts: [
      { name: 'hello', start: () => greeter.start(), stop: () => greeter.stop() },
      { name: 'own entry', start: () => ownEntry.start(), stop: () => ownEntry.stop() },
      { name: 'stranger', start: () => stranger.start(), stop: () => stranger.stop() },
    ],
  };
}
