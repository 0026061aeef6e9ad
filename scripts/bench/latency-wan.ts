/** From submit to final when every message between two authorities is under way for 50 ms. */
import { freeBasePort } from '../free-port.ts';
import { delayLines } from './delay-line.ts';
import { type Figure, inChecks } from './figure.ts';
import { measureLatency } from './latency.ts';
import { setStage } from './stage.ts';

const ONE_WAY_MS = 50;
const LIBRARIES = 4;
const COUNT = 200;
const WARM = 20;
const P50_BAR_MS = 250;
const P99_BAR_MS = 600;
/** Library i has the ports base + 10·i … base + 10·i + 2; its line begins here. */
const LINE = 5;

export async function measureLatencyWan(yardstick: number): Promise<Figure[]> {
  const basePort = await freeBasePort(LIBRARIES);
  const p2pPorts = Array.from({ length: LIBRARIES }, (_, i) => basePort + 10 * i + 1);
  const lines = p2pPorts.map((to, i) => ({ from: basePort + 10 * i + LINE, to }));
  const close = await delayLines(lines, ONE_WAY_MS);
  const stage = await setStage({
    libraries: LIBRARIES,
    readers: COUNT + WARM + 2,
    files: 1,
    parameters: { blockIntervalMs: 0 },
    basePort,
    peerAddress: (i) => `/ip4/127.0.0.1/tcp/${lines[i]!.from}`,
  });
  try {
    await measureLatency(stage, WARM, COUNT);
    const { p50Ms, p99Ms } = await measureLatency(stage, COUNT, 0);
    const row = (share: string, ms: number, bar: number): Figure => ({
      what: `submit to final at a round trip of 100 ms, ${share}`,
      figure: `${ms.toFixed(0)} ms`,
      toYardstick: inChecks(ms, yardstick),
      bar: `≤ ${bar} ms`,
      met: ms <= bar,
    });
    return [row('p50', p50Ms, P50_BAR_MS), row('p99', p99Ms, P99_BAR_MS)];
  } finally {
    await stage.end();
    await close();
  }
}
