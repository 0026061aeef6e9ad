/** What rules of tomorrow say, as the reference model has it: shares no code with chain/, as test/model/ does not. */
import type { State } from '../../model/ledger-state.ts';
import { ACCEPT, reject, type Verdict } from '../../model/ledger-types.ts';

const TRANSFER_LEAST = 2;

export type Burn = {
  readonly kind: 'burn';
  readonly amount: bigint;
  readonly key: string;
  readonly nonce: string;
  readonly expires: number;
};

/** Their first block begins. */
export function begin(state: State): void {
  const more = { transferLeast: TRANSFER_LEAST };
  state.parameters = { ...state.parameters, ...more };
  for (const [id, { applied }] of state.proposals) if (applied === undefined) state.proposals.delete(id);
}

export function isTooLittle({ parameters }: State, amount: bigint): boolean {
  const { transferLeast } = { transferLeast: 0, ...parameters };
  return amount < transferLeast;
}

export function burn(state: State, { amount, key }: Burn): Verdict {
  const owner = state.accounts.get(key);
  if (owner === undefined) return reject('reader.unknown');
  if (amount === 0n) return reject('amount.wrong');
  if (owner.tokens < amount) return reject('transfer.not-enough-tokens');
  owner.tokens -= amount;
  state.supply.burned += amount;
  return ACCEPT;
}
