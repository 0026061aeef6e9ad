/** transfer, buy, sell, settle, release, reclaim, as docs/ledger.md has them. */
import { type Account, type Block, type Sale, type State, TOKENS_MAX } from './ledger-state.ts';
import {
  ACCEPT,
  type Buy,
  type Reclaim,
  type Release,
  reject,
  type Sell,
  type Settle,
  type Transfer,
  type Verdict,
} from './ledger-types.ts';

export function transfer(state: State, { key, to, amount }: Transfer): Verdict {
  return pay(state, key, to, amount);
}

export function buy(state: State, { to, amount, receipt, billing }: Buy): Verdict {
  if (!state.billing.has(billing)) return reject('role.missing');
  if (state.receipts.has(`${billing} ${receipt}`)) return reject('receipt.repeated');
  const paid = pay(state, billing, to, amount);
  if (paid.kind === 'accept') state.receipts.add(`${billing} ${receipt}`);
  return paid;
}

function pay(state: State, from: string, to: string, amount: bigint): Verdict {
  if (amount === 0n) return reject('amount.wrong');
  if (from === to) return reject('transfer.to-self');
  const payer = state.accounts.get(from);
  const payee = state.accounts.get(to);
  if (payer === undefined || payee === undefined) return reject('reader.unknown');
  if (payer.tokens < amount) return reject('transfer.not-enough-tokens');
  if (!hasRoom(payee, amount)) return reject('amount.too-much');
  payer.tokens -= amount;
  payee.tokens += amount;
  return ACCEPT;
}

export function sell(state: State, tx: Sell, id: string, block: Block): Verdict {
  const { payee, amount, rate, billing, key } = tx;
  if (amount === 0n) return reject('amount.wrong');
  if (!state.billing.has(billing)) return reject('role.missing');
  const seller = state.accounts.get(key);
  if (seller === undefined) return reject('reader.unknown');
  if (seller.tokens < amount) return reject('transfer.not-enough-tokens');
  seller.tokens -= amount;
  seller.locked += amount;
  const reclaimFrom = block.time + state.parameters.saleTimeoutMs;
  state.sales.set(id, { seller: key, payee, amount, rate, billing, reclaimFrom, closed: undefined });
  return ACCEPT;
}

export function settle(state: State, { sale: id, billing }: Settle, block: Block): Verdict {
  const sale = state.sales.get(id);
  if (sale === undefined) return reject('sale.unknown');
  if (sale.closed !== undefined) return reject('sale.closed');
  if (sale.billing !== billing || !state.billing.has(billing)) return reject('role.missing');
  const payee = state.accounts.get(billing);
  if (payee === undefined) return reject('reader.unknown');
  if (billing !== sale.seller && !hasRoom(payee, sale.amount)) return reject('amount.too-much');
  return close(state, sale, payee, { outcome: 'settled', time: block.time });
}

export function release(state: State, { sale: id, billing }: Release, block: Block): Verdict {
  const sale = state.sales.get(id);
  if (sale === undefined) return reject('sale.unknown');
  if (sale.closed !== undefined) return reject('sale.closed');
  if (sale.billing !== billing) return reject('role.missing');
  return close(state, sale, state.accounts.get(sale.seller)!, { outcome: 'released', time: block.time });
}

export function reclaim(state: State, { sale: id, key }: Reclaim, block: Block): Verdict {
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

function hasRoom({ tokens, locked }: Account, amount: bigint): boolean {
  return tokens + locked + amount <= TOKENS_MAX;
}
