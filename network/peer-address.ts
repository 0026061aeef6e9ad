/** A peer that an operator names: a multiaddr that ends with the key that must answer there. */
import { peerIdFromString } from '@libp2p/peer-id';
import { multiaddr } from '@multiformats/multiaddr';
import type { MemberAddress } from '../core/ports.ts';
import { toPeerKey } from './peer-key.ts';

/** @param text - like "/ip4/192.0.2.1/tcp/4645/p2p/12D3Koo…". @returns undefined unless it is one, with an Ed25519 key. */
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
