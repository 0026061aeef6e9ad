/** Transactions and geneses of chain/ as the plain objects that the model takes, and back. */
import type { Genesis as ChainGenesis } from '../../chain/block/genesis.ts';
import type { Transaction as ChainTransaction } from '../../chain/transaction/transaction.ts';
import { compareBytes, hexToBytes, toHex } from '../../core/bytes.ts';
import type { Transaction } from './ledger-kinds.ts';
import type { Genesis } from './ledger-types.ts';

/** Fields that hold text; every other string is hex for bytes. */
const TEXTS = new Set(['kind', 'name', 'rate', 'role', 'addresses', 'tracker', 'api']);

export function chainTransaction(plain: Transaction): ChainTransaction {
  return withBytes(plain, '') as ChainTransaction;
}

export function plainTransaction(transaction: ChainTransaction): Transaction {
  return withHex(transaction) as Transaction;
}

/** @param time - of block 0. */
export function chainGenesis(genesis: Omit<Genesis, 'chain'>, time: number): ChainGenesis {
  const { accounts, members, authorities, billing, parameters } = genesis;
  return {
    version: 1,
    name: 'Histories',
    time,
    accounts: accounts.map(({ key, tokens }) => ({ key: hexToBytes(key), tokens })),
    members: members.map((member) => ({ ...member, key: hexToBytes(member.key) })),
    authorities: authorities.map((key) => hexToBytes(key)).sort(compareBytes),
    roles: billing.map((key) => ({ key: hexToBytes(key), role: 'billing' })),
    parameters,
  };
}

/** @param chain - its id, in hex. */
export function plainGenesis(genesis: ChainGenesis, chain: string): Genesis {
  const { accounts, members, authorities, roles, parameters } = genesis;
  return {
    chain,
    accounts: accounts.map(({ key, tokens }) => ({ key: toHex(key), tokens })),
    members: members.map((member) => ({ ...member, key: toHex(member.key) })),
    authorities: authorities.map(toHex),
    billing: roles.map(({ key }) => toHex(key)),
    parameters,
  };
}

function withBytes(value: unknown, field: string): unknown {
  if (typeof value === 'string') return TEXTS.has(field) ? value : hexToBytes(value);
  if (Array.isArray(value)) return value.map((item) => withBytes(item, field));
  return typeof value === 'object' && value !== null ? mapped(value, withBytes) : value;
}

function withHex(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (Array.isArray(value)) return value.map(withHex);
  return typeof value === 'object' && value !== null ? mapped(value, withHex) : value;
}

function mapped(value: object, change: (item: unknown, field: string) => unknown): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [field, item] of Object.entries(value)) made[field] = change(item, field);
  return made;
}
