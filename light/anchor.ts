/**
 * Where a proof is followed from: what the outsider holds, be it only the 32 bytes that name the chain, and what
 * the proof brings along for it.
 */
import type { Genesis } from '../chain/block/genesis.ts';
import { decodeGenesis } from '../chain/block/genesis-bytes.ts';
import { equalBytes } from '../core/bytes.ts';
import { sha256 } from '../core/hash.ts';
import type { Hash32 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import type { LightProof } from './light-proof.ts';
import { type Trusted, trustGenesis } from './trusted.ts';

export type Trust =
  /** The proof must bring the genesis along. */
  | { readonly kind: 'chain'; readonly chainId: Hash32 }
  | { readonly kind: 'genesis'; readonly genesis: Genesis }
  /** Something final that was proved, or learned from a person. */
  | { readonly kind: 'header'; readonly trusted: Trusted };

/** @returns reject("proof.wrong" | "codec.…" | "genesis.wrong"). */
export function anchorOf(trust: Trust, proof: LightProof): Verdict<Trusted> {
  if (trust.kind === 'header') return accept(trust.trusted);
  if (trust.kind === 'genesis') return accept(trustGenesis(trust.genesis));
  if (proof.genesis === undefined) return reject('proof.wrong', 'the proof brings no genesis along');
  if (!equalBytes(sha256(proof.genesis), trust.chainId)) {
    return reject('proof.wrong', 'the genesis is of another chain');
  }
  const genesis = decodeGenesis(proof.genesis);
  return genesis.kind === 'accept' ? accept(trustGenesis(genesis.value)) : genesis;
}
