/** Whole replicas over stores and a network in memory, with real signatures and the real clock: for tests of node/. */

import type { Register } from '../../chain/accounts/register.ts';
import type { Genesis } from '../../chain/block/genesis.ts';
import { chainIdOf, type Parameters } from '../../chain/block/genesis.ts';
import { signTransaction } from '../../chain/transaction/signing.ts';
import type { Evidence } from '../../consensus/messages.ts';
import type { Bytes } from '../../core/bytes.ts';
import { createSigner } from '../../core/crypto-node.ts';
import type { Clock, Log, MemberAddress, Network } from '../../core/ports.ts';
import { accept, type Verdict } from '../../core/verdict.ts';
import { createMemoryHub, type MemoryHub } from '../../network/memory.ts';
import { createMemoryWatermark, type MemoryWatermark } from '../../node/engine/amnesia/watermark-memory.ts';
import { PROTOCOLS, TOPICS, WANT_TOPIC } from '../../node/peers/protocol-names.ts';
import { Lifecycle } from '../../node/process/lifecycle.ts';
import { systemClock, systemRandom } from '../../node/process/system.ts';
import { createVerifier } from '../../node/process/verifier.ts';
import { openReplica, type Replica } from '../../node/replica.ts';
import { createMemoryStore, type MemoryStore } from '../../store/memory.ts';
import { genesisOf, keyOf, START, seedOf } from '../chain/world.ts';

/** One thread for all replicas of a test process; it holds the process only while somebody waits. */
const verifier = createVerifier();

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

export type TestReplica = Replica & {
  readonly name: string;
  readonly store: MemoryStore;
  readonly watermark: MemoryWatermark;
  readonly network: Network;
  /** What consensus accused others of, here. */
  readonly accused: Evidence[];
  /** What it has heard to be wanted at other libraries, as it came. */
  readonly wanted: Bytes[];
  /** Lines of its log that say what is wrong. */
  readonly errors: readonly string[];
  stop(): Promise<void>;
};
export type Disk = { readonly store?: MemoryStore; readonly watermark?: MemoryWatermark };
export type FederationOptions = {
  readonly authorities?: number;
  readonly heartbeatMs?: number;
  readonly parameters?: Partial<Parameters>;
  /** Hears of timers; the system's, by default. */
  readonly clock?: Clock;
  /** Of the genesis. After an old one, as by default, a heartbeat is due at once, and makes a block of its own. */
  readonly time?: number;
};

export type TestFederation = {
  readonly genesis: Genesis;
  readonly clock: Clock;
  readonly hub: MemoryHub;
  readonly replicas: TestReplica[];
  /** Starts one more, or one again, on a disk of its own or on what is given of one. */
  join(
    name: string,
    disk?: Disk,
    signAfterAmnesia?: boolean,
    peers?: readonly MemberAddress[],
  ): Promise<TestReplica>;
  /** Stops one, with what a crash leaves of its disk. */
  kill(name: string): Promise<TestReplica>;
  stop(): Promise<void>;
};

/** @param names - of chain/world.ts's libraries; the first three are authorities, unless it is said otherwise. */
export async function startFederation(
  names: readonly string[],
  options: FederationOptions = {},
): Promise<TestFederation> {
  const { authorities = 3, heartbeatMs = 60_000, parameters, clock = systemClock, time = START } = options;
  const genesis = { ...genesisOf({ blockIntervalMs: 0, heartbeatMs, ...parameters }, authorities), time };
  const hub = createMemoryHub({ clock });
  const replicas: TestReplica[] = [];
  const join = async (
    name: string,
    disk: Disk = {},
    signAfterAmnesia = false,
    peers: readonly MemberAddress[] = [],
  ): Promise<TestReplica> => {
    const { store = createMemoryStore(), watermark = createMemoryWatermark() } = disk;
    const replica = await startReplica(
      name,
      genesis,
      hub,
      { store, watermark, clock },
      { signAfterAmnesia, peers },
    );
    replicas.push(replica);
    return replica;
  };
  const kill = async (name: string): Promise<TestReplica> => {
    const at = replicas.findIndex((replica) => replica.name === name);
    const [replica] = replicas.splice(at, 1);
    await replica!.stop();
    replica!.store.crash({ keep: 'none' });
    return replica!;
  };
  for (const name of names) await join(name);
  const stop = async (): Promise<void> => {
    await Promise.all(replicas.map((replica) => replica.stop()));
  };
  return { genesis, clock, hub, replicas, join, kill, stop };
}

async function startReplica(
  name: string,
  genesis: Genesis,
  hub: MemoryHub,
  disk: Required<Disk> & { readonly clock: Clock },
  options: { readonly signAfterAmnesia: boolean; readonly peers: readonly MemberAddress[] },
): Promise<TestReplica> {
  const { store, watermark, clock } = disk;
  await store.start();
  const accused: Evidence[] = [];
  const errors: string[] = [];
  const wanted: Bytes[] = [];
  const hear = (want: Bytes): Verdict => {
    wanted.push(want);
    return accept();
  };
  const key = keyOf(name);
  const network = hub.network(key, { topics: TOPICS, protocols: PROTOCOLS, members: [] });
  const replica = await openReplica(
    {
      store,
      network,
      clock,
      random: systemRandom,
      log: { ...quiet, error: (message) => void errors.push(message) },
      verifier,
      identity: { publicKey: key, sign: createSigner(seedOf(name)) },
      watermark,
      accused: (evidence) => void accused.push(evidence),
      failed(error) {
        throw error;
      },
    },
    { genesis, deltaMs: 200, statesKept: 100, ...options },
  );
  replica.peers.serve([{ topic: WANT_TOPIC, cost: 0, receive: (_, bytes) => hear(bytes) }]);
  const lifecycle = new Lifecycle(replica.parts, quiet);
  await lifecycle.start();
  return { ...replica, name, ...disk, network, accused, wanted, errors, stop: () => lifecycle.stop() };
}

/** A registration, sponsored by the library of that name. */
export function registration(genesis: Genesis, reader: string, sponsor: string): Register {
  const unsigned = { kind: 'register' as const, key: keyOf(reader), sponsor: keyOf(sponsor) };
  return signTransaction<'register'>(chainIdOf(genesis), unsigned, seedOf(sponsor));
}

/** Resolves when every replica has reached this height. */
export function untilHeight(replicas: readonly Replica[], height: number): Promise<unknown> {
  return Promise.all(
    replicas.map(
      ({ ledger }) =>
        new Promise<void>((resolve) => {
          if (ledger.head().header.height >= height) return resolve();
          ledger.onCommit(({ block }) => block.header.height >= height && resolve());
        }),
    ),
  );
}
