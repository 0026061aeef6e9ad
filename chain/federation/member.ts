/**
 * A member: one library of the federation, known by the key of its node. Its fields stand in the genesis, in
 * governance actions and in the state; they are held to the same bounds at every door.
 */
import { isBytes, utf8 } from '../../core/bytes.ts';
import { isCleanText } from '../../core/clean-text.ts';
import { limits } from '../../core/limits.ts';
import { PUBLIC_KEY_BYTES, type PublicKey32 } from '../../core/scalars.ts';
import { fieldsMistake, pathOf } from './mistake.ts';

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
  if (memberMistake('', value) !== undefined) return undefined;
  const { key, name, addresses, tracker, api } = value as Member;
  return { key, name, addresses, tracker, api };
}

/** @param where - its path. @returns a sentence that names the first field that is wrong; undefined for a member. */
export function memberMistake(where: string, value: unknown): string | undefined {
  const mistake = fieldsMistake(where, value, ['key', 'name', 'addresses', 'tracker', 'api']);
  if (mistake !== undefined) return mistake;
  const { key, name, addresses, tracker, api } = value as Record<keyof Member, unknown>;
  const at = (field: string): string => pathOf(where, field);
  if (!isBytes(key, PUBLIC_KEY_BYTES)) return `${at('key')} must be ${PUBLIC_KEY_BYTES} bytes`;
  if (!isFederationName(name)) return `${at('name')} ${NAME_WANTED}`;
  if (!Array.isArray(addresses) || addresses.length > limits.addressesMax) {
    return `${at('addresses')} must be a list of at most ${limits.addressesMax}`;
  }
  const wrong = addresses.findIndex((address) => !isShort(address) || !ADDRESS.test(address));
  if (wrong >= 0) return `${at(`addresses[${wrong}]`)} must be a multiaddr like /ip4/192.0.2.1/tcp/4645`;
  if (!isBaseUrl(tracker)) return `${at('tracker')} ${urlWanted('http://192.0.2.1:6969')}`;
  return isBaseUrl(api) ? undefined : `${at('api')} ${urlWanted('https://library.example')}`;
}

/** What is said of a name that `isFederationName` refuses. */
export const NAME_WANTED = `must be text of 1 to ${limits.fileNameBytesMax} bytes, without control or invisible characters and spaces around it`;

function urlWanted(example: string): string {
  return `must be a URL of http or https like ${example}, of at most ${limits.addressBytesMax} characters, or ""`;
}

/** The name of a library or of a federation: clean text of 1 … 240 bytes (core/limits.ts). */
export function isFederationName(value: unknown): value is string {
  return typeof value === 'string' && utf8(value).length <= limits.fileNameBytesMax && isCleanText(value);
}

function isBaseUrl(value: unknown): value is string {
  return value === '' || (isShort(value) && BASE_URL.test(value));
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && value.length <= limits.addressBytesMax;
}
