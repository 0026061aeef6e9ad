/** Proposals and approvals as signed transactions: made from a home, handed to a library, final when they return. */
import { randomBytes } from 'node:crypto';
import { resolve } from 'node:path';
import { chainIdOf } from '../../chain/block/genesis.ts';
import type { Action } from '../../chain/governance/action.ts';
import { signTransaction } from '../../chain/transaction/signing.ts';
import { encodeTransaction, type Transaction } from '../../chain/transaction/transaction.ts';
import type { Operator } from '../../client/operator.ts';
import { fromHex, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { HASH_BYTES, NONCE_BYTES } from '../../core/scalars.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { readHome } from '../../node/home/home.ts';
import { printable } from '../printable.ts';

/** What cannot be submitted in ten minutes is made again. */
const LIFE_SECONDS = 600;

export async function propose(
  operator: Operator,
  home: string,
  action: Action,
  now: number,
): Promise<string> {
  const { seed, chainId } = await signerOf(operator, home);
  const nonce = new Uint8Array(randomBytes(NONCE_BYTES));
  const expires = Math.floor(now / 1_000) + LIFE_SECONDS;
  const unsigned = { kind: 'propose' as const, action, proposer: publicKeyOf(seed), nonce, expires };
  return submit(operator, signTransaction<'propose'>(chainId, unsigned, seed), 'Proposed');
}

export async function approve(operator: Operator, home: string, id: string): Promise<string> {
  const proposal = fromHex(id, HASH_BYTES);
  if (proposal === undefined) {
    throw new Fault('config.invalid', 'the id of a proposal has 64 lower-case hex characters');
  }
  const { seed, chainId } = await signerOf(operator, home);
  const unsigned = { kind: 'approve' as const, proposal, authority: publicKeyOf(seed) };
  return submit(operator, signTransaction<'approve'>(chainId, unsigned, seed), 'Approved');
}

/** @throws Fault("config.invalid") when the library that was named keeps another ledger than the home. */
export async function signerOf(operator: Operator, home: string) {
  const { seed, genesis } = readHome(resolve(home));
  const chainId = chainIdOf(genesis);
  if ((await operator.chainId()) !== toHex(chainId)) {
    throw new Fault('config.invalid', 'that library belongs to another federation than this home');
  }
  return { seed, chainId };
}

async function submit(operator: Operator, transaction: Transaction, done: string): Promise<string> {
  const { id, height, already, advice } = await operator.submit(encodeTransaction(transaction));
  const line = already ? `${done} before` : `${done} in block ${height}: ${id}`;
  return advice === null ? line : `${line}\n${printable(`Mind: ${advice}`)}`;
}
