/**
 * Is an offered state of the chain that the operator means? It is when headers lead to it from the checkpoint. Nobody may
 * have kept these: then a library that held the block of the checkpoint is past it, and believes of what lies above as much as
 * one without a checkpoint. That it held it outlives the state that it throws away. Source: docs/decisions/snapshot.md.
 */
import { equalBytes } from '../../../core/bytes.ts';
import { decodeOwn, encode } from '../../../core/codec.ts';
import type { Store } from '../../../core/ports.ts';
import type { Hash32, Height } from '../../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import type { Checkpoint } from '../../../light/checkpoint.ts';
import { metaKey } from '../../../store/keyspaces.ts';
import { heightIn } from '../../ledger/block-store.ts';
import { readFork } from '../fork-record.ts';
import type { Offered, OneChain } from './one-chain.ts';
import type { Offer } from './protocol.ts';

type Ports = { readonly store: Store; readonly checkpoint: Checkpoint; readonly chain: OneChain };
/** A block that is shown to stand on the checkpoint; of a chain that held the checkpoint itself, none. */
type Above = readonly [height: Height, hash: Hash32] | null;
type Row = readonly [height: Height, hash: Hash32, above: Above];

const PASSED = metaKey('checkpoint-passed');

/** @returns reject("block.other-chain" | "checkpoint.not-shown"). */
export async function fitsCheckpoint(ports: Ports, offered: Offered): Promise<Verdict<Offered>> {
  const { store, checkpoint, chain } = ports;
  const isForked = readFork(store) !== undefined;
  if (offered.offer.block.header.height < checkpoint.height) {
    return isForked ? reject('block.other-chain', 'below the checkpoint') : accept(offered);
  }
  const isPassed = hasPassed(store, checkpoint);
  const standing = await chain.standsOn(checkpoint, offered);
  if (standing === 'stands') return accept(offered);
  if (standing === 'elsewhere') return reject('block.other-chain', 'it has another block at the checkpoint');
  // Where two histories are known, what is not shown may be the other one.
  return isPassed && !isForked ? accept(offered) : reject('checkpoint.not-shown');
}

/** Before what the store holds is thrown away for this offer, which fits. */
export async function keepPassed(
  { store, checkpoint }: { readonly store: Store; readonly checkpoint?: Checkpoint | undefined },
  { block, finalization }: Offer,
): Promise<void> {
  const { height } = block.header;
  if (checkpoint === undefined || height < checkpoint.height) return;
  const above: Above = hasPassed(store, checkpoint) ? null : [height, finalization.hash];
  const row: Row = [checkpoint.height, checkpoint.hash, above];
  await store.write([{ type: 'put', key: PASSED, value: encode(row) }], { sync: true });
}

/** Does our own chain stand on the checkpoint, or did it? */
function hasPassed(store: Store, { height, hash }: Checkpoint): boolean {
  if (isOwn(store, height, hash)) return true;
  const bytes = store.get(PASSED);
  if (bytes === undefined) return false;
  const [passedHeight, passedHash, above] = decodeOwn<Row>(bytes);
  if (passedHeight !== height || !equalBytes(passedHash, hash)) return false;
  return above === null || isOwn(store, ...above);
}

function isOwn(store: Store, height: Height, hash: Hash32): boolean {
  const own = heightIn(store, height)?.hash;
  return own !== undefined && equalBytes(own, hash);
}
