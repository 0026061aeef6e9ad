/** "dan", who votes on nothing, with a clock that a test moves: what comes, comes from those whom the test has at the hub. */
import type { Genesis } from '../../../chain/block/genesis.ts';
import { createSigner } from '../../../core/crypto-node.ts';
import type { DeepStore, Log, MemberAddress } from '../../../core/ports.ts';
import type { Checkpoint } from '../../../light/checkpoint.ts';
import type { MemoryHub } from '../../../network/memory.ts';
import { PROTOCOLS, TOPICS } from '../../../node/peers/protocol-names.ts';
import { Lifecycle } from '../../../node/process/lifecycle.ts';
import { systemRandom } from '../../../node/process/system.ts';
import type { Yield } from '../../../node/process/yield.ts';
import { openReplica, type Replica } from '../../../node/replica.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { keyOf, seedOf } from '../../chain/world.ts';
import { type MovingClock, verifierWithoutThread } from '../moving-clock.ts';
import { quiet } from '../replicas.ts';

type World = {
  readonly hub: MemoryHub;
  readonly clock: MovingClock;
  readonly genesis: Genesis;
  /** It is stopped with what stands here. */
  readonly stops: (() => Promise<unknown>)[];
};
type How = {
  /** Started; without it dan is at genesis. */
  readonly store?: DeepStore;
  readonly peers?: readonly MemberAddress[];
  readonly checkpoint?: Checkpoint | undefined;
  /** As replica.ts has it; without it dan may not take a state. */
  readonly lag?: Parameters<typeof openReplica>[0]['lag'];
  readonly yieldToLoop?: Yield;
  readonly log?: Partial<Log>;
  failed?(error: unknown): void;
};

export async function newcomer({ hub, clock, genesis, stops }: World, how: How = {}): Promise<Replica> {
  const { store = createMemoryStore(), peers = [], checkpoint, lag, log } = how;
  const { yieldToLoop = async () => {}, failed = raise } = how;
  if (how.store === undefined) await store.start();
  const replica = await openReplica(
    {
      ...{ store, clock, yieldToLoop, failed },
      network: hub.network(keyOf('dan'), { topics: TOPICS, protocols: PROTOCOLS, members: [] }),
      random: systemRandom,
      log: { ...quiet, ...log },
      verifier: verifierWithoutThread,
      identity: { publicKey: keyOf('dan'), sign: createSigner(seedOf('dan')) },
      accused() {},
      ...(lag && { lag }),
    },
    { genesis, deltaMs: 200, statesKept: 100, peers, checkpoint },
  );
  const lifecycle = new Lifecycle(replica.parts, quiet);
  await lifecycle.start();
  stops.push(() => lifecycle.stop());
  return replica;
}

function raise(error: unknown): void {
  throw error;
}
