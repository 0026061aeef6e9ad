/**
 * Which rules the authorities have agreed upon, and who of them is ready: each says in the headers of its blocks which
 * rules its program knows, if they are newer than those of the block. The state keeps that, so that whoever starts from a
 * state has it too. Nothing is kept as long as nobody knows newer ones.
 *
 *   signals → [key, version, height] of each that knows newer rules, sorted by key
 */
import { compareBytes, equalBytes } from '../../core/bytes.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import type { Height, PublicKey32 } from '../../core/scalars.ts';
import * as keys from '../state/keys.ts';
import type { Draft, StateView } from '../state/state.ts';
import { authoritySet, quorumOf } from './federation.ts';

export type Upgrade = { readonly height: Height; readonly version: number };
export type Signal = {
  readonly key: PublicKey32;
  /** The newest rules that it knows. */
  readonly version: number;
  /** Of the block in which it said so last. */
  readonly height: Height;
};

/** The last upgrade that was agreed upon, past or to come. */
export function upgrade(view: StateView): Upgrade | undefined {
  const bytes = view.get(keys.UPGRADE);
  return bytes && decodeOwn<Upgrade>(bytes);
}

export function putUpgrade(draft: Draft, { height, version }: Upgrade): void {
  draft.put(keys.UPGRADE, encode({ height, version }));
}

/** Sorted by key. Also of those that are authorities no more, until they are forgotten. */
export function signals(view: StateView): readonly Signal[] {
  const bytes = view.get(keys.SIGNALS);
  if (bytes === undefined) return [];
  const stored = decodeOwn<[PublicKey32, number, Height][]>(bytes);
  return stored.map(([key, version, height]) => ({ key, version, height }));
}

/** A block stands: keeps what its maker says in it, or forgets what it said before. */
export function noteSignal(
  draft: Draft,
  { proposer, version, height, knows }: Pick<Signal, 'version' | 'height'> & Maker,
): void {
  const before = signals(draft);
  if (knows === undefined && before.length === 0) return;
  const kept = before.filter(
    (one) => one.version > version && isRecent(one, height) && !equalBytes(one.key, proposer),
  );
  const said = knows === undefined ? [] : [{ key: proposer, version: knows, height }];
  const after = [...kept, ...said].sort((a, b) => compareBytes(a.key, b.key));
  if (after.length === 0) draft.delete(keys.SIGNALS);
  else draft.put(keys.SIGNALS, encode(after.map((one) => [one.key, one.version, one.height])));
}
type Maker = { readonly proposer: PublicKey32; readonly knows?: number };

/** Do enough of those who vote know these rules? @param height - of the last block. */
export function isSignalled(view: StateView, version: number, height: Height): boolean {
  return readyFor(view, version, height).length >= quorumOf(authoritySet(view).keys.length);
}

/** Those who vote and have said that they know these rules. @param height - of the last block. */
export function readyFor(view: StateView, version: number, height: Height): readonly PublicKey32[] {
  const ready = signals(view).filter((one) => one.version >= version && isRecent(one, height));
  return authoritySet(view).keys.filter((key) => ready.some((one) => equalBytes(one.key, key)));
}

function isRecent({ height: said }: Signal, height: Height): boolean {
  return height - said < limits.signalBlocks;
}
