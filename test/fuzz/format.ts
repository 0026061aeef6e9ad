/** A wire format under fire: its decoder, some valid messages, and what must hold of everything that it accepts. */
import type { Verdict } from '../../core/verdict.ts';
import { SeededRandom } from '../sim/random.ts';
import { mutate } from './mutate.ts';

export type Format = {
  readonly name: string;
  readonly samples: readonly Uint8Array[];
  readonly decode: (bytes: Uint8Array) => Verdict<unknown>;
  /** Where one value has one encoding: the bytes of what was accepted. */
  readonly encode?: (value: never) => Uint8Array;
};

export type Outcome = {
  readonly inputs: number;
  readonly accepted: number;
  /** Codes that were answered. */
  readonly codes: readonly string[];
  readonly ms: number;
  /** The longest time that one input took. */
  readonly slowestMs: number;
};

/** @throws Error with the seed and the input, when the decoder does anything but give a verdict. */
export function fuzz(format: Format, inputs: number, seed: number): Outcome {
  const random = new SeededRandom(seed);
  const codes = new Set<string>();
  let accepted = 0;
  let ms = 0;
  let slowestMs = 0;
  for (let input = 0; input < inputs; input++) {
    const bytes = mutate(random.pick(format.samples), format.samples, random);
    const from = performance.now();
    const verdict = judge(format, bytes, seed);
    const tookMs = performance.now() - from;
    ms += tookMs;
    slowestMs = Math.max(slowestMs, tookMs);
    if (verdict.kind === 'accept') accepted += 1;
    else codes.add(verdict.code);
  }
  return { inputs, accepted, codes: [...codes].sort(), ms, slowestMs };
}

function judge(format: Format, bytes: Uint8Array, seed: number): Verdict<unknown> {
  const before = Buffer.from(bytes);
  try {
    const verdict = format.decode(bytes);
    if (!['accept', 'ignore', 'reject'].includes(verdict.kind)) throw new Error('no verdict');
    if (!before.equals(bytes)) throw new Error('the input was changed');
    if (verdict.kind === 'accept' && format.encode !== undefined) {
      const again = format.encode(verdict.value as never);
      if (!before.equals(again)) throw new Error('two encodings of one value');
    }
    return verdict;
  } catch (cause) {
    throw new Error(`${format.name}, seed ${seed}: ${before.toString('hex')}`, { cause });
  }
}
