/** transfer, buy, sell, settle, release, reclaim, as docs/ledger.md has them: what each holds, what is signed of it, and its rule. */
import { hasRoom, pay } from './ledger-accounts.ts';
import { idOf } from './ledger-encoding.ts';
import type { Account, Block, Sale, State } from './ledger-state.ts';
import { ACCEPT, type Once, reject, type Verdict } from './ledger-types.ts';

export type Transfer = Once & {
  readonly kind: 'transfer';
  readonly to: string;
  readonly amount: bigint;
  readonly key: string;
};
export type Buy = Once & {
  readonly kind: 'buy';
  readonly to: string;
  readonly amount: bigint;
  readonly receipt: string;
  readonly billing: string;
};
export type Sell = Once & {
  readonly kind: 'sell';
  readonly payee: string;
  readonly amount: bigint;
  readonly rate: string;
  readonly billing: string;
  readonly key: string;
};
export type Settle = Once & { readonly kind: 'settle'; readonly sale: string; readonly billing: string };
export type Release = Once & { readonly kind: 'release'; readonly sale: string; readonly billing: string };
export type Reclaim = Once & { readonly kind: 'reclaim'; readonly sale: string; readonly key: string };

export const TOKENS = {
  transfer: {
    words: ({ to, amount, key, nonce, expires }: Transfer) => [to, amount, key, nonce, expires],
    judge: transfer,
  },
  buy: {
    words: ({ to, amount, receipt, billing, nonce, expires }: Buy) => [
      to,
      amount,
      receipt,
      billing,
      nonce,
      expires,
    ],
    judge: buy,
  },
  sell: {
    words: ({ payee, amount, rate, billing, key, nonce, expires }: Sell) => [
      payee,
      amount,
      rate,
      billing,
      key,
      nonce,
      expires,
    ],
    judge: sell,
  },
  settle: {
    words: ({ sale, billing, nonce, expires }: Settle) => [sale, billing, nonce, expires],
    judge: settle,
  },
  release: {
    words: ({ sale, billing, nonce, expires }: Release) => [sale, billing, nonce, expires],
    judge: release,
  },
  reclaim: {
    words: ({ sale, key, nonce, expires }: Reclaim) => [sale, key, nonce, expires],
    judge: reclaim,
  },
};

function transfer(state: State, { key, to, amount }: Transfer): Verdict {
  return pay(state, key, to, amount);
}

function buy(state: State, { to, amount, receipt, billing }: Buy): Verdict {
  if (!state.billing.has(billing)) return reject('role.missing');
  if (state.receipts.has(`${billing} ${receipt}`)) return reject('receipt.repeated');
  const paid = pay(state, billing, to, amount);
  if (paid.kind === 'accept') state.receipts.add(`${billing} ${receipt}`);
  return paid;
}

function sell(state: State, tx: Sell, block: Block): Verdict {
  const { payee, amount, rate, billing, key } = tx;
  if (amount === 0n) return reject('amount.wrong');
  if (!state.billing.has(billing)) return reject('role.missing');
  const seller = state.accounts.get(key);
  if (seller === undefined) return reject('reader.unknown');
  if (seller.tokens < amount) return reject('transfer.not-enough-tokens');
  seller.tokens -= amount;
  seller.locked += amount;
  const reclaimFrom = block.time + state.parameters.saleTimeoutMs;
  state.sales.set(idOf(tx), { seller: key, payee, amount, rate, billing, reclaimFrom, closed: undefined });
  return ACCEPT;
}

function settle(state: State, { sale: id, billing }: Settle, block: Block): Verdict {
  const sale = state.sales.get(id);
  if (sale === undefined) return reject('sale.unknown');
  if (sale.closed !== undefined) return reject('sale.closed');
  if (sale.billing !== billing || !state.billing.has(billing)) return reject('role.missing');
  const payee = state.accounts.get(billing);
  if (payee === undefined) return reject('reader.unknown');
  if (billing !== sale.seller && !hasRoom(payee, sale.amount)) return reject('amount.too-much');
  return close(state, sale, payee, { outcome: 'settled', time: block.time });
}

function release(state: State, { sale: id, billing }: Release, block: Block): Verdict {
  const sale = state.sales.get(id);
  if (sale === undefined) return reject('sale.unknown');
  if (sale.closed !== undefined) return reject('sale.closed');
  if (sale.billing !== billing) return reject('role.missing');
  return close(state, sale, state.accounts.get(sale.seller)!, { outcome: 'released', time: block.time });
}

function reclaim(state: State, { sale: id, key }: Reclaim, block: Block): Verdict {
  const sale = state.sales.get(id);
  if (sale === undefined) return reject('sale.unknown');
  if (sale.closed !== undefined) return reject('sale.closed');
  if (sale.seller !== key) return reject('role.missing');
  if (block.time < sale.reclaimFrom) return reject('sale.not-due');
  return close(state, sale, state.accounts.get(key)!, { outcome: 'reclaimed', time: block.time });
}

function close(state: State, sale: Sale, receiver: Account, closed: NonNullable<Sale['closed']>): Verdict {
  state.accounts.get(sale.seller)!.locked -= sale.amount;
  receiver.tokens += sale.amount;
  sale.closed = closed;
  return ACCEPT;
}
