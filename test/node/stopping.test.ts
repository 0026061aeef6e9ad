/** Work with turns for others ends before the store does: nothing of it outlives the stop of the node. */
import { expect } from 'chai';
import { createSigner } from '../../core/crypto-node.ts';
import type { Network } from '../../core/ports.ts';
import { createMemoryHub } from '../../network/memory.ts';
import { PROTOCOLS, TOPICS } from '../../node/peers/protocol-names.ts';
import { Lifecycle } from '../../node/process/lifecycle.ts';
import { systemClock, systemRandom } from '../../node/process/system.ts';
import { openReplica, type Replica } from '../../node/replica.ts';
import { createMemoryStore } from '../../store/memory.ts';
import { genesisOf, keyOf, seedOf } from '../chain/world.ts';
import { verifierWithoutThread } from './moving-clock.ts';
import { quiet, registration } from './replicas.ts';

/** Enough for a yield in the middle. */
const TRANSACTIONS = 100;

describe('a node that stops', () => {
  const genesis = genesisOf({ blockIntervalMs: 0, heartbeatMs: 60_000 }, 2);

  it('ends what it builds and what it judges, and only then closes the store', async () => {
    const hub = createMemoryHub({ clock: systemClock });
    // Whichever of the two leads builds; the other one judges.
    for (const works of ['builder', 'judge'] as const) {
      const faults: unknown[] = [];
      const reached = Promise.withResolvers<string>();
      const goOn = Promise.withResolvers<void>();
      let first = '';
      const yieldToLoop = (name: string) => async (): Promise<void> => {
        first ||= name;
        if ((name === first) !== (works === 'builder')) return;
        reached.resolve(name);
        await goOn.promise;
      };
      const nodes = new Map<string, Awaited<ReturnType<typeof open>>>();
      for (const name of ['ann', 'bob']) {
        nodes.set(name, await open(name, hub.network(keyOf(name), NETWORK), yieldToLoop(name), faults));
      }
      void fill(nodes.get('ann')!.replica);
      const { lifecycle } = nodes.get(await reached.promise)!;
      let stopped = false;
      const stopping = lifecycle.stop().then(() => {
        stopped = true;
      });
      for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
      expect(stopped, works).to.equal(false);
      goOn.resolve();
      await stopping;
      for (const node of nodes.values()) await node.lifecycle.stop();
      expect(faults, works).to.deep.equal([]);
    }
  });

  const NETWORK = { topics: TOPICS, protocols: PROTOCOLS, members: [] };

  async function open(name: string, network: Network, yieldToLoop: () => Promise<void>, faults: unknown[]) {
    const store = createMemoryStore();
    await store.start();
    const replica = await openReplica(
      {
        store,
        network,
        clock: systemClock,
        random: systemRandom,
        log: quiet,
        verifier: verifierWithoutThread,
        identity: { publicKey: keyOf(name), sign: createSigner(seedOf(name)) },
        accused() {},
        yieldToLoop,
        failed: (error) => void faults.push(error),
      },
      { genesis, deltaMs: 200, statesKept: 100 },
    );
    const parts = [{ name: 'store', start() {}, stop: () => store.stop() }, ...replica.parts];
    const lifecycle = new Lifecycle(parts, quiet);
    await lifecycle.start();
    return { replica, lifecycle };
  }

  async function fill({ submission }: Replica): Promise<void> {
    const all = Array.from({ length: TRANSACTIONS }, (_, i) => registration(genesis, `reader ${i}`, 'ann'));
    await Promise.all(all.map((one) => submission.submit(one)));
  }
});
