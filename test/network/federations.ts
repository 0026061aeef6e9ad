/** Small federations to test with: over libp2p on free ports of this machine, and in memory. */
import { hash, randomBytes } from 'node:crypto';
import { createServer } from 'node:net';
import type { MemberAddress } from '../../core/ports.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { createLibp2pNetwork, type Libp2pNetwork } from '../../network/libp2p-network.ts';
import { createMemoryHub, type MemoryHubOptions } from '../../network/memory.ts';
import { type Federation, PROTOCOLS, TOPICS } from '../contracts/network.ts';
import { createTestClock, type TestClock } from './clock.ts';
import { createRecorder, type Peer, silent } from './recorder.ts';

/** The seed of the nth node. */
export function seedOf(index: number): Uint8Array {
  return new Uint8Array(hash('sha256', `node ${index}`, 'buffer'));
}

export type Libp2pPeer = Peer & { readonly network: Libp2pNetwork; readonly port: number };
export type Libp2pFederation = Federation & { readonly peers: readonly Libp2pPeer[] };

export async function libp2pFederation(count: number): Promise<Libp2pFederation> {
  const clock = createTestClock();
  const ports = await freePorts(count);
  const members = ports.map((port, index) => memberAt(index, port));
  const peer = (index: number): Libp2pPeer => libp2pPeer(clock, index, ports[index]!, members);
  const peers = members.map((_, index) => peer(index));
  return federationOf(clock, peers, peer, members);
}

export function libp2pPeer(
  clock: TestClock,
  index: number,
  port: number,
  members: readonly MemberAddress[],
): Libp2pPeer {
  const seed = seedOf(index);
  const random = { bytes: (length: number) => new Uint8Array(randomBytes(length)) };
  const listen = [`/ip4/127.0.0.1/tcp/${port}`];
  const network = createLibp2pNetwork(
    { clock, random, log: silent },
    { seed, listen, topics: TOPICS, protocols: PROTOCOLS, members },
  );
  const heard = createRecorder();
  network.handle(heard);
  return { key: publicKeyOf(seed), network, heard, port };
}

export async function memoryFederation(
  count: number,
  deliver?: MemoryHubOptions['deliver'],
): Promise<Federation> {
  const clock = createTestClock();
  const hub = createMemoryHub(deliver === undefined ? { clock } : { clock, deliver });
  const members = Array.from({ length: count }, (_, index) => memberAt(index, 1));
  const peer = (index: number): Peer => {
    const key = members[index]!.key;
    const network = hub.network(key, { topics: TOPICS, protocols: PROTOCOLS, members });
    const heard = createRecorder();
    network.handle(heard);
    return { key, network, heard };
  };
  const peers = members.map((_, index) => peer(index));
  return {
    ...federationOf(clock, peers, peer, members),
    line: (a, b, up) => hub.line(members[a]!.key, members[b]!.key, up),
  };
}

export function memberAt(index: number, port: number): MemberAddress {
  return { key: publicKeyOf(seedOf(index)), addresses: [`/ip4/127.0.0.1/tcp/${port}`] };
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as { port: number }).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function federationOf<P extends Peer>(
  clock: TestClock,
  peers: readonly P[],
  peer: (index: number) => P,
  members: readonly MemberAddress[],
): Federation & { readonly peers: readonly P[] } {
  const all = [...peers];
  return {
    clock,
    peers,
    async restart(index) {
      const again = peer(index);
      all.push(again);
      await again.network.start();
      return again;
    },
    setMembers(indexes) {
      for (const { network } of all) network.setMembers(indexes.map((index) => members[index]!));
    },
    async stop() {
      await Promise.all(all.map(({ network }) => network.stop()));
    },
  };
}
