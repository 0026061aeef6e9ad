/**
 * `card`: what a running library lends its readers to read by; asked by the socket in its home, as any librarian with a key
 * may ask by HTTP (docs/decisions/cards.md).
 */
import { type Command, InvalidArgumentError } from 'commander';
import { atDesk, each } from './at-desk.ts';

type At = { readonly home: string };

/** @param say - prints what a command has to tell. */
export function addCardCommands(program: Command, say: (text: string) => void): void {
  const card = program.command('card').description('cards that the library lends its readers');
  const add = (name: string, description: string): Command =>
    card
      .command(name)
      .description(description)
      .option('--home <folder>', 'folder of the running library', '.digitallib');

  add('give <key...>', 'lend these readers a card each; a key that is not registered is').action(
    (keys: string[], { home }: At) =>
      each(keys, async (key) => {
        const { card: lent } = await atDesk(home, (desk) => desk.cardGive(key));
        say(`${key}  ${termsOf(lent)}`);
      }),
  );
  add('invite', 'make codes of which each lends one reader a card, once')
    .option('--count <n>', 'how many', whole, 1)
    .option('--days <n>', 'how long each is good', whole, 30)
    .action(async ({ home, count, days }: At & { readonly count: number; readonly days: number }) => {
      const { codes } = await atDesk(home, (desk) => desk.cardInvite({ count, days }));
      say(codes.join('\n'));
    });
  add('list', 'list the cards that are lent').action(async ({ home }: At) => {
    let cursor: string | undefined;
    let any = false;
    do {
      const page = await atDesk(home, (desk) => desk.cardList(cursor === undefined ? {} : { cursor }));
      for (const { reader, open, ...lent } of page.cards)
        say(`${reader}  ${termsOf(lent)}${open ? ', open' : ''}`);
      any ||= page.cards.length > 0;
      cursor = page.next ?? undefined;
    } while (cursor !== undefined);
    if (!any) say('No card is lent.');
  });
  add('withdraw <key...>', 'take these cards back').action((keys: string[], { home }: At) =>
    each(keys, async (key) => {
      await atDesk(home, (desk) => desk.cardWithdraw(key));
      say(`taken back from ${key}`);
    }),
  );
}

type Terms = { readonly allowance: bigint; readonly ceiling: bigint; readonly until: number };

function termsOf({ allowance, ceiling, until }: Terms): string {
  return `${allowance} bytes a day, up to ${ceiling}, until ${new Date(until).toISOString().slice(0, 10)}`;
}

function whole(text: string): number {
  if (/^[1-9][0-9]{0,5}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('a whole number.');
}
