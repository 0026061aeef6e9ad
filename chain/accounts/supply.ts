/**
 * How many tokens there are, and what the equation of the supply is made of: one list, which rules, judges and whoever
 * looks after a library share. Σ of what accounts hold = Σ of what made tokens − Σ of what ended them, after each transaction.
 */
import { assert } from '../../core/assert.ts';
import { decodeOwn, encode } from '../../core/codec.ts';
import { type Hash32, TOKENS_MAX, type Tokens } from '../../core/scalars.ts';
import * as keys from '../state/keys.ts';
import type { Draft, Integer, StateView } from '../state/state.ts';
import type { Account } from './account.ts';

export type Supply = {
  readonly genesis: Tokens;
  /** By files. */
  readonly minted: Tokens;
  /** By purchases. */
  readonly burned: Tokens;
  /** Bytes that were read on cards, ever: no tokens, and in no equation. Stops at 2^63−1. */
  readonly onCard: Tokens;
  /** Stands in the entry since the first file, so that no step of it tells which file was bought. */
  readonly salt: Hash32 | undefined;
};

/** What there is of tokens by the history: +1 made them, −1 ended them. What is not here is not in the supply. */
export const SUPPLY_TERMS = { genesis: 1n, minted: 1n, burned: -1n } as const satisfies {
  readonly [N in keyof Supply]?: bigint;
};
/** What there is of tokens by those who have them. */
export const HELD_TERMS = ['tokens', 'locked'] as const satisfies readonly (keyof Account)[];

export type SupplyTerms = { readonly [N in keyof typeof SUPPLY_TERMS]: Tokens };
export type HeldTerms = { readonly [N in (typeof HELD_TERMS)[number]]: Tokens };

/** Tokens there are. */
export function totalOf(terms: SupplyTerms): Tokens {
  return TERMS.reduce((sum, name) => sum + SUPPLY_TERMS[name] * terms[name], 0n);
}
const TERMS = Object.keys(SUPPLY_TERMS) as (keyof SupplyTerms)[];

/** Tokens that an account has. */
export function heldBy(account: HeldTerms): Tokens {
  return HELD_TERMS.reduce((sum, name) => sum + account[name], 0n);
}

export function supply(view: StateView): Supply {
  const bytes = view.get(keys.SUPPLY);
  assert(bytes !== undefined, 'genesis wrote this entry');
  const [genesis, minted, burned, salt, onCard = 0] = decodeOwn<Stored>(bytes);
  return {
    genesis: BigInt(genesis),
    minted: BigInt(minted),
    burned: BigInt(burned),
    onCard: BigInt(onCard),
    salt: salt ?? undefined,
  };
}

/** The last is left out when it is 0. */
type Stored = [genesis: Integer, minted: Integer, burned: Integer, salt: Hash32 | null, ...onCard: Integer[]];

export function putSupply(draft: Draft, { genesis, minted, burned, onCard, salt }: Supply): void {
  assert(minted <= TOKENS_MAX && onCard <= TOKENS_MAX, 'what is minted or read on cards can be counted');
  draft.put(keys.SUPPLY, encode([genesis, minted, burned, salt ?? null, ...(onCard === 0n ? [] : [onCard])]));
}
