/** Readers who seed what they bring, with a real BitTorrent client, while others want the credit; and what is made up. */
import { randomBytes } from 'node:crypto';
import { copyFileSync, mkdirSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { join } from 'node:path';
import { expect } from 'chai';
import WebTorrent from 'webtorrent';
import type { Wallet } from '../../client/wallet.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { parseTorrent } from '../../torrent/parse.ts';
import { announce, announceUrlsOf } from './fixtures/announce.ts';
import { eventually } from './fixtures/eventually.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { readLedger } from './fixtures/ledger-on-disk.ts';
import { plainTorrent } from './fixtures/plain-torrent.ts';
import { available, type Book, newReader, newWallet, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

const BYTES = 1_500_000;
const MADE_UP = 1_200;
const ADDRESSES = 40;

describe('what readers seed to a library, and what others make of it', () => {
  let library: SingleLibrary;
  let chainId: string;
  let clients: WebTorrent[] = [];

  before(async () => {
    library = await SingleLibrary.start();
    chainId = (await library.client.status()).chain.id;
  });
  afterEach(async () => {
    for (const one of clients) await new Promise<void>((done) => one.destroy(() => done()));
    clients = [];
  });
  after(() => library?.stop());

  const tokensOf = async (wallet: Wallet) => (await library.client.account(wallet)).tokens;

  async function brings(reader: Wallet, book: Book): Promise<Uint8Array> {
    const { torrent } = await library.client.uploadTorrent(reader, book.hash, plainTorrent(book));
    return torrent!.bytes;
  }

  /** @returns where it listens. */
  async function seeds(torrent: Uint8Array, book: Book): Promise<number> {
    const folder = join(library.folder, `seeds ${clients.length} ${book.hash.slice(0, 8)}`);
    mkdirSync(folder);
    copyFileSync(book.path, join(folder, book.name));
    const off = { dht: false, lsd: false, utPex: false, utp: false, natUpnp: false, natPmp: false } as const;
    const listen = { host: '127.0.0.1', port: 0 };
    const client = new WebTorrent({ ...off, webSeeds: false, tracker: { wrtc: false }, torrentPort: listen });
    clients.push(client);
    await new Promise<void>((done) => client.once('listening', () => done()));
    const seeding = client.add(torrent, { path: folder });
    await new Promise<void>((done) => seeding.once('trackerAnnounce', () => done()));
    return client.torrentPort;
  }

  it('credits who seeds, and not a thief who has announced the hash first, nor one who names the seeder’s place', async () => {
    const [thief, reader] = [await newReader(library.client), await newReader(library.client)];
    const book = await writeBook(library.folder, 'Sown.bin', BYTES);
    const stolen = await brings(thief, book);
    const parsed = parseTorrent(stolen);
    if (parsed.kind !== 'accept') throw new Error(parsed.code);
    const infoHash = toHex(parsed.value.infoHash);
    const [url] = announceUrlsOf(stolen);
    expect(announceUrlsOf(stolen), 'the tracker of this library only').to.have.length(1);
    // He claims to have it all, at a place where nobody is.
    expect((await announce(url!, infoHash, { port: 9, left: 0 })).failure).to.equal(undefined);
    const port = await seeds(await brings(reader, book), book);
    for (let i = 0; i < 5; i++) await announce(url!, infoHash, { port, left: 0 });
    await available(library.client, book.hash);
    expect(await tokensOf(reader)).to.equal(BigInt(BYTES));
    expect(await tokensOf(thief)).to.equal(0n);
    await eventually('the end of the thief', async () => {
      return (await library.client.uploadState(thief, book.hash)).code === 'upload.already-available';
    });
  });

  it('shows those who seed to nobody: neither to another who brings the file, nor to a stranger', async () => {
    const [reader, other] = [await newReader(library.client), await newReader(library.client)];
    const book = await writeBook(library.folder, 'Shy.bin', BYTES);
    const [own, others] = [await brings(reader, book), await brings(other, book)];
    const parsed = parseTorrent(own);
    if (parsed.kind !== 'accept') throw new Error(parsed.code);
    const infoHash = toHex(parsed.value.infoHash);
    await announce(announceUrlsOf(own)[0]!, infoHash, { port: 9, left: 0 });
    expect((await announce(announceUrlsOf(others)[0]!, infoHash)).peers).to.deep.equal([]);
    const stranger = newWallet();
    const refused = await library.client.fetch(stranger, book.hash).catch((error) => error.code);
    expect(refused).to.equal('reader.unknown');
    const nosy = await newReader(library.client);
    expect(await library.client.fetch(nosy, book.hash).catch((error) => error.code)).to.equal(
      'right.missing',
    );
  });

  it('fetches a book from whoever seeds it, though two networks with twenty keys say that a hundred clients bring it', async () => {
    const book = await writeBook(library.folder, 'Crowded.bin', BYTES);
    const said = plainTorrent(book);
    let served = 0;
    for (let i = 0; i < 20; i++) {
      const from = `127.0.${150 + (i % 2)}.${1 + i}`;
      const agent = new Agent({ localAddress: from });
      const { code, bytes } = await claim(agent, await newReader(library.client), book.hash, said);
      expect(code).to.equal('200');
      const [url] = announceUrlsOf(bytes);
      const infoHash = infoHashOf(bytes);
      for (let port = 1; port <= 5; port++) {
        const { failure } = await announce(url!, infoHash, { from, port, left: 0 });
        if (failure === undefined) served++;
        else expect(failure).to.include('tracker.full');
      }
    }
    expect(served).to.equal(2 * limits.intakePeersPerNetworkOfSwarmMax);
    const reader = await newReader(library.client);
    await seeds(await brings(reader, book), book);
    await available(library.client, book.hash);
    expect(await tokensOf(reader)).to.equal(BigInt(BYTES));
  });

  it('upload.too-many: a hundred addresses of one network hold no more than its share, and a reader from elsewhere is let in', async () => {
    const answers = new Map<string, number>();
    const keys: Wallet[] = [];
    for (let i = 0; i < 4; i++) keys.push(await newReader(library.client));
    for (let i = 0; i < 100; i++) {
      const agent = new Agent({ localAddress: `127.0.160.${1 + i}` });
      const answer = await claims(agent, keys[i % keys.length]!);
      answers.set(answer, (answers.get(answer) ?? 0) + 1);
    }
    expect(Object.fromEntries(answers)).to.deep.equal({
      200: limits.intakesPerNetworkMax,
      'upload.too-many': 100 - limits.intakesPerNetworkMax,
    });
    const agent = new Agent({ localAddress: '127.0.161.1' });
    expect(await claims(agent, await newReader(library.client))).to.equal('200');
    // Nor do they keep out who sits there, and brings bytes: his first book.
    const among = new Agent({ localAddress: '127.0.160.1' });
    const [newcomer, book] = [
      await newReader(library.client),
      await writeBook(library.folder, 'First.bin', 30_000),
    ];
    const refused = await claim(among, newcomer, book.hash, torrent);
    expect(JSON.parse(refused.bytes.toString())).to.include({ type: 'upload.too-many', retry_after: 10 });
    expect((await claim(among, newcomer, book.hash, book.bytes, 'file')).code).to.equal('200');
    expect(await tokensOf(newcomer)).to.equal(30_000n);
  });

  it('leaves no trace on the ledger of uploads that forty addresses have made up, and serves a reader meanwhile', async () => {
    const before = await library.client.status();
    const keys: Wallet[] = [];
    for (let i = 0; i < ADDRESSES; i++) keys.push(await newReader(library.client));
    const begun = await library.client.status();
    const answers = new Map<string, number>();
    const claim = async (): Promise<void> => {
      await Promise.all(
        keys.map(async (key, i) => {
          const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress: `127.0.${100 + i}.1` });
          for (let n = 0; n < MADE_UP / ADDRESSES; n++) {
            const answer = await claims(agent, key);
            answers.set(answer, (answers.get(answer) ?? 0) + 1);
          }
          agent.destroy();
        }),
      );
    };
    await claim();
    expect([...answers.values()].reduce((sum, count) => sum + count)).to.equal(MADE_UP);
    expect(answers.get('200') ?? 0).to.be.within(1, ADDRESSES * limits.intakesPerKeyMax);
    expect(new Set(answers.keys())).to.satisfy((codes: Set<string>) =>
      [...codes].every((code) =>
        ['200', 'upload.too-many', 'request.over-budget', 'request.too-many'].includes(code),
      ),
    );
    // A reader who comes meanwhile is served.
    const [reader, book] = [
      await newReader(library.client),
      await writeBook(library.folder, 'Real.bin', 5_000),
    ];
    await library.client.uploadFile(reader, new Blob([book.bytes.slice()]), book.name);
    expect(await tokensOf(reader)).to.equal(5_000n);
    const after = await library.client.status();
    await library.process.stop();
    const { blocks } = await readLedger(library.home.home);
    const roots = blocks.slice(begun.height, after.height + 1).map(({ stateRoot }) => stateRoot);
    // One reader registered, and was lent a card, and one upload: nothing else has changed the state.
    expect(new Set(roots).size).to.be.at.most(4);
    expect(before.height).to.be.below(begun.height);
  });

  const torrent = plainTorrent({ name: 'Made up.bin', bytes: new Uint8Array(50_000), path: '', hash: '' });

  /** A torrent of a file that nobody has. @returns "200", or a code. */
  async function claims(agent: Agent, key: Wallet): Promise<string> {
    return (await claim(agent, key, randomBytes(32).toString('hex'), torrent)).code;
  }

  /** @returns "200", or a code, and what came with it. */
  async function claim(
    agent: Agent,
    key: Wallet,
    hash: string,
    content: Uint8Array,
    part: 'torrent' | 'file' = 'torrent',
  ): Promise<{ readonly code: string; readonly bytes: Buffer }> {
    const fields = {
      public_key: key.publicKey,
      hash,
      signed_hash: await key.signUpload(chainId, hash),
    };
    const parts = Object.entries(fields).map(
      ([field, value]) => `--b\r\nContent-Disposition: form-data; name="${field}"\r\n\r\n${value}\r\n`,
    );
    const head = `--b\r\nContent-Disposition: form-data; name="${part}"; filename="x"\r\n\r\n`;
    const body = Buffer.concat([Buffer.from(parts.join('') + head), content, Buffer.from('\r\n--b--\r\n')]);
    const headers = {
      'content-type': 'multipart/form-data; boundary=b',
      'content-length': String(body.length),
    };
    return new Promise((resolve, reject) => {
      const outgoing = request(`${library.home.api}/api/upload`, { agent, method: 'POST', headers });
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const code = incoming.statusCode === 200 ? '200' : String(JSON.parse(bytes.toString()).type);
          resolve({ code, bytes });
        });
      });
      outgoing.end(body);
    });
  }
});
