/** Every kind of transaction that the model knows, and what follows from its fields. A kind stands in the file of its subject. */
import { ACCOUNTS } from './ledger-accounts.ts';
import { CARDS } from './ledger-cards.ts';
import { sha256, sponsorTextOf } from './ledger-encoding.ts';
import { FILES } from './ledger-files.ts';
import { GOVERNANCE } from './ledger-governance.ts';
import type { Ruled } from './ledger-state.ts';
import { TOKENS } from './ledger-tokens.ts';

export const KINDS = { ...ACCOUNTS, ...CARDS, ...FILES, ...TOKENS, ...GOVERNANCE };

export type Transaction = Parameters<(typeof KINDS)[keyof typeof KINDS]['words']>[0];

/** What the signer of a transaction signs. */
export function textOf(chain: string, tx: Transaction): string {
  const { words }: Ruled<Transaction> = KINDS[tx.kind];
  return ['digitallib', '1', chain, tx.kind, ...words(tx)].join(':');
}

/** The signed text that is remembered, if the kind happens once, and its end in seconds. */
export function onceOf(chain: string, tx: Transaction): { text: string; expires: number } | undefined {
  if (tx.kind === 'upload') return { text: sha256(sponsorTextOf(chain, tx)), expires: tx.sponsorExpires };
  return 'nonce' in tx ? { text: sha256(textOf(chain, tx)), expires: tx.expires } : undefined;
}
