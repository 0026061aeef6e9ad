/** What holds in every state of the model, by docs/ledger.md, whatever has happened. */
import type { State } from './ledger-state.ts';

/** @returns what does not hold, or undefined. */
export function unsoundness({ accounts, files, supply, lent, cards }: State): string | undefined {
  const all = [...accounts.values()];
  const sum = all.reduce((total, { tokens, locked }) => total + tokens + locked, 0n);
  if (sum !== supply.genesis + supply.minted - supply.burned) return `the supply is not ${sum}`;
  if (all.some((one) => Object.values(one).some((amount) => amount < 0n)))
    return 'an account is below nothing';
  const pending = all.reduce((total, one) => total + one.pending, 0n);
  const mayYet = [...files.values()].reduce((total, file) => total + file.mayYet, 0n);
  if (pending !== mayYet) return `${pending} pending, ${mayYet} that files may yet mint`;
  for (const file of files.values()) {
    if (file.minted < 0n || file.minted + file.mayYet > file.size) return 'a file mints more than its size';
    if (file.stock && file.minted + file.mayYet !== 0n) return 'stock mints';
  }
  if ([...lent.values()].some((sums) => [...sums.values()].some((part) => part <= 0n)))
    return 'less than nothing is lent';
  const wrong = [...cards.values()].some(({ credit, ceiling }) => credit < 0n || credit > ceiling);
  return wrong ? 'a card is not between nothing and its ceiling' : undefined;
}
