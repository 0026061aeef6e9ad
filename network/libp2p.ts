/**
 * libp2p, put together for a federation: TCP, Noise, Yamux, identify and gossipsub, each option with its reason.
 * No discovery, no relay, no DHT, no UPnP: members are dialled at the addresses that the ledger names. Opens no
 * connection by itself.
 */

import type { GossipSub } from '@libp2p/gossipsub';
import { identify } from '@libp2p/identify';
import type { ConnectionGater, PrivateKey } from '@libp2p/interface';
import { noise } from '@libp2p/noise';
import { tcp } from '@libp2p/tcp';
import { yamux } from '@libp2p/yamux';
import { createLibp2p, type Libp2p } from 'libp2p';
import { limits } from '../core/limits.ts';
import type { Gate } from './gate.ts';
import { gossipOptions, gossipService } from './gossip.ts';
import type { Newcomers } from './newcomers.ts';
import { toPeerKey } from './peer-key.ts';

export type Node = Libp2p<{ pubsub: GossipSub }>;

export type NodeOptions = {
  readonly privateKey: PrivateKey;
  readonly listen: readonly string[];
  readonly announce: readonly string[];
  readonly topics: readonly string[];
};

const MiB = 1024 * 1024;
const SOCKET = { noDelay: true, keepAlive: true };
/** From the first byte of a stranger to the proof of its key. */
const UPGRADE_MS = 5_000;

/** A node that is not started yet. */
export function createNode(gate: Gate, newcomers: Newcomers, options: NodeOptions): Promise<Node> {
  return createLibp2p({
    start: false,
    privateKey: options.privateKey,
    nodeInfo: { name: 'digitallib', version: '1', userAgent: 'digitallib/1' },
    addresses: { listen: [...options.listen], announce: [...options.announce] },
    transports: [tcp({ dialOpts: SOCKET, listenOpts: SOCKET })],
    connectionEncrypters: [noise()],
    streamMuxers: [
      yamux({
        streamOptions: {
          // a window grows from 256 KiB (Yamux fixes that) to hold a block; one peer must not fill the memory
          maxStreamWindowSize: 4 * MiB,
          maxReadBufferLength: 8 * MiB,
        },
      }),
    ],
    connectionGater: membersOnly(gate, newcomers),
    connectionManager: {
      maxConnections: limits.connectionsMax,
      maxIncomingPendingConnections: 2 * limits.newcomersMax, // newcomers.ts: these are never reached
      inboundConnectionThreshold: limits.connectionsPerHostPerSecondMax,
      inboundUpgradeTimeout: UPGRADE_MS,
      reconnectRetries: 0, // dialer.ts
    },
    // a peer that vanished without a word is noticed; a busy one is left alone
    connectionMonitor: { pingInterval: 10_000, pingTimeout: { minTimeout: 15_000 } },
    services: { identify: identify(), pubsub: gossipService(gossipOptions(options.topics)) },
  });
}

/** The handshake has proved the key by then, and no stream is open yet. */
function membersOnly(gate: Gate, newcomers: Newcomers): ConnectionGater {
  const denies: ConnectionGater['denyDialPeer'] = (peerId) => !gate.admits(toPeerKey(peerId));
  return {
    denyDialPeer: denies,
    denyDialMultiaddr: () => false,
    denyInboundConnection: (connection) => !newcomers.arrived(connection),
    denyInboundEncryptedConnection(peerId, connection) {
      const isMember = gate.admits(toPeerKey(peerId));
      if (isMember) newcomers.isMember(connection);
      return !isMember;
    },
    denyOutboundEncryptedConnection: denies,
    denyInboundUpgradedConnection: denies,
    denyOutboundUpgradedConnection: denies,
  };
}
