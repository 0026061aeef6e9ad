/**
 * What a librarian signs to ask for something at the desk of one library: its key, the method and its fields, in one text that
 * any program can make again, a nonce and an expiry. Source: docs/decisions/desk.md; RFC 8785 (JSON Canonicalization Scheme).
 */
import { toHex, utf8 } from '../core/bytes.ts';
import { sha256 } from '../core/hash.ts';

/** Fields that are about the signature, and so stand in no body. */
export const DESK_SIGNING = ['public_key', 'nonce', 'expires', 'signed_hash'] as const;

/** As they are sent: all fields of the desk are text, whole numbers, or true and false. */
export type DeskParams = Readonly<Record<string, unknown>>;

/**
 * `{"method":…,"params":{…}}` as RFC 8785 writes it: names in order, no white space.
 * @param params - what stands there for the signature is left out, as is what is undefined.
 */
export function deskBody(method: string, params: DeskParams): string {
  const signing: readonly string[] = DESK_SIGNING;
  const pairs = Object.keys(params)
    .filter((name) => !signing.includes(name) && params[name] !== undefined)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${JSON.stringify(params[name])}`);
  return `{"method":${JSON.stringify(method)},"params":{${pairs.join(',')}}}`;
}

/** Of what is signed beside the call: everything in hex. */
export type DeskParts = {
  readonly chainId: string;
  /** The key of the library: who is a librarian of two asks one of them. */
  readonly library: string;
  /** Of `deskBody`. */
  readonly body: string;
  /** Of the librarian. */
  readonly key: string;
  readonly nonce: string;
  /** Unix time in seconds, at most one hour ahead. */
  readonly expires: number;
};

export function deskText({ chainId, library, body, key, nonce, expires }: DeskParts): string {
  const hash = toHex(sha256(utf8(body)));
  return ['digitallib', '1', chainId, 'desk', library, hash, key, nonce, String(expires)].join(':');
}
