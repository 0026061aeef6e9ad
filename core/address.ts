/**
 * Where a client is: the source address of its connection, never what it says of itself (BEP 7 names that attack).
 * Only behind proxies that the operator runs is the header X-Forwarded-For read, from the right. Pure.
 */
import { type Bytes, toHex } from './bytes.ts';

/** An IP address as the wire carries it: 4 or 16 bytes (BEP 23, BEP 7). */
export type Address = { readonly family: 4 | 6; readonly bytes: Bytes };

/** RFC 9110, section 5.6.3. */
const SPACE_AROUND = /^[ \t]+|[ \t]+$/g;
const IPV4_BYTES = 4;
const IPV6_BYTES = 16;
/** The longest text of an IPv6 address with an IPv4 tail. */
const TEXT_MAX = 45;

/**
 * @param remote - the address of the socket's other end, as Node gives it.
 * @param forwardedFor - the header; every proxy appends the address that it saw.
 * @param trustedProxies - how many proxies of the operator stand in front; 0 = the header is never read.
 * @returns undefined when there is no such address.
 */
export function sourceAddress(
  remote: string | undefined,
  forwardedFor: string | undefined,
  trustedProxies: number,
): Address | undefined {
  if (trustedProxies === 0) return remote === undefined ? undefined : parseAddress(remote);
  const hops = (forwardedFor ?? '').split(',');
  const hop = hops[hops.length - trustedProxies];
  return hop === undefined ? undefined : parseAddress(withoutPort(hop.replace(SPACE_AROUND, '')));
}

/** Some proxies write the port, too: "192.0.2.1:4711", "[2001:db8::1]:4711"; or brackets alone. */
function withoutPort(hop: string): string {
  const [, inBrackets, ipv4] = HOP.exec(hop) ?? [];
  return inBrackets ?? ipv4 ?? hop;
}
const HOP = /^(?:\[([^\]]+)\](?::[0-9]{1,5})?|([0-9.]+):[0-9]{1,5})$/;

/** IPv4, IPv6 (RFC 4291, section 2.2; a zone is dropped), IPv4-mapped as IPv4. @returns undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  if (text.length > TEXT_MAX) return undefined;
  if (!text.includes(':')) {
    const bytes = parseIpv4(text);
    return bytes && { family: 4, bytes };
  }
  const bytes = parseIpv6(text.split('%', 1)[0]!);
  if (bytes === undefined) return undefined;
  return isMapped(bytes) ? { family: 4, bytes: bytes.slice(12) } : { family: 6, bytes };
}

/** What one client holds: an IPv4 address, or the 64 bits of IPv6 that one address gets. In hex. */
export function clientAddressOf({ family, bytes }: Address): string {
  return toHex(family === 4 ? bytes : bytes.subarray(0, IPV6_BYTES / 2));
}

/** What one hand may hold whole: a /24 of IPv4, a /56 of IPv6. In hex, shorter than that of any client. */
export function clientNetworkOf({ family, bytes }: Address): string {
  return toHex(bytes.subarray(0, family === 4 ? 3 : 7));
}

/** Of a client, as `clientAddressOf` names it; what has no name is a network of its own. */
export function networkOfClientAddress(address: string): string {
  return address.slice(0, -2);
}

function parseIpv4(text: string): Bytes | undefined {
  const bytes = new Uint8Array(IPV4_BYTES);
  let part = 0;
  let digits = 0;
  let value = 0;
  for (let i = 0; i <= text.length; i++) {
    const code = i === text.length ? DOT : text.charCodeAt(i);
    if (code === DOT) {
      if (digits === 0 || part === IPV4_BYTES) return undefined;
      bytes[part++] = value;
      digits = 0;
      value = 0;
    } else {
      if (code < ZERO || code > NINE || (digits > 0 && value === 0)) return undefined;
      value = value * 10 + code - ZERO;
      digits++;
      if (value > 255) return undefined;
    }
  }
  return part === IPV4_BYTES ? bytes : undefined;
}
const DOT = 0x2e;
const ZERO = 0x30;
const NINE = 0x39;

function parseIpv6(text: string): Bytes | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1]!, true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const length = head.length + tail.length;
  if (halves.length === 2 ? length > IPV6_BYTES - 2 : length !== IPV6_BYTES) return undefined;
  const bytes = new Uint8Array(IPV6_BYTES);
  bytes.set(head);
  bytes.set(tail, IPV6_BYTES - tail.length);
  return bytes;
}

/** @param last - these groups end the address, so that they may end in IPv4. */
function groups(text: string, last: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const ipv4 = last && index === parts.length - 1 ? parseIpv4(part) : undefined;
      if (ipv4 === undefined) return undefined;
      bytes.push(...ipv4);
    } else {
      if (!GROUP.test(part)) return undefined;
      const value = Number.parseInt(part, 16);
      bytes.push(value >> 8, value & 0xff);
    }
  }
  return bytes;
}
const GROUP = /^[0-9a-fA-F]{1,4}$/;

function isMapped(bytes: Bytes): boolean {
  for (let i = 0; i < 10; i++) if (bytes[i] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}
