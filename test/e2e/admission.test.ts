import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { assert, expect } from 'chai';
import type { Wallet } from '../../client/wallet.ts';
import { limits } from '../../core/limits.ts';
import { announce, announceUrlsOf, withTrackers } from './fixtures/announce.ts';
import { digitallib } from './fixtures/command.ts';
import { eventually } from './fixtures/eventually.ts';
import { startGhost } from './fixtures/ghost.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { libtorrent, startLibtorrent } from './fixtures/libtorrent.ts';
import { plainTorrent } from './fixtures/plain-torrent.ts';
import { freePort } from './fixtures/ports.ts';
import { ID, RawListener, RawPeer } from './fixtures/raw-peer.ts';
import { type Book, newReader, sameBytes, upload, wealthyReader, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';
import { skipIf } from './fixtures/skip.ts';

const BOOK_BYTES = 1_000_003;
/** One client, however often it announces. */
const NEXT = '-XX0001-admission002';
const CLIENT = '-XX0001-admission001';
const BUYER = '127.0.0.2';
/** A client that never says that it stops. */
const KILLED = '127.0.0.7';
const STRANGER = '127.0.0.3';
const OTHER = '127.0.0.4';
const FREE = '127.0.0.5';
const SOWER = '127.0.0.6';

type Bought = {
  readonly reader: Wallet;
  readonly bytes: Uint8Array;
  readonly url: string;
  readonly infoHash: string;
};

describe('bytes leave the archive of a library only for a right', () => {
  let library: SingleLibrary;
  let book: Book;
  let other: Book;
  let bought: Bought;
  let archive: { host: string; port: number };
  const open: { close(): Promise<void> | void }[] = [];

  before(async () => {
    const port = await freePort('127.0.0.1');
    archive = { host: '127.0.0.1', port };
    library = await SingleLibrary.start('--torrent-port', String(port));
    const author = await newReader(library.client);
    book = await writeBook(library.folder, 'A Book of Sand.bin', BOOK_BYTES);
    other = await writeBook(library.folder, 'Another Book.bin', 300_001);
    for (const one of [book, other]) await upload(library.client, author, one);
    bought = await buy(book);
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  after(() => library?.stop());

  it('a buyer gets all of them: byte by byte, and with libtorrent', async function () {
    await announce(bought.url, bought.infoHash, { peerId: CLIENT, from: BUYER, port: 1 });
    const peer = await dial(BUYER);
    await eventually('the book', () => peer.payload === BOOK_BYTES);
    expect(peer.content.equals(book.bytes)).to.equal(true);
    await announce(bought.url, bought.infoHash, { peerId: CLIENT, from: BUYER, port: 1, event: 'stopped' });
    skipIf(this, libtorrent.missing());
    const job = await jobAt('buyer', bought.bytes);
    const session = await startLibtorrent({ ...job, host: KILLED });
    open.push({ close: () => session.stop() });
    await session.completed();
    expect(await sameBytes(join(job.folder, book.name), book)).to.equal(true);
  });

  it('a stranger who knows the info hash gets not one byte, while a buyer reads: nor does his libtorrent', async function () {
    const reading = await readingBuyer();
    const stranger = await dial(STRANGER);
    await stranger.closed();
    expect([stranger.received, stranger.told]).to.deep.equal([0, []]);
    expect(reading.socket.closed).to.equal(false);
    skipIf(this, libtorrent.missing());
    const job = await jobAt('stranger', withTrackers(bought.bytes, ['http://127.0.0.1:9/announce']));
    const ghost = startGhost(job.torrent, job.folder, STRANGER, archive);
    open.push({ close: () => ghost.stop() });
    const [, what] = await eventually(
      'what libtorrent got',
      () => /^(complete|gone \d+)/m.exec(ghost.output) ?? undefined,
    );
    expect(what).to.equal('gone 0');
  });

  it('which torrents are open is told to nobody: who asks for none waits as long, and as silently', async () => {
    await readingBuyer();
    const { infoHash } = await buy(other); // nobody has announced for it
    const hashes = [bought.infoHash, infoHash, '5a'.repeat(20)];
    const waits = hashes.map(async (hash, i) => {
      const knocking = await RawPeer.dial(
        { port: archive.port, from: `127.0.${20 + i}.1` },
        hash,
        BOOK_BYTES,
      );
      open.push({ close: () => void knocking.socket.destroy() });
      const sinceMs = performance.now();
      await knocking.closed();
      return { waited: performance.now() - sinceMs >= limits.peerWaitsMs - 10, received: knocking.received };
    });
    const silence = { waited: true, received: 0 };
    expect(await Promise.all(waits)).to.deep.equal([silence, silence, silence]);
  });

  it('who comes to a torrent before it is open waits until it is', async () => {
    const { url, infoHash } = await buy(other);
    const early = await RawPeer.dial({ port: archive.port, from: FREE }, infoHash, other.bytes.length);
    open.push({ close: () => void early.socket.destroy() });
    await announce(url, infoHash, { from: FREE, port: 1 });
    await eventually('the other book', () => early.payload === other.bytes.length);
  });

  it('a reader whom nobody can dial is told of the archive with his first announce, and gets the book', async () => {
    await readingBuyer(); // so the archive has announced
    const fresh = await writeBook(library.folder, 'Wanted for the first time.bin', 300_001);
    await upload(library.client, await newReader(library.client), fresh);
    const { url, infoHash } = await buy(fresh);
    const { peers } = await announce(url, infoHash, { from: FREE, port: 1 });
    expect(peers).to.deep.equal([`127.0.0.1:${archive.port}`]);
    const reader = await RawPeer.dial({ port: archive.port, from: FREE }, infoHash, fresh.bytes.length);
    open.push({ close: () => void reader.socket.destroy() });
    await eventually('the fresh book', () => reader.payload === fresh.bytes.length);
  });

  it('a free key that brings a file gets nothing: not of a book, nor of what it brings', async () => {
    await readingBuyer();
    const key = await newReader(library.client);
    const own = await writeBook(library.folder, 'Never brought.bin', 400_000);
    const { torrent } = await library.client.uploadTorrent(key, own.hash, plainTorrent(own));
    assert(torrent !== undefined);
    const infoHash = infoHashOf(torrent.bytes);
    const [url] = announceUrlsOf(torrent.bytes);
    const answer = await announce(url!, infoHash, { from: FREE, left: 0, port: 1 });
    expect(answer).to.deep.equal({ failure: undefined, peers: [] });
    const forBook = await dial(FREE);
    await forBook.closed();
    expect(forBook.received).to.equal(0);
    const forOwn = await dial(FREE, infoHash, own.bytes.length);
    await Promise.race([forOwn.closed(), eventually('a word', () => forOwn.received >= 68)]);
    expect(secrets(forOwn)).to.deep.equal([]);
  });

  it('whoever brings a file is read from, and is given nothing by the archive that dials him', async () => {
    const key = await newReader(library.client);
    const own = await writeBook(library.folder, 'Sown byte by byte.bin', 700_001);
    const { torrent } = await library.client.uploadTorrent(key, own.hash, plainTorrent(own));
    assert(torrent !== undefined);
    const infoHash = infoHashOf(torrent.bytes);
    const sower = await RawListener.open({ host: SOWER }, infoHash, own.bytes.length, own.bytes);
    open.push(sower);
    const asks = setInterval(() => {
      for (const peer of sower.met) peer.ask(); // it wants them back, all the time
    }, 5);
    open.push({ close: () => clearInterval(asks) });
    const [url] = announceUrlsOf(torrent.bytes);
    const answer = await announce(url!, infoHash, { from: SOWER, left: 0, port: sower.port });
    expect(answer).to.deep.equal({ failure: undefined, peers: [] });
    await eventually('the tokens', async () => (await library.client.account(key)).tokens > 0n);
    expect(sower.met.length).to.be.greaterThan(0);
    expect(sower.met.flatMap(secrets)).to.deep.equal([]);
    expect(sower.met.some(({ told }) => told.includes(ID.request))).to.equal(true);
  });

  it('the buyer of another book gets nothing of this one', async () => {
    await readingBuyer();
    const { url, infoHash } = await buy(other);
    await announce(url, infoHash, { from: OTHER, port: 1 });
    const right = await dial(OTHER, infoHash, other.bytes.length);
    await eventually('the other book', () => right.payload === other.bytes.length);
    const wrong = await RawPeer.dial({ port: archive.port, from: OTHER }, bought.infoHash, BOOK_BYTES);
    await wrong.closed();
    expect(wrong.received).to.equal(0);
  });

  it('a buyer who leaves is cut off, and gets nothing more', async () => {
    const reading = await readingBuyer();
    await announce(bought.url, bought.infoHash, { peerId: CLIENT, from: BUYER, port: 1, event: 'stopped' });
    await reading.closed();
    expect(reading.payload).to.be.lessThan(BOOK_BYTES);
    const again = await RawPeer.dial({ port: archive.port, from: BUYER }, bought.infoHash, BOOK_BYTES);
    await again.closed();
    expect(again.received).to.equal(0);
  });

  it('ten networks of strangers that hold connections do not keep a buyer out', async () => {
    const held: Socket[] = [];
    open.push({
      close() {
        for (const socket of held) socket.destroy();
      },
    });
    for (let network = 1; network <= 10; network++) {
      for (let host = 1; host <= limits.peersUnknownPerNetworkMax; host++) {
        const socket = connect({ ...archive, localAddress: `127.1.${network}.${host}` });
        socket.on('error', () => undefined);
        held.push(socket);
      }
    }
    await Promise.all(held.map((socket) => socket.connecting && once(socket, 'connect')));
    const peer = await readingBuyer();
    peer.greedy = true;
    peer.ask();
    await eventually('the book', () => peer.payload === BOOK_BYTES);
    await announce(bought.url, bought.infoHash, { peerId: CLIENT, from: BUYER, port: 1, event: 'stopped' });
  });

  it('a stranger at the address and port of a buyer who has left is not dialled', async () => {
    const buyer = await RawListener.open({ host: BUYER }, bought.infoHash, BOOK_BYTES);
    open.push(buyer);
    const { port } = buyer;
    await announce(bought.url, bought.infoHash, { peerId: CLIENT, from: BUYER, port });
    await eventually('the archive at the buyer', () => buyer.met.length > 0);
    await announce(bought.url, bought.infoHash, { peerId: CLIENT, from: BUYER, port, event: 'stopped' });
    await eventually('the archive gone', () => buyer.met.every(({ socket }) => socket.closed));
    await buyer.close();
    const stranger = await RawListener.open({ host: BUYER, port }, bought.infoHash, BOOK_BYTES);
    open.push(stranger);
    const next = await RawListener.open({ host: OTHER }, bought.infoHash, BOOK_BYTES);
    open.push(next);
    await announce(bought.url, bought.infoHash, { peerId: NEXT, from: OTHER, port: next.port });
    await eventually('the next buyer served', () => next.met.some(({ payload }) => payload === BOOK_BYTES));
    await announce(bought.url, bought.infoHash, {
      peerId: NEXT,
      from: OTHER,
      port: next.port,
      event: 'stopped',
    });
    expect(stranger.met).to.have.length(0);
  });

  it('a take-down cuts off whoever is reading, within seconds', async () => {
    const reading = await readingBuyer();
    const at = ['--home', library.home.home, '--at', library.home.api];
    const began = Date.now();
    await digitallib('propose', 'take-down', book.hash, ...at);
    await reading.closed();
    expect(Date.now() - began).to.be.below(10_000);
    expect(reading.payload).to.be.lessThan(BOOK_BYTES);
    const again = await RawPeer.dial({ port: archive.port, from: BUYER }, bought.infoHash, BOOK_BYTES);
    await again.closed();
    expect(again.received).to.equal(0);
  });

  /** A buyer with an open connection that takes nothing more for now. */
  async function readingBuyer(): Promise<RawPeer> {
    await announce(bought.url, bought.infoHash, { peerId: CLIENT, from: BUYER, port: 1 });
    const peer = await dial(BUYER);
    peer.greedy = false;
    await eventually('the buyer unchoked', () => peer.told.includes(ID.unchoke));
    return peer;
  }

  /** A buyer comes again until the archive has opened the torrent for him; all others come once. */
  async function dial(from: string, infoHash = bought.infoHash, size = BOOK_BYTES): Promise<RawPeer> {
    return await eventually('a connection', async () => {
      const one = await RawPeer.dial({ port: archive.port, from }, infoHash, size);
      open.push({ close: () => void one.socket.destroy() });
      if (from === STRANGER || from === FREE) return one;
      await eventually('hands shaken', () => one.received > 0 || one.socket.closed);
      return one.received > 0 ? one : undefined;
    });
  }

  async function buy(what: Book): Promise<Bought> {
    const reader = await wealthyReader(library.client, library.folder, what.bytes.length);
    const { bytes } = await library.client.download(reader, what.hash);
    return { reader, bytes, url: announceUrlsOf(bytes)[0]!, infoHash: infoHashOf(bytes) };
  }

  async function jobAt(name: string, bytes: Uint8Array) {
    const scratch = join(library.folder, name);
    const job = { torrent: join(scratch, 'x.torrent'), folder: join(scratch, 'files'), scratch };
    mkdirSync(job.folder, { recursive: true });
    await writeFile(job.torrent, bytes);
    return job;
  }
});

/** What tells of the bytes of a torrent, or is some of them. */
function secrets({ told }: RawPeer): readonly number[] {
  const all: readonly number[] = [ID.unchoke, ID.have, ID.bitfield, ID.piece, ID.haveAll, ID.extended];
  return told.filter((id) => all.includes(id));
}
