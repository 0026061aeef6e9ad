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
  /** So many blocks ahead at least is an upgrade announced: operators must have time to install it; 10 … 1,000,000. */
  readonly upgradeNoticeBlocks: number;
};

/** Of each: the lowest and the highest value, and the one that a genesis may leave out. */
const RANGES = {
  attestations: [0, limits.attestationsMax, 1],
  blockIntervalMs: [0, limits.blockIntervalMsMax, 250],
  heartbeatMs: [limits.heartbeatMsMin, limits.heartbeatMsMax, 60_000],
  saleTimeoutMs: [0, limits.saleTimeoutMsMax, 45 * 24 * 60 * 60 * 1_000],
  upgradeNoticeBlocks: [limits.upgradeNoticeBlocksMin, limits.upgradeNoticeBlocksMax, 1_000],
} as const satisfies Record<keyof Parameters, readonly [number, number, number]>;

type Name = keyof Parameters;
const NAMES = Object.keys(RANGES) as readonly Name[];

/** @returns undefined unless `value` is a map of exactly the parameters, each within its bounds. */
export function parseParameters(value: unknown): Parameters | undefined {
  if (!hasExactly(value, NAMES)) return undefined;
  const found: Partial<Record<Name, number>> = {};
  for (const name of NAMES) {
    const count = parseCount(value[name]);
    const [lowest, highest] = RANGES[name];
    if (count === undefined || count < lowest || count > highest) return undefined;
    found[name] = count;
  }
  // Every name was looked at.
  return found as Parameters;
}

/** What a federation has that says nothing else. */
export function defaultParameters(): Parameters {
  const entries = NAMES.map((name) => [name, RANGES[name][2]]);
  return Object.fromEntries(entries) as Parameters;
}
