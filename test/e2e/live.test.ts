/** Following a running library over a WebSocket: what is told is whole and in order, also over kills. */
import { expect } from 'chai';
import { LiveClient } from '../rpc/live-client.ts';
import { eventually } from './fixtures/eventually.ts';
import { newReader, upload, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

const KILLS = 2;
const BOOKS_EACH = 4;

describe('one who follows a library that is killed', () => {
  let library: SingleLibrary;

  before(async () => {
    library = await SingleLibrary.start();
  });
  after(async () => await library?.stop());

  it('goes on at the place that it was told last, and has every book once, in order', async () => {
    const author = await newReader(library.client);
    const uploaded: string[] = [];
    const found = new Map<string, string>();
    let next = '0:0';
    for (let round = 0; round <= KILLS; round++) {
      const client = await LiveClient.open(library.home.api);
      await client.subscribe({ from: next, kinds: 'available' });
      for (let i = 0; i < BOOKS_EACH; i++) {
        const book = await writeBook(library.folder, `${round} ${i}.txt`, 3_000 + 10 * round + i);
        await upload(library.client, author, book);
        uploaded.push(book.hash);
        // Not all of the last one is seen before the kill.
        if (round < KILLS && i === BOOKS_EACH - 1) break;
        await eventually('it is told', () => client.events().some(({ hash }) => hash === book.hash));
      }
      if (round < KILLS) await library.process.kill();
      else await client.until('the last', () => client.events().some(({ hash }) => hash === uploaded.at(-1)));
      for (const { at, hash } of client.events()) found.set(at, String(hash));
      next = client.told.at(-1)?.next ?? next;
      if (round < KILLS) expect((await client.closed)[0]).to.equal(1006);
      client.close();
      if (round < KILLS) await library.restart();
    }
    expect([...found.values()]).to.deep.equal(uploaded);
  });

  it('is told that it stops: 1001', async () => {
    const client = await LiveClient.open(library.home.api);
    await client.subscribe();
    await library.process.stop();
    expect((await client.closed)[0]).to.equal(1001);
    await library.restart();
  });
});
