/**
 * Why a state that a stranger offers may be believed: the seals lead from the genesis, epoch by epoch, to the
 * authorities that have finalised the offered block. Asks one member for all of it and believes nothing else.
 */
import { childEpoch, headerHash } from '../../../chain/block/block.ts';
import type { Genesis } from '../../../chain/block/genesis.ts';
import { type Bytes, equalBytes } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { Network, PeerKey } from '../../../core/ports.ts';
import type { Hash32, Height } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import type { Seal } from '../../../light/light-proof.ts';
import { verifyRun } from '../../../light/run.ts';
import { trustGenesis, type VerifySignature } from '../../../light/trusted.ts';
import { verifySeal } from '../../../light/verify.ts';
import { SNAPSHOT_PROTOCOL } from '../../peers/protocol-names.ts';
import {
  decodeOffer,
  decodeSeals,
  encodeSnapshotRequest,
  type Offer,
  type SnapshotRequest,
} from './protocol.ts';

type Ports = { readonly network: Pick<Network, 'request'>; readonly verify: VerifySignature };

export type TrustedOffer = Offer & {
  readonly hash: Hash32;
  /** As it was answered. */
  readonly answer: Bytes;
  /** From genesis to this block, the block itself among them when it is one. */
  readonly seals: readonly Seal[];
};

/**
 * @param above - what is needed: a state at or below it may be offered all the same, when there is no other.
 * @returns undefined when nothing is offered; a reject that names what is wrong. @throws Fault("network.…").
 */
export async function askForOffer(
  { network, verify }: Ports,
  genesis: Genesis,
  peer: PeerKey,
  above: Height,
): Promise<Verdict<TrustedOffer> | undefined> {
  const ask = (request: SnapshotRequest): Promise<Bytes> =>
    network.request(peer, SNAPSHOT_PROTOCOL, encodeSnapshotRequest(request));
  const answer = await ask({ kind: 'offer', above });
  if (answer.length === 0) return undefined;
  const offer = decodeOffer(answer);
  if (offer.kind !== 'accept') return offer;
  const { header } = offer.value.block;
  const hash = headerHash(header);
  const seals: Seal[] = [];
  let trusted = trustGenesis(genesis);
  let before = trusted;
  const wanted = childEpoch(header);
  while (seals.length < wanted) {
    const more = decodeSeals(await ask({ kind: 'seals', from: seals.length }));
    if (more.kind !== 'accept') return more;
    // Whoever has them gives as many as fit; one at a time, each late, would keep a joiner for ever.
    const least = Math.min(limits.snapshotSealsMax, wanted - seals.length);
    if (more.value.length < least) return reject('proof.wrong', 'a seal is missing');
    for (const seal of more.value.slice(0, wanted - seals.length)) {
      const next = verifySeal(trusted, seal, verify);
      if (next.kind !== 'accept') return next;
      before = trusted;
      trusted = next.value;
      seals.push(seal);
    }
  }
  // The block may be the last seal itself; its certificate is then of the set before it, and is checked all the same.
  const parent = equalBytes(hash, trusted.hash) ? before : trusted;
  const run = { headers: [header], finalization: offer.value.finalization };
  const final = verifyRun(parent, run, verify);
  return final.kind === 'accept' ? accept({ ...offer.value, hash, answer, seals }) : final;
}
