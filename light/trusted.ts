/**
 * What an outsider believes: a final header, and who finalises its children. Everything else is checked against
 * it. A node believes its own head in the same form.
 */

import {
  authoritiesHash,
  childEpoch,
  decodeHeader,
  encodeHeader,
  type Header,
  headerHash,
} from '../chain/block/block.ts';
import { type Genesis, genesisState } from '../chain/block/genesis.ts';
import { parseAuthorities } from '../chain/governance/action.ts';
import type { Committee } from '../consensus/config.ts';
import { type Bytes, equalBytes } from '../core/bytes.ts';
import { decode, encode, hasExactly } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import type { Hash32, PublicKey32 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';

/** Made only below, by `verifyLight`, and by a node of its own head: whoever makes one answers for it. */
export type Trusted = {
  readonly header: Header;
  readonly hash: Hash32;
  /** Who finalises its children: ascending by bytes; the header commits to them as the next set. */
  readonly authorities: readonly PublicKey32[];
};

/** Pure: Ed25519 over 32 bytes. */
export type VerifySignature = Committee['verify'];

/** What each genesis begins with: always the same, and some hashes for every account to be made. */
const beginnings = new WeakMap<Genesis, Trusted>();

/** Made once for each genesis. @param genesis - as `parseGenesis` accepted it. */
export function trustGenesis(genesis: Genesis): Trusted {
  return beginnings.get(genesis) ?? trustBeginning(genesis, genesisState(genesis).block.header);
}

/** Block 0 as the caller itself has once made it of this genesis, and kept: it is believed, and need not be made again. */
export function trustBeginning(genesis: Genesis, header: Header): Trusted {
  const beginning = { header, hash: headerHash(header), authorities: genesis.authorities };
  beginnings.set(genesis, beginning);
  return beginning;
}

/**
 * A header that the caller believes for a reason of its own, and the set that finalises its children.
 * @returns reject("proof.wrong") when the header names another set.
 */
export function trustHeader(header: Header, authorities: readonly PublicKey32[]): Verdict<Trusted> {
  if (!equalBytes(authoritiesHash(authorities), header.nextAuthoritiesHash)) {
    return reject('proof.wrong', 'the header names another set of authorities');
  }
  return accept({ header, hash: headerHash(header), authorities });
}

/** Who finalises the children of this header. */
export function committeeAfter({ header, authorities }: Trusted, verify: VerifySignature): Committee {
  return { chainId: header.chainId, epoch: childEpoch(header), authorities, verify };
}

/** Canonical bytes, for whoever wants to go on from here another day. */
export function encodeTrusted({ header, authorities }: Trusted): Bytes {
  return encode({ header: encodeHeader(header), authorities });
}

/**
 * Only for what the caller has kept itself: it is believed.
 * @returns reject("codec.…" | "proof.wrong").
 */
export function decodeTrusted(bytes: Bytes): Verdict<Trusted> {
  const decoded = decode(bytes, limits.trustedBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  if (!hasExactly(decoded.value, ['header', 'authorities'])) return reject('codec.wrong-shape');
  const authorities = parseAuthorities(decoded.value.authorities);
  if (!(decoded.value.header instanceof Uint8Array) || authorities === undefined) {
    return reject('codec.wrong-shape');
  }
  const header = decodeHeader(decoded.value.header);
  return header.kind === 'accept' ? trustHeader(header.value, authorities) : header;
}
