import { expect } from 'chai';
import { leaderTimeoutMs } from '../../../consensus/timing.ts';
import { createSigner } from '../../../core/crypto-node.ts';
import { verifyHash } from '../../../core/sign.ts';
import { Memory } from '../../../node/engine/amnesia/amnesia.ts';
import { openEpoch } from '../../../node/engine/epoch.ts';
import { systemRandom } from '../../../node/process/system.ts';
import { createMemoryStore } from '../../../store/memory.ts';
import { idOf, keyOf, seedOf } from '../../chain/world.ts';
import { finalisedChain } from '../finalised-chain.ts';
import { quiet } from '../replicas.ts';

describe('an epoch', () => {
  it('waits for leaders as long as the interval between blocks is now, not as it was when it began', async () => {
    const store = createMemoryStore();
    await store.start();
    const { world, ledger, commit } = await finalisedChain(store);
    const identity = { publicKey: keyOf('ann'), sign: createSigner(seedOf('ann')) };
    const memory = new Memory({
      store,
      watermark: undefined,
      random: systemRandom,
      log: quiet,
      signAnyway: false,
      lostAgain() {},
    });
    const { machine } = openEpoch(ledger, { identity, verify: verifyHash, deltaMs: 500, memory }, []);
    const before = leaderTimeoutMs(machine);
    for (const blockIntervalMs of [30_000, 20]) {
      const parameters = { ...world.genesis.parameters, blockIntervalMs };
      const proposal = world.propose({ kind: 'set-parameters', parameters });
      await commit([proposal, ...['bob', 'cid'].map((name) => world.approve(idOf(proposal), name))]);
      expect(leaderTimeoutMs(machine)).to.equal(before + blockIntervalMs);
    }
  });
});
