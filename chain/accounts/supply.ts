/** How many tokens there are: those of the genesis, those that files have minted, those that purchases have burned. */
import { assert } from '../../core/assert.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import type { Hash32, Tokens } from '../../core/scalars.ts';
import * as keys from '../state/keys.ts';
import type { Draft, Integer, StateView } from '../state/state.ts';

export type Supply = {
  readonly genesis: Tokens;
  readonly minted: Tokens;
  readonly burned: Tokens;
  /** Stands in the entry since the first file, so that no step of it tells which file was bought. */
  readonly salt: Hash32 | undefined;
};

export function supply(view: StateView): Supply {
  const bytes = view.get(keys.SUPPLY);
  assert(bytes !== undefined, 'genesis wrote this entry');
  const stored = decodeOwn<[Integer, Integer, Integer, Hash32 | null]>(bytes);
  const [genesis, minted, burned, salt] = stored;
  return {
    genesis: BigInt(genesis),
    minted: BigInt(minted),
    burned: BigInt(burned),
    salt: salt ?? undefined,
  };
}

export function putSupply(draft: Draft, { genesis, minted, burned, salt }: Supply): void {
  draft.put(keys.SUPPLY, encode([genesis, minted, burned, salt ?? null]));
}
