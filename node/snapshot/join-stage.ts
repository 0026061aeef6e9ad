/**
 * The stage before a library opens when its store wants a snapshot, or was stopped in the middle of one: a network
 * and a page that tells how far it is, nothing else. No ledger, no readers, no votes.
 */
import { createServer, type Server } from 'node:http';
import type { Genesis } from '../../chain/genesis.ts';
import { limits } from '../../core/limits.ts';
import { cannotListen } from '../../core/listening.ts';
import type { Clock, Log, MemberAddress, Network, Random, Store } from '../../core/ports.ts';
import type { Seed32 } from '../../core/scalars.ts';
import { createLibp2pNetwork } from '../../network/libp2p-network.ts';
import { listenAddresses } from '../../network/listen-addresses.ts';
import type { Config } from '../config.ts';
import type { VerifySignature } from '../epoch.ts';
import { KnownPeers } from '../known-peers.ts';
import { PROTOCOLS, TOPICS } from '../protocols.ts';
import { VERSION } from '../version.ts';
import { type JoinProgress, SnapshotJoin } from './join.ts';
import { readJoinMembers, readJoinRecord } from './join-record.ts';

type Ports = {
  /** Started. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly verify: VerifySignature;
};
type Options = {
  readonly config: Config;
  readonly genesis: Genesis;
  readonly seed: Seed32;
  readonly stopping: AbortSignal;
};

/** @returns false when it was stopped before the store held a ledger. Nothing to do: true at once. */
export async function joinIfWanted(ports: Ports, options: Options): Promise<boolean> {
  const { store, clock, random, log, verify } = ports;
  const { config, genesis, seed, stopping } = options;
  if (readJoinRecord(store) === undefined) return true;
  const network = createLibp2pNetwork(
    { clock, random, log },
    {
      seed,
      listen: listenAddresses(config.host, config.p2pPort),
      topics: TOPICS,
      protocols: PROTOCOLS,
      members: [...peersOf(store, genesis, config.peers)],
    },
  );
  beSilent(network);
  await network.start();
  const join = new SnapshotJoin(
    { store, network, clock, log, verify, checkpoint: config.checkpoint },
    genesis,
  );
  const stop = (): void => join.stop();
  stopping.addEventListener('abort', stop);
  const page = await openPage(config, () => join.progress);
  try {
    if (stopping.aborted) return false;
    return await join.run();
  } finally {
    stopping.removeEventListener('abort', stop);
    await new Promise((resolve) => {
      page.close(resolve);
      page.closeAllConnections();
    });
    await network.stop();
  }
}

/** Those that the ledger knew in the end, and those that the operator has named. */
function peersOf(store: Store, genesis: Genesis, named: readonly MemberAddress[]): readonly MemberAddress[] {
  const latest = readJoinMembers(store);
  return new KnownPeers(named).beside(latest.length > 0 ? latest : genesis.members);
}

/** There is nothing to say yet. */
function beSilent(network: Network): void {
  network.handle({
    frame() {},
    gossip: () => ({ kind: 'ignore', code: 'transaction.known' }),
    request: async () => new Uint8Array(0),
    connected() {},
    disconnected() {},
  });
}

/** `/api/status` says how far the join is; whatever else is asked, the library is not ready. */
function openPage(config: Config, progress: () => JoinProgress): Promise<Server> {
  const server = createServer((request, response) => {
    const isStatus = request.method === 'GET' && /^\/api\/status(\?|$)/.test(request.url ?? '');
    const { phase, height, done } = progress();
    const joining = { phase, height: height ?? null, percent: Math.round(done * 100) };
    const body = isStatus
      ? { version: VERSION, joining }
      : { type: 'node.not-ready', title: 'The library is not ready yet.', status: 503, joining };
    response.writeHead(isStatus ? 200 : 503, {
      'content-type': isStatus ? 'application/json' : 'application/problem+json',
      'retry-after': '5',
    });
    response.end(JSON.stringify(body));
  });
  server.headersTimeout = limits.headersTimeoutMs;
  server.requestTimeout = limits.bodyTimeoutMs;
  server.maxConnections = limits.httpConnectionsMax;
  return new Promise((resolve, fail) => {
    const { host, httpPort: port } = config;
    server.once('error', (cause) =>
      fail(cannotListen({ what: 'the port of the API', option: '--http-port', host, port }, cause)),
    );
    server.listen(config.httpPort, config.host, () => resolve(server));
  });
}
