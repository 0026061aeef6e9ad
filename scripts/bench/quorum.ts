/** Two authorities of four are dead for a while, so that nothing becomes final; then they are back. Until the first block? */
import { createClient } from '../../client/client.ts';
import { createWallet } from '../../client/wallet.ts';
import { systemRandom } from '../../node/process/system.ts';
import { type Figure, inChecks } from './figure.ts';
import { setStage } from './stage.ts';

const VICTIMS = [2, 3];
const BAR_MS = 30_000;
const ASK_EVERY_MS = 50;

/** @param lostMs - how long. */
export async function measureQuorum(lostMs: number, yardstick: number): Promise<Figure[]> {
  const stage = await setStage({ libraries: 4, readers: 1, files: 1, parameters: {} });
  let done = false;
  try {
    await Promise.all(VICTIMS.map((i) => stage.processes[i]!.kill()));
    const { height } = await createClient({ url: stage.apis[0]! }).status();
    const asked = Date.now();
    const registered = untilRegistered(stage.apis[0]!, () => done);
    await new Promise((resolve) => setTimeout(resolve, lostMs));
    const before = (await createClient({ url: stage.apis[0]! }).status()).height;
    if (before > height + 1) throw new Error('blocks became final without a quorum');
    const from = performance.now();
    await Promise.all(VICTIMS.map((i) => stage.restart(i)));
    await registered;
    const ms = performance.now() - from;
    return [
      {
        what: `quorum lost for ${Math.round((Date.now() - ms - asked) / 1_000)} s, two started again: first block`,
        figure: `${(ms / 1_000).toFixed(1)} s`,
        toYardstick: inChecks(ms, yardstick),
        bar: '≤ 30 s',
        met: ms <= BAR_MS,
      },
    ];
  } finally {
    done = true;
    await stage.end();
  }
}

/** Somebody asks for a block all the time; a library gives up a request after a while. */
async function untilRegistered(api: string, over: () => boolean): Promise<void> {
  const client = createClient({ url: api });
  const { publicKey } = createWallet(systemRandom.bytes(32));
  while (!over()) {
    try {
      await client.register(publicKey);
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, ASK_EVERY_MS)); // no quorum yet
    }
  }
}
