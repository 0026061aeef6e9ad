/**
 * A node's Ed25519 key and the name that libp2p gives it: the same 32 bytes in two spellings (libp2p specs,
 * peer-ids). Peers that are not Ed25519 have no place in a federation.
 */
import { generateKeyPairFromSeed, publicKeyFromRaw } from '@libp2p/crypto/keys';
import type { PeerId, PrivateKey } from '@libp2p/interface';
import { peerIdFromPublicKey } from '@libp2p/peer-id';
import { assert } from '../core/assert.ts';
import { isBytes } from '../core/bytes.ts';
import type { PeerKey } from '../core/ports.ts';
import { PUBLIC_KEY_BYTES, SEED_BYTES, type Seed32 } from '../core/scalars.ts';

/** @param key - 32 bytes. */
export function toPeerId(key: PeerKey): PeerId {
  assert(isBytes(key, PUBLIC_KEY_BYTES), 'a peer key has 32 bytes');
  return peerIdFromPublicKey(publicKeyFromRaw(key));
}

/** @returns 32 bytes, or undefined for a peer with a key of another kind. */
export function toPeerKey(peerId: PeerId): PeerKey | undefined {
  if (peerId.publicKey?.type !== 'Ed25519') return undefined;
  return new Uint8Array(peerId.publicKey.raw);
}

/** @param seed - 32 bytes. */
export async function toPrivateKey(seed: Seed32): Promise<PrivateKey> {
  assert(isBytes(seed, SEED_BYTES), 'a seed has 32 bytes');
  return generateKeyPairFromSeed('Ed25519', seed);
}
