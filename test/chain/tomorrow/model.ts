/** What rules of tomorrow say, as the reference model has it: shares no code with chain/, as test/model/ does not. */
import type { Block, State } from '../../model/ledger-state.ts';
import { ACCEPT, type Once, reject, type Verdict } from '../../model/ledger-types.ts';

const TRANSFER_LEAST = 2;

export type Burn = Once & { readonly kind: 'burn'; readonly amount: bigint; readonly key: string };

export const BURN = {
  burn: {
    words: ({ amount, key, nonce, expires }: Burn) => [amount, key, nonce, expires],
    judge: (state: State, tx: Burn, { version }: Block) =>
      version < 2 ? reject('rule.not-in-force') : burn(state, tx),
  },
};

/** Their first block begins. */
export function begin(state: State): void {
  const more = { transferLeast: TRANSFER_LEAST };
  state.parameters = { ...state.parameters, ...more };
  for (const [id, { applied }] of state.proposals) if (applied === undefined) state.proposals.delete(id);
}

export function notBelowLeast<T extends { readonly amount: bigint }>(
  judge: (state: State, tx: T) => Verdict,
): (state: State, tx: T) => Verdict {
  return (state, tx) => {
    const { transferLeast } = { transferLeast: 0, ...state.parameters };
    return tx.amount < transferLeast ? reject('amount.wrong') : judge(state, tx);
  };
}

function burn(state: State, { amount, key }: Burn): Verdict {
  const owner = state.accounts.get(key);
  if (owner === undefined) return reject('reader.unknown');
  if (amount === 0n) return reject('amount.wrong');
  if (owner.tokens < amount) return reject('transfer.not-enough-tokens');
  owner.tokens -= amount;
  state.supply.burned += amount;
  return ACCEPT;
}
