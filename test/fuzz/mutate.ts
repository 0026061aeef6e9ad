/**
 * What becomes of a valid message in the hands of somebody who wants to do harm: bytes changed, cut, doubled, mixed
 * with those of another message; or the value that they stand for changed and encoded again, canonically, so that the
 * mutation gets past the codec. The same random source gives the same bytes.
 */
import { decodeOwn, type Encodable, encode } from '../../core/codec.ts';
import type { SeededRandom } from '../sim/random.ts';

/** Heads of DAG-CBOR (and what it forbids) that announce more than follows: lists, maps, tags, endless strings. */
const HEADS = [
  [0x9b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x9a, 0x7f, 0xff, 0xff, 0xff],
  [0xbb, 0, 0, 0, 1, 0, 0, 0, 0],
  [0x5b, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0x5f],
  [0x9f],
  [0xd8, 0x2a, 0x58, 0x25, 0],
  [0xfb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0],
  [0xf7],
  new Array(200).fill(0x81) as number[],
];
const BYTES = [0, 1, 0x17, 0x18, 0x7f, 0x80, 0xa0, 0xf6, 0xff];
const NAMES = ['kind', 'constructor', '__proto__', 'hasOwnProperty', 'length', 'toString', ''];
const VALUES: readonly Encodable[] = [
  null,
  true,
  0,
  -1,
  1,
  2 ** 31,
  Number.MAX_SAFE_INTEGER,
  2n ** 63n,
  2n ** 64n - 1n,
  -(2n ** 63n),
  '',
  '\u0000',
  '\u{1F4DA}'.repeat(40),
  new Uint8Array(0),
  new Uint8Array(31),
  new Uint8Array(32),
  new Uint8Array(64).fill(0xff),
  [],
  [[]],
  {},
];
const STEPS_MAX = 4;

/** @param others - messages to take parts from. @returns new bytes; seldom the same as they were. */
export function mutate(sample: Uint8Array, others: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  let bytes = random.chance(0.4) ? (reshaped(sample, random) ?? sample) : sample;
  if (bytes !== sample && random.chance(0.7)) return bytes;
  for (let steps = random.between(1, STEPS_MAX); steps > 0; steps--) bytes = step(bytes, others, random);
  return bytes;
}

function step(bytes: Uint8Array, others: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  const at = random.below(bytes.length + 1);
  switch (random.below(8)) {
    case 0:
      return changed(bytes, at, (byte) => byte ^ (1 << random.below(8)));
    case 1:
      return changed(bytes, at, () => random.pick(BYTES));
    case 2:
      return changed(bytes, at, () => random.below(256));
    case 3:
      return bytes.slice(0, at);
    case 4:
      return spliced(bytes, at, random.below(40), new Uint8Array(0));
    case 5:
      return spliced(bytes, at, 0, random.bytes(random.between(1, 20)));
    case 6:
      return spliced(bytes, at, random.below(4), Uint8Array.from(random.pick(HEADS)));
    default: {
      const other = random.pick(others);
      const from = random.below(other.length + 1);
      return spliced(bytes, at, random.below(64), other.subarray(from, from + random.below(200)));
    }
  }
}

function changed(bytes: Uint8Array, at: number, change: (byte: number) => number): Uint8Array {
  const copy = Uint8Array.from(bytes); // of a Buffer `slice` gives the same bytes: the sample itself would change
  if (at < copy.length) copy[at] = change(copy[at]!);
  return copy;
}

/** `gone` bytes from `at` on make place for `inserted`. */
function spliced(bytes: Uint8Array, at: number, gone: number, inserted: Uint8Array): Uint8Array {
  const rest = bytes.subarray(at + gone);
  const out = new Uint8Array(at + inserted.length + rest.length);
  out.set(bytes.subarray(0, at), 0);
  out.set(inserted, at);
  out.set(rest, at + inserted.length);
  return out;
}

/** @returns undefined for what is not DAG-CBOR. */
function reshaped(bytes: Uint8Array, random: SeededRandom): Uint8Array | undefined {
  try {
    return encode(otherwise(decodeOwn<Encodable>(bytes), random));
  } catch {
    return undefined; // another encoding, or a value that has none
  }
}

/** The value with one thing in it changed. */
function otherwise(value: Encodable, random: SeededRandom): Encodable {
  if (random.chance(0.1)) return random.pick(VALUES);
  if (value instanceof Uint8Array) {
    // What stands in the bytes may be a message itself.
    return (
      (random.chance(0.5) ? reshaped(value, random) : undefined) ??
      spliced(value, random.below(value.length + 1), random.below(2), random.bytes(random.below(2)))
    );
  }
  if (Array.isArray(value)) {
    const list = value as readonly Encodable[];
    const at = random.below(list.length + 1);
    const some = list[at];
    if (some === undefined || random.chance(0.2)) {
      return list.toSpliced(
        at,
        random.below(2),
        ...new Array<Encodable>(random.below(40)).fill(list[0] ?? 1),
      );
    }
    return list.with(at, otherwise(some, random));
  }
  if (typeof value === 'object' && value !== null) {
    const map = { ...(value as { readonly [key: string]: Encodable }) };
    const name = random.pick([...Object.keys(map), random.pick(NAMES)]);
    if (random.chance(0.15)) delete map[name];
    else {
      const present = Object.hasOwn(map, name) ? map[name] : undefined;
      const value = present === undefined ? random.pick(VALUES) : otherwise(present, random);
      Object.defineProperty(map, name, { value, enumerable: true, configurable: true });
    }
    return map;
  }
  return random.pick(VALUES);
}
