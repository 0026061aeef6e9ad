/** Readers whom the archive does not meet where it knows them: let in at another library, or there by another family. */
import { expect } from 'chai';
import { announce, announceUrlsOf } from './fixtures/announce.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { RawListener, RawPeer } from './fixtures/raw-peer.ts';
import { type Book, newReader, upload, wealthyReader, writeBook } from './fixtures/reader.ts';

const BOOK_BYTES = 300_001;
const FIRST = '127.0.0.8';
const READER = '127.0.0.9';
const STRANGER = '127.0.0.10';

describe('the archive of a library and a reader whom another library has let in', () => {
  let federation: Federation;
  before(async () => {
    federation = await Federation.start({ count: 2, parameters: { blockIntervalMs: 0 } });
  });
  after(() => federation?.stop());

  it('serves who has announced there a moment ago, and no stranger who comes meanwhile', async () => {
    const book = await writeBook(federation.folder, 'Kept by one library.bin', BOOK_BYTES);
    await upload(federation.at(1), await newReader(federation.at(1)), book);
    const first = await buyAt(1, book);
    const archive = await eventually('the archive of library 1 at library 2', async () => {
      const { peers } = await announce(first.url, first.infoHash, { from: FIRST, port: 1 });
      return peers.find((peer) => peer.startsWith('127.0.0.1:'));
    });
    const port = Number(archive.slice(archive.indexOf(':') + 1));
    const second = await buyAt(1, book);
    await federation.settled(); // the other library asks its own ledger
    const stranger = await RawPeer.dial({ port, from: STRANGER }, second.infoHash, BOOK_BYTES);
    const { failure } = await announce(second.url, second.infoHash, { from: READER, port: 1 });
    expect(failure).to.equal(undefined);
    const reader = await RawPeer.dial({ port, from: READER }, second.infoHash, BOOK_BYTES);
    await eventually('the book', () => reader.payload === BOOK_BYTES);
    expect(reader.content.equals(book.bytes)).to.equal(true);
    await stranger.closed();
    expect(stranger.received).to.equal(0);
    reader.socket.destroy();
  });

  /** @returns the tracker of the other library. */
  async function buyAt(number: 1 | 2, book: Book): Promise<{ url: string; infoHash: string }> {
    const client = federation.at(number);
    const { bytes } = await client.download(
      await wealthyReader(client, federation.folder, BOOK_BYTES),
      book.hash,
    );
    const { trackerPort } = federation.home(3 - number);
    const url = announceUrlsOf(bytes).find((one) => new URL(one).port === String(trackerPort))!;
    return { url, infoHash: infoHashOf(bytes) };
  }
});

describe('the archive of a library with addresses of both families', () => {
  let federation: Federation;
  let book: Book;
  let bought: { readonly url: string; readonly infoHash: string };
  before(async () => {
    federation = await Federation.start({ count: 1, listen: '::', parameters: { blockIntervalMs: 0 } });
    const client = federation.at(1);
    book = await writeBook(federation.folder, 'In both families.bin', BOOK_BYTES);
    await upload(client, await newReader(client), book);
    const reader = await wealthyReader(client, federation.folder, BOOK_BYTES);
    const { bytes } = await client.download(reader, book.hash);
    bought = { url: announceUrlsOf(bytes)[0]!, infoHash: infoHashOf(bytes) };
  });
  after(() => federation?.stop());

  for (const [announced, own] of [
    ['::1', READER],
    [READER, '::1'],
  ] as const) {
    it(`meets who announces from ${announced} where the tracker saw him, whatever he connects from`, async () => {
      const { trackerPort } = federation.home(1);
      const pass = bought.url.slice(bought.url.indexOf('/announce/'));
      const tracker = announced === '::1' ? '[::1]' : '127.0.0.1';
      const url = `http://${tracker}:${trackerPort}${pass}`;
      const reader = await RawListener.open({ host: announced }, bought.infoHash, BOOK_BYTES);
      const peerId = '-XX0001-elsewhere001';
      const asked = { peerId, from: announced, port: reader.port };
      try {
        expect((await announce(url, bought.infoHash, asked)).failure).to.equal(undefined);
        await eventually('the book', () => reader.met.some(({ payload }) => payload === BOOK_BYTES));
        const port = Number(await archivePort());
        const host = own === '::1' ? '::1' : '127.0.0.1';
        const other = await RawPeer.dial({ host, port, from: own }, bought.infoHash, BOOK_BYTES);
        await other.closed();
        expect(other.received).to.equal(0); // nobody has announced from there
      } finally {
        await announce(url, bought.infoHash, { ...asked, event: 'stopped' });
        await reader.close();
      }
    });
  }

  /** As its tracker names it to a buyer. */
  async function archivePort(): Promise<string> {
    return await eventually('the archive', async () => {
      const asked = { from: '127.0.0.11', port: 1, peerId: '-XX0001-elsewhere002' };
      const { peers } = await announce(
        `http://127.0.0.1:${federation.home(1).trackerPort}${bought.url.slice(bought.url.indexOf('/announce/'))}`,
        bought.infoHash,
        asked,
      );
      return peers.find((peer) => peer.startsWith('127.0.0.1:'))?.split(':')[1];
    });
  }
});
