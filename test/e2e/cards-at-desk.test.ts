/** A librarian who lends cards: at the machine of the library by command, and from elsewhere with a signature. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Client } from '../../client/client.ts';
import { ClientError } from '../../client/client-error.ts';
import { digitallib } from './fixtures/command.ts';
import { eventually } from './fixtures/eventually.ts';
import { newReader, newWallet, upload, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

const TERMS = { allowance: 2_000_000n, ceiling: 60_000_000n };
const FLAGS = ['--cards', 'desk', '--card-allowance', '2000000', '--card-ceiling', '60000000'];

describe('cards at the desk of a running library', () => {
  let library: SingleLibrary;
  let client: Client;
  let home: string;
  let key: string;
  const librarian = newWallet();

  before(async () => {
    library = await SingleLibrary.start(...FLAGS);
    ({ client } = library);
    home = library.home.home;
    key = Buffer.from(library.home.key).toString('hex');
    const list = { version: 1, librarians: [{ key: librarian.publicKey, name: 'Ada' }] };
    writeFileSync(join(home, 'librarians.json'), JSON.stringify(list));
  });
  after(() => library?.stop());

  const card = (...words: readonly string[]) => digitallib('card', ...words, '--home', home);
  const codeOf = (asked: Promise<unknown>): Promise<string> =>
    asked.then(
      () => 'done',
      (error: unknown) => (error instanceof ClientError ? error.code : String(error)),
    );

  it('are given, listed and taken back by command, also to a key that nobody has registered', async () => {
    const reader = newWallet();
    expect(await card('list')).to.equal('No card is lent.');
    const given = await card('give', reader.publicKey);
    expect(given).to.match(/^[0-9a-f]{64} {2}2000000 bytes a day, up to 60000000, until \d{4}-\d\d-\d\d$/);
    expect((await client.account(reader)).card).to.include({ ...TERMS, credit: 20_000_000n });
    const listed = () => eventually('the list', async () => (await card('list')).includes(reader.publicKey));
    await listed();
    expect(await card('list')).to.equal(given);

    const book = await writeBook(library.folder, 'A Herbarium.bin', 500_000);
    await upload(client, await newReader(client), book);
    await client.download(reader, book.hash);
    expect((await client.account(reader)).card?.credit).to.equal(19_500_000n);

    expect(await card('withdraw', reader.publicKey)).to.equal(`taken back from ${reader.publicKey}`);
    expect((await client.account(reader)).card).to.equal(undefined);
    expect(await codeOf(card('withdraw', reader.publicKey))).to.include('(card.none)');
    await eventually('the empty list', async () => (await card('list')) === 'No card is lent.');
    expect(await codeOf(client.takeCard(reader))).to.equal('card.closed');
  });

  it('are lent by an invitation, once: to a new key, and to one that is registered, over a kill', async () => {
    const codes = (await card('invite', '--count', '2')).split('\n');
    expect(codes).to.have.length(2);
    await library.process.kill();
    await library.restart();
    const [first, second] = [newWallet(), newWallet()];
    expect((await client.register(first.publicKey, { code: codes[0]! })).card).to.include(TERMS);
    const late = await client.register(second.publicKey, { code: codes[0]! });
    expect(late).to.deep.equal({ card: undefined, noCard: 'card.code-needed' });
    expect(await codeOf(client.takeCard(second, { code: codes[0]! }))).to.equal('card.code-needed');
    expect(await client.takeCard(second, { code: codes[1]! })).to.include(TERMS);
    const third = await newReader(client);
    expect(await codeOf(client.takeCard(third, { code: codes[1]! }))).to.equal('card.code-needed');
  });

  it('desk.not-a-librarian: are given, invited to, listed and taken back with the signature of a librarian, and of nobody else', async () => {
    const desk = client.desk(librarian, key);
    const reader = newWallet();
    const given = await desk.cardGive(reader.publicKey);
    expect(given.card).to.include(TERMS).and.not.have.property('credit');
    const { codes } = await desk.cardInvite({ count: 1, days: 7 });
    const invited = newWallet();
    expect((await client.register(invited.publicKey, { code: codes[0]! })).card).to.include(TERMS);
    const page = await eventually('both in the list', async () => {
      const { cards } = await desk.cardList({ limit: 100 });
      const keys = cards.map((one) => one.reader);
      return [reader, invited].every(({ publicKey }) => keys.includes(publicKey)) ? cards : undefined;
    });
    for (const one of page) expect(one).to.include({ ...TERMS, open: false });
    await desk.cardWithdraw(reader.publicKey);
    expect((await client.account(reader)).card).to.equal(undefined);

    const stranger = client.desk(newWallet(), key);
    for (const asked of [
      stranger.cardGive(reader.publicKey),
      stranger.cardInvite(),
      stranger.cardList(),
      stranger.cardWithdraw(invited.publicKey),
    ]) {
      expect(await codeOf(asked)).to.equal('desk.not-a-librarian');
    }
  });
});
