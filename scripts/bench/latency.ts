/** From submit to final at low load: one purchase after the other, each at the next library. */

import { signPurchases } from './purchases.ts';
import type { Stage } from './stage.ts';
import { percentile } from './yardstick.ts';

export type Latency = { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number };

export async function measureLatency(stage: Stage, count: number, from: number): Promise<Latency> {
  const times: number[] = [];
  for (const [i, call] of (await signPurchases(stage, count, from)).entries()) {
    const { hash, public_key, signed_hash } = call.params as Record<string, string>;
    const query = new URLSearchParams({ hash: hash!, public_key: public_key!, signed_hash: signed_hash! });
    const start = performance.now();
    const response = await fetch(`${stage.apis[i % stage.apis.length]}/api/download?${query}`);
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`a purchase failed with ${response.status}`);
    times.push(performance.now() - start);
  }
  return { p50Ms: percentile(times, 0.5), p99Ms: percentile(times, 0.99), maxMs: Math.max(...times) };
}
