/** Passes that are worth nothing, or no more: who reads when one ends is cut off, and whoever has another's gets no more than it is for. */
import { assert, expect } from 'chai';
import type { Wallet } from '../../client/wallet.ts';
import { fromHex, hexToBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Seed32 } from '../../core/scalars.ts';
import { publicKeyOf, signText } from '../../core/sign.ts';
import { issue } from '../../tracker/pass/pass.ts';
import { announce, announceUrlsOf, passOf } from './fixtures/announce.ts';
import { digitallib } from './fixtures/command.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { ID, RawPeer } from './fixtures/raw-peer.ts';
import { type Book, newWallet, upload, wealthyReader, writeBook } from './fixtures/reader.ts';

const BOOK_BYTES = 1_000_003;
/** A second of admission, and a crowded machine. */
const SECONDS_MS = 10_000;
const RICH = 10n ** 9n;

describe('a pass', () => {
  let federation: Federation;
  let reader: Wallet;
  /** Whose clients are counted. */
  let sharer: Wallet;
  let book: Book;
  let infoHash: string;
  /** Of the same file, in a hybrid torrent. */
  let hybrid: string;
  let ownPass: string;
  let sharedPass: string;
  let archive: { host: string; port: number };
  const open: RawPeer[] = [];

  before(async () => {
    [reader, sharer] = [newWallet(), newWallet()];
    const accounts = [reader, sharer].map(({ publicKey }) => ({ key: hexToBytes(publicKey), tokens: RICH }));
    federation = await Federation.start({ count: 3, accounts, parameters: { blockIntervalMs: 0 } });
    const library = federation.at(1);
    book = await writeBook(federation.folder, 'Of one library.bin', BOOK_BYTES);
    await upload(library, await wealthyReader(library, federation.folder, 1_000), book);
    const bought = await library.download(reader, book.hash);
    infoHash = infoHashOf(bought.bytes);
    hybrid = infoHashOf((await library.fetch(reader, book.hash, { format: 'hybrid' })).bytes);
    ownPass = passOf(announceUrlsOf(bought.bytes)[0]!);
    sharedPass = passOf(announceUrlsOf((await library.download(sharer, book.hash)).bytes)[0]!);
    archive = await archiveAt(infoHash);
    await archiveAt(hybrid);
  });
  afterEach(() => {
    for (const { socket } of open.splice(0)) socket.destroy();
  });
  after(() => federation?.stop());

  it('that has ended closes what it has opened, within seconds', async () => {
    const expires = Math.floor(Date.now() / 1_000) + 4;
    const reading = await reads('127.0.0.21', passBy(federation.home(1).seed, { expires }));
    await reading.closed();
    expect(Date.now()).to.be.within(expires * 1_000 - 50, expires * 1_000 + SECONDS_MS);
    await getsNothing('127.0.0.21');
  });

  it('of a library that has left the members closes what it has opened, within seconds, and opens nothing', async () => {
    const pass = passBy(federation.home(3).seed);
    const reading = await reads('127.0.0.22', pass);
    const key = federation.home(3).key;
    const name = Buffer.from(key).toString('hex');
    await decide(['remove-authority', name], [2, 3]);
    expect(reading.socket.closed).to.equal(false);
    await decide(['remove-member', name], [2]);
    const since = Date.now();
    await reading.closed();
    expect(Date.now() - since).to.be.below(SECONDS_MS);
    expect((await ask('127.0.0.22', pass)).failure).to.include('(pass.forged)');
    await getsNothing('127.0.0.22');
  });

  it('with one bit changed, of another chain, or by nobody of note is refused, and its bearer gets not a byte', async () => {
    const bytes = Buffer.from(ownPass, 'base64url');
    const wrong = [...bytes.keys()].map((at) => {
      const copy = Buffer.from(bytes);
      copy[at]! ^= 1 << (at % 8);
      return copy.toString('base64url');
    });
    wrong.push(passBy(federation.home(1).seed, { chain: '5a'.repeat(32) }));
    wrong.push(passBy(crypto.getRandomValues(new Uint8Array(32))));
    wrong.push(`${ownPass}=`, ownPass.slice(1), ownPass.toLowerCase(), encodeURIComponent(`${ownPass} `));
    for (const pass of wrong) {
      const { failure } = await ask('127.0.0.23', pass);
      expect(failure, pass).to.match(/\((pass\.(malformed|forged|expired)|right\.missing)\)/);
    }
    await getsNothing('127.0.0.23');
  });

  it('is for five clients of its file, whatever kinds of torrents they have: the sixth gets not a byte', async () => {
    const addresses = Array.from({ length: limits.peersPerPassMax + 2 }, (_, i) => `127.0.1.${i + 1}`);
    const failures: (string | undefined)[] = [];
    for (const [i, from] of addresses.entries()) {
      failures.push((await ask(from, sharedPass, i % 2 === 0 ? infoHash : hybrid)).failure);
    }
    const [sixth, seventh] = failures.slice(limits.peersPerPassMax);
    expect(failures.slice(0, limits.peersPerPassMax)).to.deep.equal(
      Array(limits.peersPerPassMax).fill(undefined),
    );
    expect([sixth, seventh].every((one) => one?.includes('(pass.too-many-peers)'))).to.equal(true);
    await dialled(addresses[0]!);
    await dialled(addresses[1]!, hybrid);
    await getsNothing(addresses.at(-1)!);
    await getsNothing(addresses.at(-2)!, hybrid);
  });

  it('of a file that was reset closes what it has opened, within seconds, also where another tracker has let it in', async () => {
    const reading = await reads('127.0.0.24', passBy(federation.home(1).seed));
    const elsewhere = await reads('127.0.0.25', passBy(federation.home(1).seed), 2);
    await decide(['reset-file', book.hash], [2]);
    const since = Date.now();
    await Promise.all([reading.closed(), elsewhere.closed()]);
    expect(Date.now() - since).to.be.below(SECONDS_MS);
    await getsNothing('127.0.0.24');
  });

  type Words = { readonly expires?: number; readonly chain?: string };
  function passBy(
    seed: Seed32,
    { expires = Math.floor(Date.now() / 1_000) + 3_600, chain }: Words = {},
  ): string {
    const identity = { key: publicKeyOf(seed), sign: (text: string) => signText(seed, text) };
    return issue(identity, chain ?? federation.homes.chainId, reader.key, fromHex(book.hash, 32)!, expires);
  }

  /** At the tracker of library 1, or another one. */
  function ask(from: string, pass: string, of = infoHash, peerId?: string, number = 1) {
    const url = `http://127.0.0.1:${federation.home(number).trackerPort}/announce/${pass}`;
    return announce(url, of, { from, port: 1, ...(peerId !== undefined && { peerId }) });
  }

  /** The archive of library 1, when it has opened the torrent. */
  async function archiveAt(of: string): Promise<{ host: string; port: number }> {
    const peerId = '-XX0001-passes000001';
    const peer = await eventually('the archive', async () => {
      const { peers } = await ask('127.0.0.20', ownPass, of, peerId);
      return peers.find((one) => one.startsWith('127.0.0.1:'));
    });
    const url = `http://127.0.0.1:${federation.home(1).trackerPort}/announce/${ownPass}`;
    await announce(url, of, { from: '127.0.0.20', port: 1, peerId, event: 'stopped' });
    return { host: '127.0.0.1', port: Number(peer.split(':')[1]) };
  }

  /** Somebody with an open connection who takes nothing more for now. */
  async function reads(from: string, pass: string, number = 1): Promise<RawPeer> {
    expect((await ask(from, pass, infoHash, undefined, number)).failure).to.equal(undefined);
    return await dialled(from);
  }

  async function dialled(from: string, of = infoHash): Promise<RawPeer> {
    const peer = await RawPeer.dial({ ...archive, from }, of, BOOK_BYTES);
    open.push(peer);
    peer.greedy = false;
    await eventually('the reader unchoked', () => peer.told.includes(ID.unchoke) || peer.socket.closed);
    assert(!peer.socket.closed, `${from} was let in`);
    return peer;
  }

  async function getsNothing(from: string, of = infoHash): Promise<void> {
    const peer = await RawPeer.dial({ ...archive, from }, of, BOOK_BYTES);
    open.push(peer);
    await peer.closed();
    expect(peer.received).to.equal(0);
  }

  /** Proposed by library 1, and approved by these. */
  async function decide(words: readonly string[], approving: readonly number[]): Promise<void> {
    const at = ['--at', federation.home(1).api];
    const proposed = await digitallib('propose', ...words, '--home', federation.home(1).home, ...at);
    const id = /[0-9a-f]{64}$/.exec(proposed)![0];
    for (const number of approving)
      await digitallib('approve', id, '--home', federation.home(number).home, ...at);
  }
});
