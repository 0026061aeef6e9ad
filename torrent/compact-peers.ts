/**
 * Peers as the wire carries them: address and port of each, without gaps (BEP 23: 6 bytes, BEP 7: 18). What one client
 * holds is an IPv4 address or the /64 of IPv6 that a household gets; with a port it is one place and no other. Pure.
 */
import type { Address } from '../core/address.ts';
import type { Bytes } from '../core/bytes.ts';

/** Where a peer is dialled. `port`: 1 … 65535. */
export type Endpoint = { readonly address: Address; readonly port: number };

const PORT_BYTES = 2;
const HOUSEHOLD_BYTES = 8;

/** @returns how many bytes a peer of this family takes. */
export function entryBytesOf(family: 4 | 6): number {
  return (family === 4 ? 4 : 16) + PORT_BYTES;
}

/**
 * @param entries - whole ones of the family of `address`.
 * @param count - how many of them count.
 * @param port - undefined: whoever is at the address.
 * @returns the number of the first entry from `from` on that is there; -1 when there is none.
 */
export function findPeer(
  entries: Bytes,
  count: number,
  { family, bytes }: Address,
  port: number | undefined,
  from = 0,
): number {
  const width = entryBytesOf(family);
  const same = family === 6 && port === undefined ? HOUSEHOLD_BYTES : bytes.length;
  for (let entry = from; entry < count; entry++) {
    const start = entry * width;
    let at = 0;
    while (at < same && entries[start + at] === bytes[at]) at++;
    if (at < same) continue;
    const end = start + width;
    if (port === undefined || ((entries[end - 2]! << 8) | entries[end - 1]!) === port) return entry;
  }
  return -1;
}

/** As programs write it: 192.0.2.1:6881, [2001:db8:0:0:0:0:0:1]:6881. */
export function endpointText({ address, port }: Endpoint): string {
  return `${hostText(address)}:${port}`;
}

function hostText({ family, bytes }: Address): string {
  if (family === 4) return bytes.join('.');
  const groups: string[] = [];
  for (let at = 0; at < bytes.length; at += 2) groups.push(((bytes[at]! << 8) | bytes[at + 1]!).toString(16));
  return `[${groups.join(':')}]`;
}
