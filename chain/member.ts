/**
 * A member: one library of the federation, known by the key of its node. Its fields stand in the genesis, in
 * governance actions and in the state; they are held to the same bounds at every door.
 */
import { isBytes, utf8 } from '../core/bytes.ts';
import { hasExactly } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import { PUBLIC_KEY_BYTES, type PublicKey32 } from '../core/scalars.ts';
import { isCleanText } from './file-name.ts';

export type Member = {
  /** The node key: libp2p identity, sponsor, attester, issuer of passes. */
  readonly key: PublicKey32;
  /** What people call the library. */
  readonly name: string;
  /** libp2p multiaddrs, at most 8. */
  readonly addresses: readonly string[];
  /** Base URL of its tracker, like "http://127.0.0.1:6969"; "" if it has none. */
  readonly tracker: string;
  /** Base URL of its reader's API; "" if it has none. */
  readonly api: string;
};

const ADDRESS = /^(?:\/[A-Za-z0-9._:%@+=-]+)+$/;
const BASE_URL = /^https?:\/\/[A-Za-z0-9.:[\]-]+(?:\/[A-Za-z0-9._~%/-]*)?$/;

/** @returns undefined unless `value` is a map of exactly the five fields, each within its bounds. */
export function parseMember(value: unknown): Member | undefined {
  if (!hasExactly(value, ['key', 'name', 'addresses', 'tracker', 'api'])) return undefined;
  const { key, name, addresses, tracker, api } = value;
  if (!isBytes(key, PUBLIC_KEY_BYTES) || !isFederationName(name)) return undefined;
  if (!Array.isArray(addresses) || addresses.length > limits.addressesMax) return undefined;
  if (!addresses.every((address) => isShort(address) && ADDRESS.test(address))) return undefined;
  if (!isBaseUrl(tracker) || !isBaseUrl(api)) return undefined;
  return { key, name, addresses, tracker, api };
}

/** The name of a library or of a federation: clean text of 1 … 240 bytes (core/limits.ts). */
export function isFederationName(value: unknown): value is string {
  return typeof value === 'string' && isCleanText(value) && utf8(value).length <= limits.fileNameBytesMax;
}

function isBaseUrl(value: unknown): value is string {
  return value === '' || (isShort(value) && BASE_URL.test(value));
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= limits.addressBytesMax;
}
