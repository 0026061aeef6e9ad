/** What the machine gives a library: the clock, chance, the database on its disk, a thread that verifies, turns for others. */
import type { Clock, DeepStore, Log, Random } from '../../core/ports.ts';
import type { VerifySignature } from '../../light/trusted.ts';
import { openLevelStore } from '../../store/level.ts';
import type { Part } from './lifecycle.ts';
import { systemClock, systemRandom } from './system.ts';
import { createVerifier, type Verifier } from './verifier.ts';
import { createYield, type Yield } from './yield.ts';

export type Machine = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Started. */
  readonly store: DeepStore;
  readonly verifier: Verifier;
  /** One signature, now, where it is needed at once. */
  readonly verify: VerifySignature;
  readonly yieldToLoop: Yield;
  /** They stop last. */
  readonly parts: readonly Part[];
};

/** @throws Fault("store.locked" | "store.failed"). */
export async function openMachine(database: string, log: Log): Promise<Machine> {
  const store = openLevelStore(database, log);
  await store.start();
  const verifier = createVerifier();
  return {
    ...{ clock: systemClock, random: systemRandom, log, store, verifier },
    verify: (publicKey, hash, signature) => verifier.verifyNow(publicKey, hash, signature),
    yieldToLoop: createYield(),
    parts: [
      { name: 'store', start() {}, stop: () => store.stop() },
      { name: 'verifier', start() {}, stop: () => verifier.stop() },
    ],
  };
}
