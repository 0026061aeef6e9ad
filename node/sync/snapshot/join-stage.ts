/**
 * The stage before a library opens when its store wants a snapshot, or was stopped in the middle of one: a network
 * and a page that tells how far it is, nothing else. No ledger, no readers, no votes.
 */
import type { Genesis } from '../../../chain/block/genesis.ts';
import { CODES } from '../../../core/codes.ts';
import type { Clock, Log, MemberAddress, Network, Random, Store } from '../../../core/ports.ts';
import type { Seed32 } from '../../../core/scalars.ts';
import { publicKeyOf } from '../../../core/sign.ts';
import type { VerifySignature } from '../../../light/trusted.ts';
import { createLibp2pNetwork } from '../../../network/libp2p-network.ts';
import { listenAddresses } from '../../../network/multiaddrs.ts';
import { createJoiningServer, type Joining } from '../../../rpc/joining-server.ts';
import { KnownPeers } from '../../peers/known-peers.ts';
import { namesAmong } from '../../peers/names.ts';
import { PROTOCOLS, TOPICS } from '../../peers/protocol-names.ts';
import type { Config } from '../../process/config.ts';
import { VERSION } from '../../process/version.ts';
import { type JoinProgress, SnapshotJoin } from './join.ts';
import { readJoinMembers, readJoinRecord } from './join-record.ts';

type Ports = {
  /** Started. */
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly verify: VerifySignature;
  /** A mistake of ours: the process must end. */
  failed(error: unknown): void;
};
type Options = {
  readonly config: Config;
  readonly genesis: Genesis;
  readonly seed: Seed32;
  readonly stopping: AbortSignal;
};

/** @returns false when it was stopped before the store held a ledger. Nothing to do: true at once. */
export async function joinIfWanted(ports: Ports, options: Options): Promise<boolean> {
  const { store, clock, random, log, verify, failed } = ports;
  const { config, genesis, seed, stopping } = options;
  if (readJoinRecord(store) === undefined) return true;
  if (stopping.aborted) return false;
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
  const page = createJoiningServer(
    {
      // Its entry may have changed since the genesis: what the ledger says of it is known when the join is over.
      names: namesAmong(genesis.members, publicKeyOf(seed), config),
      ...{ clock, log, version: VERSION, fail: failed },
      joining: () => inWords(join.progress),
    },
    { host: config.host, port: config.httpPort, trustedProxies: config.trustedProxies },
  );
  try {
    await page.start();
    if (stopping.aborted) return false;
    return await join.run();
  } finally {
    stopping.removeEventListener('abort', stop);
    await page.stop();
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

function inWords({ phase, height, done, trouble }: JoinProgress): Joining {
  const said = trouble && { trouble: { code: trouble, sentence: CODES[trouble].title } };
  return { phase, height: height ?? null, percent: Math.round(done * 100), ...said };
}
