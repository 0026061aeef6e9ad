/** From submit to final when every message between two authorities is under way for 50 ms. */
import { freeBasePort, PROXY } from '../free-port.ts';
import { CALM, Proxies } from '../proxies/proxies.ts';
import { type Figure, inChecks } from './figure.ts';
import { measureLatency } from './latency.ts';
import { setStage } from './stage.ts';

const ONE_WAY_MS = 50;
const LIBRARIES = 4;
const COUNT = 200;
const WARM = 20;
const P50_BAR_MS = 250;
const P99_BAR_MS = 600;
const HOST = '127.0.0.1';

export async function measureLatencyWan(yardstick: number): Promise<Figure[]> {
  const basePort = await freeBasePort(LIBRARIES);
  const places = Array.from({ length: LIBRARIES }, (_, i) => {
    const first = basePort + 10 * i;
    return { fromHost: HOST, fromPort: first + PROXY, toHost: HOST, toPort: first + 1 };
  });
  const proxies = await Proxies.open({ places });
  await proxies.weather({ ...CALM, delayMs: ONE_WAY_MS });
  const stage = await setStage({
    libraries: LIBRARIES,
    readers: COUNT + WARM + 2,
    files: 1,
    parameters: { blockIntervalMs: 0 },
    basePort,
    peerAddress: (i) => `/ip4/${HOST}/tcp/${places[i]!.fromPort}`,
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
    await proxies.close();
  }
}
