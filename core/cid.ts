/** The IPFS name of a block or a transaction: CIDv1, dag-cbor, sha2-256, base32 (https://github.com/multiformats/cid). */
import { CID } from 'multiformats/cid';
import { create } from 'multiformats/hashes/digest';
import type { Hash32 } from './scalars.ts';

const DAG_CBOR = 0x71;
const SHA2_256 = 0x12;

/** @param hash - SHA-256 of the canonical encoding, 32 bytes. */
export function toCid(hash: Hash32): string {
  return CID.createV1(DAG_CBOR, create(SHA2_256, hash)).toString();
}
