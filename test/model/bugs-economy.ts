/** Wrong rules of cards, vesting and stock. */
import { type Bug, bug } from './bug.ts';

export const BUGS_OF_ECONOMY: readonly Bug[] = [
  // vesting
  bug(
    'a file mints by its size, not by what was paid in tokens', // what the theorem of docs/economy.md stands on
    'files/download',
    'releasedBy({ tokens, onCard }',
    'releasedBy({ tokens: size, onCard }',
  ),
  bug(
    'a file mints by its size for what was read on a card',
    'files/download',
    'releasedBy({ tokens, onCard }',
    'releasedBy({ tokens, onCard: onCard > 0n ? size : 0n }',
  ),
  bug(
    'what was read on a card releases as tokens do',
    'files/minting',
    '(onCard * BigInt(cardReleasePermille))',
    '(onCard * BigInt(releasePermille))',
  ),
  bug(
    'a file mints more than its size',
    'files/minting',
    'const amount = before.mayYet < most ? before.mayYet : most;',
    'const amount = before.mayYet === 0n ? 0n : most;',
  ),
  bug(
    'a purchase on a card alone mints one token',
    'files/minting',
    'tokens === 0n || part > 0n',
    'part > 0n',
  ),
  bug('a small purchase mints nothing', 'files/minting', 'tokens === 0n || part > 0n ? part : 1n', 'part'),
  bug(
    'what a file has minted stays pending',
    'files/minting',
    'pending: account.pending - amount',
    'pending: account.pending',
  ),
  bug(
    'what a file mints is not in the supply',
    'files/minting',
    'minted: supply.minted + amount }',
    'minted: supply.minted }',
  ),
  bug(
    'a purchase mints more than an account can hold',
    'files/minting',
    "checkRoom(account, amount).kind !== 'accept' || ",
    '',
    'directed',
  ),
  bug(
    'a file that was taken down mints when it is back',
    'files/minting',
    'if (before.mayYet === 0n || account',
    'if (before.mayYet >= 0n || account',
  ),
  bug(
    'a reset takes the size and not what was minted',
    'files/available',
    'least(account.tokens, before.minted)',
    'least(account.tokens, size)',
  ),
  bug(
    'a reset leaves what is pending',
    'files/available',
    'pending: account.pending - before.mayYet',
    'pending: account.pending',
  ),

  // stock
  bug(
    'a library makes the stock of another one mint',
    'files/upload',
    "if (!stock && isMember(view, key)) return reject('upload.stock-of-another');",
    '',
  ),
  bug('stock mints', 'files/minting', 'if (stock) return STOCK;', ''),
  bug('stock counts for the caps', 'files/upload', 'stock ? [] : Object', 'Object'),
  bug(
    'stock needs an account',
    'files/upload',
    'if (!stock && account(view, key) === undefined)',
    'if (account(view, key) === undefined)',
  ),
  bug(
    'a reset of stock takes what its library has otherwise',
    'files/available',
    'before.stock ? undefined : accountOf',
    'accountOf',
  ),

  // cards
  bug(
    'a card that is lowered or taken back frees the cap',
    'accounts/card',
    '-least(before.allowance, allowance)',
    '-before.allowance',
  ),
  bug(
    'a card that is taken back frees the cap',
    'accounts/card',
    '      deleteCard(draft, key);',
    '      deleteCard(draft, key);\n      putLent(draft, sponsor, lentBy(view, sponsor, periodOf(day)).filter(([end]) => end !== there.until));',
  ),
  bug(
    'the cap is passed by one byte',
    'accounts/card',
    'sumOf(lent) > BigInt(cardBytesPerNodePerDay)',
    'sumOf(lent) > BigInt(cardBytesPerNodePerDay) + 1n',
  ),
  bug(
    'a renewal begins with the credit of a new card',
    'accounts/card',
    'before?.credit ?? BigInt(cardStartDays) * allowance',
    'BigInt(cardStartDays) * allowance',
  ),
  bug('a card begins with an empty day', 'accounts/card', 'BigInt(cardStartDays) * allowance', '0n'),
  bug('anybody renews a card', 'accounts/card', 'equalBytes(card.sponsor, sponsor)', 'true'),
  bug(
    'who came first keeps a reader from all others',
    'accounts/card',
    '!isMore(transaction, before!)',
    'true',
  ),
  bug(
    'a card is taken over by the same',
    'accounts/card',
    'allowance > before.allowance',
    'allowance >= before.allowance',
  ),
  bug('a card that is taken over is cut', 'accounts/card', 'ceiling >= before.ceiling && ', ''),
  bug('a card that is taken over ends sooner', 'accounts/card', ' && until >= before.until', ''),
  bug(
    'what another library has lent is freed by who outbids it',
    'accounts/card',
    'periodOf(day)), own, {',
    'periodOf(day)), before, {',
  ),
  bug('nobody takes back what is over', 'accounts/card', '!isOver(there, day) && ', ''),
  bug(
    'a card is lent for three periods ahead',
    'accounts/card',
    'until > now + PERIODS_AHEAD_MAX',
    'until > now + PERIODS_AHEAD_MAX + 1',
  ),
  bug('a card is lent until yesterday', 'accounts/card', 'until < now || ', ''),
  bug('an allowance gathers for longer', 'accounts/card', '90n;', '91n;'),
  bug('a ceiling below the allowance', 'accounts/card', 'allowance <= ceiling && ceiling <=', 'ceiling <='),
  bug(
    'a stranger lends',
    'accounts/card',
    "if (!isMember(view, sponsor)) return reject('member.unknown');",
    '',
  ),
  bug(
    'credit gathers a day late',
    'accounts/card-entry',
    'BigInt(day - written)',
    'BigInt(day > written ? day - written - 1 : 0)',
  ),
  bug(
    'credit gathers a day early',
    'accounts/card-entry',
    'BigInt(day - written)',
    'BigInt(day - written + 1)',
  ),
  bug(
    'credit passes its ceiling',
    'accounts/card-entry',
    'credit: gathered < most ? gathered : most,',
    'credit: gathered,',
  ),
  bug(
    'the card of a library that has left still works',
    'accounts/card-entry',
    ' || !isMember(view, card.sponsor)',
    '',
  ),
  bug('a card ends a period early', 'accounts/card-entry', 'periodOf(day) > until', 'periodOf(day) >= until'),
  bug(
    'a card ends a period late',
    'accounts/card-entry',
    'periodOf(day) > until',
    'periodOf(day) > until + 1',
  ),
  bug(
    'cards work where there are none any more',
    'accounts/card-entry',
    'if (parameters(view).cardBytesPerNodePerDay === 0) return undefined;',
    '',
  ),
  bug(
    'what was lent counts when its period is over',
    'accounts/card-entry',
    '.filter(([until]) => until >= period)',
    '',
  ),
  bug(
    'what was lent is forgotten in its last period',
    'accounts/card-entry',
    '.filter(([until]) => until >= period)',
    '.filter(([until]) => until > period)',
  ),
  bug('a card is not used up', 'files/download', 'credit: card.credit - onCard }', 'credit: card.credit }'),
  bug(
    'who reads on a card pays as well',
    'files/download',
    'tokens: reader.tokens - tokens,',
    'tokens: reader.tokens - (reader.tokens < size ? tokens : size),',
  ),
  bug(
    'what is read on a card is burned',
    'files/download',
    'burned: before.burned + tokens',
    'burned: before.burned + size',
  ),
  bug(
    'what is read on a card is not counted',
    'files/download',
    'onCard: upTo(before.onCard + onCard)',
    'onCard: before.onCard',
  ),
];
