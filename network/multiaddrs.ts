/** Multiaddrs: where this node listens, what an operator says of a peer, where the other end of a connection is. */
import { isIPv6 } from 'node:net';
import { peerIdFromString } from '@libp2p/peer-id';
import { type Multiaddr, multiaddr } from '@multiformats/multiaddr';
import { type Address, parseAddress } from '../core/address.ts';
import type { MemberAddress } from '../core/ports.ts';
import { toPeerKey } from './peer-key.ts';

const IP: ReadonlySet<string> = new Set(['ip4', 'ip6']);

/** @param host - an IP address; "::" is both families for API and tracker, and libp2p takes each by itself. */
export function listenAddresses(host: string, port: number): readonly string[] {
  const hosts = [...(host === '::' ? ['0.0.0.0'] : []), host];
  return hosts.map((one) => `/ip${isIPv6(one) ? 6 : 4}/${one}/tcp/${port}`);
}

/** What `listenAddresses` has made. */
export function placeOf(address: string): { readonly host: string; readonly port: number } {
  const [, , host = '', , port] = address.split('/');
  return { host, port: Number(port) };
}

/**
 * Of a peer that an operator names: it ends with the key that must answer there. @returns undefined unless it is one, with an
 * Ed25519 key. @param text - like "/ip4/192.0.2.1/tcp/4645/p2p/12D3Koo…".
 */
export function parsePeerAddress(text: string): MemberAddress | undefined {
  try {
    const components = multiaddr(text).getComponents();
    const id = components.findLast(({ name }) => name === 'p2p')?.value;
    const key = id === undefined ? undefined : toPeerKey(peerIdFromString(id));
    return key && { key, addresses: [text] };
  } catch {
    return undefined; // not a multiaddr, or not a peer id
  }
}

/** Where the other end is. @returns undefined when the multiaddr names no IP address. */
export function remoteAddress(remote: Multiaddr): Address | undefined {
  const { value } = remote.getComponents().find(({ name }) => IP.has(name)) ?? {};
  return value === undefined ? undefined : parseAddress(value);
}
