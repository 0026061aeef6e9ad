/** Whole replicas over stores and a network in memory, with real signatures and the real clock: for tests of node/. */
import type { Genesis } from '../../chain/genesis.ts';
import { chainIdOf } from '../../chain/genesis.ts';
import { signTransaction } from '../../chain/signing.ts';
import type { Register } from '../../chain/transaction.ts';
import { createSigner } from '../../core/crypto-node.ts';
import type { Log } from '../../core/ports.ts';
import { accept } from '../../core/verdict.ts';
import { createMemoryHub, type MemoryHub } from '../../network/memory.ts';
import { systemClock } from '../../node/clock.ts';
import { Lifecycle } from '../../node/lifecycle.ts';
import { PROTOCOLS, TOPICS } from '../../node/protocols.ts';
import { systemRandom } from '../../node/random.ts';
import { openReplica, type Replica } from '../../node/replica.ts';
import { createVerifier } from '../../node/verifier.ts';
import { createMemoryStore, type MemoryStore } from '../../store/memory.ts';
import { genesisOf, keyOf, seedOf } from '../chain/world.ts';

export const quiet: Log = { debug() {}, info() {}, warn() {}, error() {} };

export type TestReplica = Replica & {
  readonly name: string;
  readonly store: MemoryStore;
  stop(): Promise<void>;
};

export type TestFederation = {
  readonly genesis: Genesis;
  readonly hub: MemoryHub;
  readonly replicas: TestReplica[];
  /** Starts one more, or one again, on a store of its own or on the one that is given. */
  join(name: string, store?: MemoryStore): Promise<TestReplica>;
  stop(): Promise<void>;
};

/** @param names - of chain/world.ts's libraries; the first three are authorities. */
export async function startFederation(names: readonly string[]): Promise<TestFederation> {
  const genesis = genesisOf({ blockIntervalMs: 0 });
  const hub = createMemoryHub({ clock: systemClock });
  const replicas: TestReplica[] = [];
  const join = async (name: string, store = createMemoryStore()): Promise<TestReplica> => {
    const replica = await startReplica(name, genesis, hub, store);
    replicas.push(replica);
    return replica;
  };
  for (const name of names) await join(name);
  const stop = async (): Promise<void> => {
    await Promise.all(replicas.map((replica) => replica.stop()));
  };
  return { genesis, hub, replicas, join, stop };
}

async function startReplica(
  name: string,
  genesis: Genesis,
  hub: MemoryHub,
  store: MemoryStore,
): Promise<TestReplica> {
  await store.start();
  const key = keyOf(name);
  const replica = await openReplica(
    {
      store,
      network: hub.network(key, { topics: TOPICS, protocols: PROTOCOLS, members: [] }),
      clock: systemClock,
      random: systemRandom,
      log: quiet,
      verifier: createVerifier(),
      identity: { publicKey: key, sign: createSigner(seedOf(name)) },
      metainfo: () => undefined,
      wanted: () => accept(),
      accused() {},
      failed(error) {
        throw error;
      },
    },
    { genesis, deltaMs: 200, statesKept: 100 },
  );
  const lifecycle = new Lifecycle(replica.parts, quiet);
  await lifecycle.start();
  return { ...replica, name, store, stop: () => lifecycle.stop() };
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
