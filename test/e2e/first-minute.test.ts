/** A new reader of the library that `npm start` runs: a key, a card, a book, in the first minute. */
import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { download } from '../../scripts/demo/download.ts';
import { newReader, newWallet, upload, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

const BYTES = 3_000_000;

describe('the first minute of a reader at a development library', () => {
  let library: SingleLibrary;

  before(async () => {
    library = await SingleLibrary.start();
  });
  after(() => library?.stop());

  it('is enough to read a book: a key, registered with a card, the purchase, and its bytes', async () => {
    const { client, folder } = library;
    const book = await writeBook(folder, 'Voyage to the Antipodes.bin', BYTES);
    await upload(client, await newReader(client), book);
    const tag = book.name.split('.')[0]!;

    const began = Date.now();
    const reader = newWallet();
    const { card, noCard } = await client.register(reader.publicKey);
    expect(noCard).to.equal(undefined);
    expect(card).to.include({ allowance: 20_000_000n, ceiling: 1_000_000_000n, credit: 200_000_000n });
    const { cards } = await client.status();
    expect(cards).to.deep.equal({ allowance: 20_000_000n, ceiling: 1_000_000_000n, at_once: 200_000_000n });
    const { files } = await client.search(tag);
    expect(files.map(({ hash }) => hash)).to.deep.equal([book.hash]);
    const torrent = await client.download(reader, book.hash);
    const copy = await download('the reader', torrent.bytes, book.name, folder, () => {});
    expect(Buffer.compare(await readFile(copy), Buffer.from(book.bytes))).to.equal(0);
    expect(Date.now() - began).to.be.below(60_000);

    const account = await client.account(reader);
    expect(account).to.include({ tokens: 0n, downloaded: BigInt(BYTES) });
    expect(account.card?.credit).to.equal(200_000_000n - BigInt(BYTES));
  });

  it('has a card for each of many who try it from this machine, and again after a restart', async () => {
    const { client } = library;
    for (let i = 0; i < 5; i++)
      expect((await client.register(newWallet().publicKey)).card).to.be.an('object');
    await library.process.kill();
    await library.restart();
    expect((await client.register(newWallet().publicKey)).card).to.be.an('object');
  });
});
