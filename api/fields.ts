/**
 * The forms of what stands in fields: as it is sent, and as it is read. A failed check carries our own code, which
 * rpc/parse.ts reads, and what would be right; never what came.
 */
import * as z from 'zod/mini';
import { fromBase64, toBase64 } from '../core/base64.ts';
import { type Bytes, fromHex, toHex, utf8 } from '../core/bytes.ts';
import {
  HASH_BYTES,
  NONCE_BYTES,
  PUBLIC_KEY_BYTES,
  parseTokens,
  REVIEW_MARK_BYTES,
  SIGNATURE_BYTES,
  type Tokens,
} from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

/** What the reference says of a form beside its type. Filled while the modules load, and never after. */
export const TOLD = z.registry<{ description: string; pattern?: string }>();

export function told<T extends z.ZodMiniType>(schema: T, description: string): T {
  TOLD.add(schema, { description });
  return schema;
}

const NUMBER = z.union([z.number(), z.string()]);
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;
const DIGITS = /^(?:0|[1-9][0-9]{0,18})$/;

export const hash = hex(HASH_BYTES);
export const publicKey = hex(PUBLIC_KEY_BYTES);
export const signature = hex(SIGNATURE_BYTES);
/** Drawn anew for each request. */
export const nonce = hex(NONCE_BYTES);
/** Of what a librarian was shown, as it stands there. */
export const mark = hex(REVIEW_MARK_BYTES);
/** Unix time in seconds. In the signed text it stands in the same decimal digits. */
export const expires = count(1, Number.MAX_SAFE_INTEGER);
/** Of a block. */
export const height = count(0, Number.MAX_SAFE_INTEGER);
export const format = z._default(z.enum(['v1', 'v2', 'hybrid']), 'v1');

const POSITION = /^(0|[1-9][0-9]{0,14}):(0|[1-9][0-9]{0,5})$/;
/** Of an event: the height of its block, and its index in it; one beyond the last stands for the next block. */
export const position = form<string, { readonly height: number; readonly index: number }>({
  sent: z.string(),
  want: 'height:index, two whole numbers',
  pattern: POSITION.source,
  read(value) {
    const [, height, index] = POSITION.exec(value) ?? [];
    return height === undefined
      ? reject('request.wrong-value')
      : accept({ height: Number(height), index: Number(index) });
  },
  write: ({ height, index }) => `${height}:${index}`,
});

/** 0 … 2^63−1: a number where JSON keeps it, else plain decimal digits. */
export const amount = form<number | string, Tokens>({
  sent: NUMBER,
  want: 'a whole number from 0 to 2^63−1, beyond 2^53−1 as a decimal string',
  read(value) {
    const parsed =
      typeof value === 'number'
        ? parseTokens(value)
        : DIGITS.test(value)
          ? parseTokens(BigInt(value))
          : undefined;
    return parsed === undefined ? reject('request.wrong-value') : accept(parsed);
  },
  write: jsonAmount,
});

const SIGNED_DIGITS = /^(?:0|-?[1-9][0-9]{0,18})$/;
/** What was added, or with a minus taken away: as `amount`. */
export const signedAmount = form<number | string, bigint>({
  sent: NUMBER,
  want: 'a whole number from −(2^63−1) to 2^63−1',
  read(value) {
    const isRight = typeof value === 'number' ? Number.isSafeInteger(value) : SIGNED_DIGITS.test(value);
    const number = isRight ? BigInt(value) : undefined;
    const size = parseTokens(number !== undefined && number < 0n ? -number : number);
    return size === undefined ? reject('request.wrong-value', 'a number of bytes') : accept(number!);
  },
  write: jsonChange,
});

export function jsonChange(change: bigint): number | string {
  if (change >= 0n) return jsonAmount(change);
  const size = jsonAmount(-change);
  return typeof size === 'number' ? -size : `-${size}`;
}

/** Amounts and sizes: a number where JSON keeps it, a decimal string beyond 2^53−1. */
export function jsonAmount(amount: Tokens): number | string {
  return amount <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(amount) : amount.toString();
}

/** Lower-case hex of exactly `length` bytes. */
function hex(length: number) {
  const want = `${2 * length} lower-case hexadecimal characters`;
  return form<string, Bytes>({
    sent: z.string(),
    want,
    pattern: `^[0-9a-f]{${2 * length}}$`,
    read(value) {
      const bytes = fromHex(value, length);
      return bytes === undefined ? reject('request.wrong-hex') : accept(bytes);
    },
    write: toHex,
  });
}

/** Standard base64, of at most `bytesMax` bytes. */
export function base64(bytesMax: number) {
  return form<string, Bytes>({
    sent: z.string(),
    want: `standard base64 of at most ${bytesMax} bytes`,
    read(value) {
      if (value.length > 4 * Math.ceil(bytesMax / 3)) {
        return reject('request.too-long');
      }
      const bytes = fromBase64(value);
      return bytes === undefined ? reject('request.wrong-value') : accept(bytes);
    },
    write: toBase64,
  });
}

/** A whole number: as such in JSON, or in plain decimal digits. */
export function count(min: number, max: number) {
  return form<number | string, number>({
    sent: NUMBER,
    want: `a whole number from ${min} to ${max === Number.MAX_SAFE_INTEGER ? '2^53−1' : max}`,
    read(value) {
      const number = typeof value === 'number' ? value : DECIMAL.test(value) ? Number(value) : Number.NaN;
      const fits = Number.isSafeInteger(number) && number >= min && number <= max;
      return fits ? accept(number) : reject('request.wrong-value');
    },
    write: (number) => number,
  });
}

/** Well-formed Unicode of at most `bytesMax` bytes in UTF-8. */
export function text(bytesMax: number) {
  return form<string, string>({
    sent: z.string(),
    want: `well-formed text of at most ${bytesMax} bytes`,
    read(value) {
      if (value.length > bytesMax || utf8(value).length > bytesMax) {
        return reject('request.too-long');
      }
      return value.isWellFormed() ? accept(value) : reject('request.wrong-value');
    },
    write: (value) => value,
  });
}

type Form<Sent, Value> = {
  readonly sent: z.ZodMiniType<Sent, Sent>;
  /** What would be right, for the reference and for whoever has sent something else. */
  readonly want: string;
  readonly pattern?: string;
  read(sent: Sent): Verdict<Value>;
  write(value: Value): Sent;
};

function form<Sent, Value>({ sent, want, pattern, read, write }: Form<Sent, Value>) {
  const schema = z.codec(sent, z.custom<Value>(), {
    decode(value, payload) {
      const found = read(value);
      if (found.kind === 'accept') return found.value;
      payload.issues.push({ code: 'custom', input: undefined, params: { code: found.code } });
      return z.NEVER;
    },
    encode: write,
  });
  TOLD.add(schema, pattern === undefined ? { description: want } : { description: want, pattern });
  return schema;
}
