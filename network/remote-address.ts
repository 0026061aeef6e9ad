/** Where the other end of a connection is. */
import type { Multiaddr } from '@multiformats/multiaddr';
import { type Address, parseAddress } from '../core/address.ts';

const IP: ReadonlySet<string> = new Set(['ip4', 'ip6']);

/** @returns undefined when the multiaddr names no IP address. */
export function remoteAddress(remote: Multiaddr): Address | undefined {
  const { value } = remote.getComponents().find(({ name }) => IP.has(name)) ?? {};
  return value === undefined ? undefined : parseAddress(value);
}
