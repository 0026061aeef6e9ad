/**
 * One schema per verb: the same for a query, a JSON body, a multipart form and JSON-RPC parameters.
 * A failed check carries our own code; parse.ts reads it. Source: protocol.md, "The reader's API".
 */
import { z } from 'zod';
import { fromHex, utf8 } from '../core/bytes.ts';
import type { Code } from '../core/codes.ts';
import { limits } from '../core/limits.ts';
import { HASH_BYTES, PUBLIC_KEY_BYTES, parseTokens, SIGNATURE_BYTES } from '../core/scalars.ts';

const hash = hex(HASH_BYTES);
const publicKey = hex(PUBLIC_KEY_BYTES);
const signature = hex(SIGNATURE_BYTES);
/** Unix time in seconds. In the signed text it stands in the same decimal digits. */
const expires = count(1, Number.MAX_SAFE_INTEGER);
/** Of a file, in bytes. */
const size = amount();
/** Of a block. */
const height = count(0, Number.MAX_SAFE_INTEGER);
const format = z.enum(['v1', 'v2', 'hybrid']).default('v1');
/** Sort key of the catalogue in base64url: 63 characters. */
const CURSOR_LENGTH_MAX = 128;

export const schemas = {
  register: z.strictObject({
    public_key: publicKey,
    /** A word that makes the hash of the text begin with zeros; it stands between colons there. */
    work: z
      .string()
      .regex(/^[0-9A-Za-z_-]{1,64}$/)
      .optional(),
    /** Of a librarian. */
    code: text(64).optional(),
  }),
  search: z.strictObject({
    query: text(limits.searchQueryBytesMax),
    limit: count(1, limits.searchResultsMax).default(limits.searchResultsDefault),
    cursor: text(CURSOR_LENGTH_MAX).optional(),
  }),
  download: z.strictObject({
    hash,
    signed_hash: signature,
    public_key: publicKey,
    expires: expires.optional(),
    format,
  }),
  upload: z.strictObject({
    hash,
    signed_hash: signature,
    public_key: publicKey,
    expires: expires.optional(),
    size: size.optional(),
    name: z.string().optional(),
    format,
  }),
  fetch: z.strictObject({ hash, signed_hash: signature, public_key: publicKey, expires, format }),
  'upload-state': z.strictObject({ hash, signed_hash: signature, public_key: publicKey, expires }),
  /** The fields of a multipart upload, which stand before its file. */
  uploadForm: z.strictObject({
    hash,
    signed_hash: signature,
    public_key: publicKey,
    expires: expires.optional(),
    /** Of the file, when the reader has signed it: with `expires`. */
    size: size.optional(),
    format,
    /** Instead of the file name of the part. Whether it is allowed is a rule of the chain. */
    name: z.string().optional(),
  }),
  /** With a signature the totals, without one whether it is registered. */
  account: z.strictObject({
    public_key: publicKey,
    expires: expires.optional(),
    signed_hash: signature.optional(),
  }),
  proof: z.strictObject({
    hash,
    signed_hash: signature,
    public_key: publicKey,
    expires: expires.optional(),
    from: height.optional(),
  }),
  inclusion: z.strictObject({ transaction: hash, height, from: height.optional() }),
  file: z.strictObject({ hash }),
  status: z.strictObject({}),
  members: z.strictObject({}),
  proposals: z.strictObject({}),
  evidence: z.strictObject({}),
  /** Canonical DAG-CBOR of a signed transaction. */
  submit: z.strictObject({ transaction: base64(limits.transactionBytesMax) }),
};

export type Fields<Verb extends keyof typeof schemas> = z.output<(typeof schemas)[Verb]>;

/** Lower-case hex of exactly `length` bytes. */
function hex(length: number) {
  return z.string().transform((value, context) => {
    const bytes = fromHex(value, length);
    if (bytes !== undefined) return bytes;
    return refuse(context, 'request.wrong-hex', `${2 * length} lower-case hexadecimal characters`);
  });
}

/** Standard base64, of at most `bytesMax` bytes. */
function base64(bytesMax: number) {
  return z.string().transform((value, context) => {
    if (value.length > 4 * Math.ceil(bytesMax / 3)) {
      return refuse(context, 'request.too-long', `at most ${bytesMax} bytes`);
    }
    const bytes = Buffer.from(value, 'base64');
    if (bytes.toString('base64') !== value) return refuse(context, 'request.wrong-value', 'standard base64');
    return new Uint8Array(bytes);
  });
}

/** A whole number: as such in JSON, or in plain decimal digits. */
function count(min: number, max: number) {
  return z.union([z.number(), z.string()]).transform((value, context) => {
    const number = typeof value === 'number' ? value : DECIMAL.test(value) ? Number(value) : Number.NaN;
    if (Number.isSafeInteger(number) && number >= min && number <= max) return number;
    return refuse(context, 'request.wrong-value', 'a whole number within its bounds');
  });
}
const DECIMAL = /^(?:0|[1-9][0-9]{0,15})$/;

/** 0 … 2^63−1: a number, or plain decimal digits. */
function amount() {
  return z.union([z.number(), z.string()]).transform((value, context) => {
    const parsed =
      typeof value === 'number'
        ? parseTokens(value)
        : DIGITS.test(value)
          ? parseTokens(BigInt(value))
          : undefined;
    return parsed ?? refuse(context, 'request.wrong-value', 'a number of bytes');
  });
}
const DIGITS = /^(?:0|[1-9][0-9]{0,18})$/;

/** Well-formed Unicode of at most `bytesMax` bytes in UTF-8. */
function text(bytesMax: number) {
  return z.string().transform((value, context) => {
    if (value.length > bytesMax || utf8(value).length > bytesMax) {
      return refuse(context, 'request.too-long', `at most ${bytesMax} bytes`);
    }
    return value.isWellFormed() ? value : refuse(context, 'request.wrong-value', 'well-formed Unicode');
  });
}

function refuse(context: z.RefinementCtx<unknown>, code: Code, wanted: string): never {
  context.issues.push({ code: 'custom', input: undefined, params: { code, wanted } });
  return z.NEVER;
}
