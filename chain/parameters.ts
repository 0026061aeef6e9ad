/** What the federation may tune by vote. Bounds keep a typing mistake from stopping the chain. */
import { hasExactly } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import { parseCount } from '../core/scalars.ts';

export type Parameters = {
  /** How many libraries must attest a file before it is available; 0 … 30, 0 = the upload alone does it. */
  readonly attestations: number;
  /** Shortest time between blocks; 0 … 60,000. */
  readonly blockIntervalMs: number;
  /** Longest time without a block; 100 … 3,600,000. */
  readonly heartbeatMs: number;
  /** After this a reader may take back the tokens of a sale that nobody ended; 0 … ten years. */
  readonly saleTimeoutMs: number;
};

/** Lowest and highest value of each. */
const BOUNDS = {
  attestations: [0, limits.attestationsMax],
  blockIntervalMs: [0, limits.blockIntervalMsMax],
  heartbeatMs: [limits.heartbeatMsMin, limits.heartbeatMsMax],
  saleTimeoutMs: [0, limits.saleTimeoutMsMax],
} as const satisfies Record<keyof Parameters, readonly [number, number]>;

/** @returns undefined unless `value` is a map of exactly the four parameters, each within its bounds. */
export function parseParameters(value: unknown): Parameters | undefined {
  if (!hasExactly(value, ['attestations', 'blockIntervalMs', 'heartbeatMs', 'saleTimeoutMs']))
    return undefined;
  const attestations = within('attestations', value.attestations);
  const blockIntervalMs = within('blockIntervalMs', value.blockIntervalMs);
  const heartbeatMs = within('heartbeatMs', value.heartbeatMs);
  const saleTimeoutMs = within('saleTimeoutMs', value.saleTimeoutMs);
  if (attestations === undefined || blockIntervalMs === undefined) return undefined;
  if (heartbeatMs === undefined || saleTimeoutMs === undefined) return undefined;
  return { attestations, blockIntervalMs, heartbeatMs, saleTimeoutMs };
}

function within(name: keyof Parameters, value: unknown): number | undefined {
  const count = parseCount(value);
  const [lowest, highest] = BOUNDS[name];
  return count !== undefined && count >= lowest && count <= highest ? count : undefined;
}
