/**
 * Nobody takes the place of those who paid: a real library, real connections, and strangers with as many free keys as
 * they like, from as many networks as this machine has addresses for.
 */
import { randomBytes } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import bencode from 'bencode';
import { expect } from 'chai';
import type { Client } from '../../client/client.ts';
import type { Wallet } from '../../client/wallet.ts';
import { limits } from '../../core/limits.ts';
import { Caller } from '../../scripts/siege/caller.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';
import { announce, announceUrlsOf } from './fixtures/announce.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { plainTorrent } from './fixtures/plain-torrent.ts';
import { ID, RawListener, RawPeer } from './fixtures/raw-peer.ts';
import { available, newReader, newWallet, upload, wealthyReader, writeBook } from './fixtures/reader.ts';

const FREE_KEYS = 2_010;
const NETWORKS = 67;
const BOOK_BYTES = 1_000_003;
const BUYER = '127.0.0.2';
const MIB = 2 ** 20;

type Stranger = { readonly wallet: Wallet; readonly from: string; url: string };

describe('nobody takes the place of those who paid', () => {
  let federation: Federation;
  let library: Client;
  let strangers: readonly Stranger[];
  const open: { close(): Promise<void> | void }[] = [];

  before(async () => {
    strangers = Array.from({ length: FREE_KEYS }, (_, i) => {
      return { wallet: newWallet(), from: `127.1.${i % NETWORKS}.1`, url: '' };
    });
    // As if each had registered some day: a key costs nothing.
    const accounts = strangers.map(({ wallet }) => ({ key: wallet.key, tokens: 0n }));
    federation = await Federation.start({ count: 1, accounts });
    library = federation.at(1);
  });
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close();
  });
  after(() => federation?.stop());

  it(`${FREE_KEYS} free keys that claim to bring a book: its buyer is told of nobody else, and reads it whole`, async () => {
    const book = await writeBook(federation.folder, 'Wanted.bin', BOOK_BYTES);
    const torrent = plainTorrent(book);
    await everyStranger(async (stranger, client) => {
      const { wallet } = stranger;
      const brought = await client.uploadTorrent(wallet, book.hash, torrent);
      stranger.url = announceUrlsOf(brought.torrent!.bytes)[0]!;
    });
    const infoHash = infoHashOf((await library.fetch(strangers[0]!.wallet, book.hash)).bytes);
    const came = await everyStranger(({ url, from }) => announce(url, infoHash, { from, left: 0, port: 9 }));
    const places = came.filter(({ failure }) => failure === undefined);
    expect(places.length, 'in the swarm').to.be.within(1, limits.intakePeersOfStrangersPerSwarmMax);

    await upload(library, await newReader(library), book);
    const buyer = await wealthyReader(library, federation.folder, BOOK_BYTES);
    const bought = (await library.download(buyer, book.hash)).bytes;
    const [url] = announceUrlsOf(bought) as [string];
    expect(infoHashOf(bought), 'the swarm is the same').to.equal(infoHash);
    const asBuyer = { from: BUYER, port: 1, peerId: '-XX0001-places000001' };
    const peers = await eventually('the archive to come', async () => {
      const { peers } = await announce(url, infoHash, asBuyer);
      return peers.length > 0 && peers;
    });
    expect(peers, 'the archive, and nobody else').to.have.length(1);
    const port = Number(peers[0]!.split(':')[1]);
    const reading = await dial(port, BUYER, infoHash);
    await eventually('the buyer unchoked', () => reading.told.includes(ID.unchoke));

    // A block at a time, as they come again, each with the pass that it was given.
    const comeAgain = await everyStranger(async ({ url: own, from }, _, i) => {
      if (i % NETWORKS === 0) reading.ask();
      return announce(own, infoHash, { from, left: 1, port: 9 });
    });
    expect(comeAgain.filter(({ failure }) => !failure?.includes('right.missing'))).to.deep.equal([]);
    const knocking = await Promise.all(
      Array.from({ length: NETWORKS }, (_, i) => dial(port, `127.1.${i}.1`, infoHash)),
    );
    reading.greedy = true;
    reading.ask();
    await eventually('the book', () => reading.payload === BOOK_BYTES);
    expect(reading.content.equals(book.bytes)).to.equal(true);
    expect(reading.socket.closed, 'still there').to.equal(false);
    expect(knocking.filter(({ received }) => received > 0)).to.deep.equal([]);
    expect((await announce(url, infoHash, { ...asBuyer, event: '' })).peers).to.deep.equal(peers);
  });

  it('two torrents that claim the whole archive, 63 GiB each, seeded by somebody who gives nothing: others bring their books meanwhile', async () => {
    const claims = await Promise.all(
      [0, 1].map(async (i) => {
        const { wallet } = strangers[i]!;
        const from = `127.2.${i}.1`;
        const size = limits.uploadBytesMax - 2 ** 30;
        const hash = randomBytes(32).toString('hex');
        const torrent = claimOf(size);
        const { bytes } = (await clientFrom(from).uploadTorrent(wallet, hash, torrent)).torrent!;
        // It says that it has all of it, and answers no request.
        const seeder = await listen(infoHashOf(bytes), size, new Uint8Array(1), {
          host: from,
          answersMax: 0,
        });
        await seeds(bytes, seeder, from);
        return { wallet, hash, seeder };
      }),
    );
    const asked = (): boolean =>
      claims.every(({ seeder }) => seeder.met.some((peer) => peer.asked.length > 0));
    await eventually('the library to ask for both', asked);

    const byForm = await newReader(library);
    const first = await writeBook(federation.folder, 'By form.bin', 1_500_000);
    await upload(library, byForm, first);
    const bySeeding = await newReader(library);
    const second = await writeBook(federation.folder, 'By seeding.bin', 700_000);
    const { bytes } = (await library.uploadTorrent(bySeeding, second.hash, plainTorrent(second))).torrent!;
    await seeds(bytes, await listen(infoHashOf(bytes), second.bytes.length, second.bytes));
    await available(library, second.hash);
    for (const [reader, book] of [
      [byForm, first],
      [bySeeding, second],
    ] as const)
      expect((await library.account(reader)).tokens).to.equal(BigInt(book.bytes.length));

    for (const { wallet, hash } of claims)
      expect(await library.uploadState(wallet, hash)).to.include({ state: 'fetching' });
    expect(onDisk(join(federation.home(1).home, 'archive', 'incoming'))).to.be.below(16 * MIB);
  });

  /** From each network one after the other, all networks at once. @returns in the order of the strangers. */
  async function everyStranger<T>(
    act: (stranger: Stranger, client: Client, index: number) => Promise<T>,
  ): Promise<T[]> {
    const done: T[] = [];
    const ofNetwork = async (network: number): Promise<void> => {
      const client = clientFrom(strangers[network]!.from);
      for (let i = network; i < strangers.length; i += NETWORKS) {
        done[i] = await act(strangers[i]!, client, i);
      }
    };
    await Promise.all(Array.from({ length: NETWORKS }, (_, network) => ofNetwork(network)));
    return done;
  }

  /** The SDK, with sockets that leave from this address. */
  function clientFrom(address: string): Client {
    const gate = { ...federation.home(1), host: '127.0.0.1', torrentPort: 0 };
    const field = { chainId: federation.homes.chainId, files: 0, libraries: [gate] };
    const caller = new Caller(field, address);
    open.push({ close: () => caller.close() });
    return caller.client(gate);
  }

  async function dial(port: number, from: string, infoHash: string): Promise<RawPeer> {
    const peer = await RawPeer.dial({ port, from }, infoHash, BOOK_BYTES);
    peer.greedy = false;
    open.push({ close: () => void peer.socket.destroy() });
    return peer;
  }

  async function listen(
    infoHash: string,
    size: number,
    bytes: Uint8Array,
    { host = '127.0.0.1', answersMax = Number.POSITIVE_INFINITY } = {},
  ): Promise<RawListener> {
    const listener = await RawListener.open({ host }, infoHash, size, bytes, answersMax);
    open.push(listener);
    return listener;
  }

  /** Announces with the pass that stands in the torrent. */
  async function seeds(torrent: Uint8Array, { port }: RawListener, from?: string): Promise<void> {
    const [url] = announceUrlsOf(torrent) as [string];
    const asked = { port, left: 0, ...(from !== undefined && { from }) };
    expect((await announce(url, infoHashOf(torrent), asked)).failure).to.equal(undefined);
  }
});

/** As any tool makes one, with pieces that were made up. */
function claimOf(size: number): Uint8Array<ArrayBuffer> {
  const pieceLength = pieceLengthOf(size);
  const pieces = randomBytes(20 * Math.ceil(size / pieceLength));
  const info = { name: 'Everything.bin', length: size, 'piece length': pieceLength, pieces };
  return bencode.encode({ announce: 'http://127.0.0.1:9/announce', info });
}

/** Bytes that the files in a folder take up, however long they say that they are. */
function onDisk(folder: string): number {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
  return files.reduce((sum, { parentPath, name }) => sum + 512 * statSync(join(parentPath, name)).blocks, 0);
}
