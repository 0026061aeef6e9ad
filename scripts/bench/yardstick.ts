/** The machine's yardstick: Ed25519 signatures that one core verifies in a second. Every other figure stands beside it. */
import { verify } from 'node:crypto';
import { importPublicKey } from '../../core/crypto-node.ts';
import { publicKeyOf, signingHash, signText } from '../../core/sign.ts';

const ROUNDS = 5;
const ROUND_MS = 300;

/** @returns verifications per second, the median of five rounds. */
export function verificationsPerSecond(): number {
  const seed = new Uint8Array(32).fill(7);
  const key = importPublicKey(publicKeyOf(seed));
  const text = 'digitallib:1:yardstick';
  const hash = signingHash(text);
  const signature = signText(seed, text);
  const rates = Array.from({ length: ROUNDS }, () => {
    const from = performance.now();
    let count = 0;
    while (performance.now() - from < ROUND_MS) {
      for (let i = 0; i < 100; i++) verify(null, hash, key, signature);
      count += 100;
    }
    return (count * 1_000) / (performance.now() - from);
  });
  return median(rates);
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** @param share - 0 … 1. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
