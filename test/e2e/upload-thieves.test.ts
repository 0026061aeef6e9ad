/** Whoever wants the credit for what another brings, or the torrent that another has bought: against real libraries. */
import { expect } from 'chai';
import { signUpload, sponsorUpload } from '../../chain/transaction/signing.ts';
import { encodeTransaction } from '../../chain/transaction/transaction.ts';
import { createWallet, type Wallet } from '../../client/wallet.ts';
import { hexToBytes, toHex } from '../../core/bytes.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { attesters } from '../../node/content/attesters.ts';
import { eventually } from './fixtures/eventually.ts';
import { Federation } from './fixtures/federation.ts';
import { infoHashesOf } from './fixtures/info-hash.ts';
import { plainTorrent } from './fixtures/plain-torrent.ts';
import { available, type Book, newReader, upload, wealthyReader, writeBook } from './fixtures/reader.ts';

const BYTES = 200_000;
const inTenMinutes = () => Math.floor(Date.now() / 1_000) + 600;

describe('thieves of uploads and downloads, at two libraries that both must attest', () => {
  let federation: Federation;
  let books = 0;

  before(async () => {
    federation = await Federation.start({ count: 2, parameters: { attestations: 2, blockIntervalMs: 0 } });
  });
  after(() => federation?.stop());

  const newBook = (): Promise<Book> => writeBook(federation.folder, `Book ${books++}.bin`, BYTES);
  const tokensOf = async (wallet: Wallet) => (await federation.at(1).account(wallet)).tokens;

  async function ask(number: number, path: string, fields: Record<string, string>): Promise<string> {
    const url = `${federation.home(number).api}/api/${path}?${new URLSearchParams(fields)}`;
    const response = await fetch(url);
    if (response.ok) return String(response.status);
    return String(((await response.json()) as { type: string }).type);
  }

  it('credits who brings the bytes, whoever has announced the hash before', async () => {
    const [library, other] = [federation.at(1), federation.at(2)];
    const [thief, reader] = [await newReader(library), await newReader(library)];
    const book = await newBook();
    for (const one of [library, other]) {
      const { torrent } = await one.uploadTorrent(thief, book.hash, plainTorrent(book));
      expect(torrent, 'to seed with, at the library that was asked').not.to.equal(undefined);
    }
    await upload(library, reader, book);
    expect(await tokensOf(reader)).to.equal(BigInt(BYTES));
    expect(await tokensOf(thief)).to.equal(0n);
    await eventually('the end of the thief', async () => {
      const facts = await library.uploadState(thief, book.hash);
      return facts.state === 'refused' && facts.code === 'upload.already-available';
    });
  });

  it('credits nobody for bytes that lay in the archive before', async () => {
    const library = federation.at(1);
    const [thief, reader] = [await newReader(library), await newReader(library)];
    const book = await newBook();
    await upload(library, reader, book);
    const refused = await library
      .uploadTorrent(thief, book.hash, plainTorrent(book))
      .catch((error) => error.code);
    expect(refused).to.equal('upload.already-available');
    expect(await tokensOf(thief)).to.equal(0n);
  });

  it('lets two libraries that are brought the same book at once come to one word', async () => {
    const [one, two] = [await newReader(federation.at(1)), await newReader(federation.at(2))];
    const book = await newBook();
    await Promise.all(
      [one, two].map((reader, i) =>
        federation.at(i + 1).uploadFile(reader, new Blob([book.bytes.slice()]), book.name),
      ),
    );
    for (const client of federation.clients) await available(client, book.hash);
    await federation.settled();
    const credited = [await tokensOf(one), await tokensOf(two)];
    expect(credited.sort()).to.deep.equal([0n, BigInt(BYTES)]);
  });

  it('opens nothing to what stands on the ledger: neither a purchase nor an upload that is sent again, anywhere', async () => {
    const library = federation.at(1);
    const { chainId } = federation.homes;
    const [author, book] = [await newReader(library), await newBook()];
    const plain = {
      hash: book.hash,
      public_key: author.publicKey,
      signed_hash: await author.signUpload(chainId, book.hash),
    };
    const form = new FormData();
    for (const [name, value] of Object.entries(plain)) form.append(name, value);
    form.append('file', new Blob([book.bytes.slice()]), book.name);
    const brought = await fetch(`${federation.home(1).api}/api/upload`, { method: 'POST', body: form });
    expect(brought.status, await brought.text()).to.equal(200);
    await available(federation.at(2), book.hash);
    const buyer = await wealthyReader(library, federation.folder, BYTES);
    await federation.settled();
    const bought = {
      hash: book.hash,
      public_key: buyer.publicKey,
      signed_hash: await buyer.signDownload(chainId, book.hash),
    };
    expect(await ask(1, 'download', bought), 'the call of document 1').to.equal('200');
    await federation.settled();
    for (const number of [1, 2]) {
      expect(await ask(number, 'download', bought)).to.equal('request.sign-fetch');
      expect(await ask(number, 'upload', plain)).to.equal('request.sign-fetch');
      for (const { hash, public_key, signed_hash } of [bought, plain]) {
        const expires = String(Math.floor(Date.now() / 1_000) + 600);
        const replayed = { hash, public_key, signed_hash, expires };
        expect(await ask(number, 'fetch', replayed)).to.equal('signature.wrong');
        expect(await ask(number, 'upload-state', replayed)).to.equal('signature.wrong');
      }
      expect((await federation.at(number).fetch(buyer, book.hash)).bytes.length).to.be.above(0);
    }
  });

  it('opens a purchase to the one request that caused it, of many at the same moment, whatever they are signed with', async () => {
    const library = federation.at(1);
    const { chainId } = federation.homes;
    const [author, book] = [await newReader(library), await newBook()];
    await upload(library, author, book);
    const buyer = await wealthyReader(library, federation.folder, BYTES);
    await federation.settled();
    const { tokens } = await library.account(buyer);
    const owned = { hash: book.hash, public_key: buyer.publicKey };
    const plain = { ...owned, signed_hash: await buyer.signDownload(chainId, book.hash) };
    const expires = Math.floor(Date.now() / 1_000) + 600;
    const signed = await buyer.signDownload(chainId, book.hash, expires);
    const other = { ...owned, signed_hash: signed, expires: String(expires) };
    const asked = [plain, plain, plain, other, other].map((fields) => ask(1, 'download', fields));
    const answers = (await Promise.all(asked)).sort();
    expect(answers).to.deep.equal(['200', ...Array.from({ length: 4 }, () => 'request.sign-fetch')]);
    expect((await library.account(buyer)).tokens).to.equal(tokens - BigInt(BYTES));
  });

  it('opens an upload to the one request that put it on the ledger, of those that bring the same bytes', async () => {
    const [author, book] = [await newReader(federation.at(1)), await newBook()];
    const plain = {
      hash: book.hash,
      public_key: author.publicKey,
      signed_hash: await author.signUpload(federation.homes.chainId, book.hash),
    };
    const bring = async (): Promise<number> => {
      const form = new FormData();
      for (const [name, value] of Object.entries(plain)) form.append(name, value);
      form.append('file', new Blob([book.bytes.slice()]), book.name);
      return (await fetch(`${federation.home(1).api}/api/upload`, { method: 'POST', body: form })).status;
    };
    const answers = await Promise.all([bring(), bring(), bring()]);
    expect(answers.sort()).to.deep.equal([200, 202, 202]);
  });

  it('signature.wrong: no sponsor puts another name or size beside what a reader has signed', async () => {
    const seed = crypto.getRandomValues(new Uint8Array(32));
    const reader = createWallet(seed);
    await federation.at(1).register(reader.publicKey);
    const book = await newBook();
    const chainId = hexToBytes(federation.homes.chainId);
    const signed = {
      hash: hexToBytes(book.hash),
      size: BigInt(BYTES),
      name: book.name,
      key: reader.key,
      expires: Math.floor(Date.now() / 1_000) + 3_600,
    };
    const signature = signUpload(chainId, signed, seed);
    const sponsor = federation.home(2).seed;
    const infoHashes = [1, 2, 3, 4].map((i) => signed.hash.slice(i, i + 20));
    const answerTo = async (change: Partial<typeof signed>): Promise<string> => {
      const whole = {
        kind: 'upload',
        ...signed,
        infoHashes,
        signature,
        sponsor: publicKeyOf(sponsor),
        sponsorExpires: inTenMinutes(),
      } as const;
      const bytes = encodeTransaction(sponsorUpload(chainId, { ...whole, ...change }, sponsor));
      return ask(1, 'submit', { transaction: Buffer.from(bytes).toString('base64') });
    };
    expect(await answerTo({ name: 'Another name.bin' })).to.equal('signature.wrong');
    expect(await answerTo({ size: 1n })).to.equal('signature.wrong');
    expect(await answerTo({ expires: signed.expires + 1 })).to.equal('signature.wrong');
    expect(await answerTo({}), toHex(signed.hash)).to.equal('200');
  });
});

describe('whoever has the key of a member, at two other libraries that attest', () => {
  let federation: Federation;
  let books = 0;
  let liar: Uint8Array;

  before(async () => {
    federation = await Federation.start({ count: 4, parameters: { attestations: 2, blockIntervalMs: 0 } });
    liar = federation.home(4).seed;
    await federation.process(4).stop();
  });
  after(() => federation?.stop());

  /** One that the hash does not draw the stopped library for: others would come to its help ten minutes later. */
  async function newBook(): Promise<Book> {
    const members = federation.homes.genesis.members.map(({ key }) => key);
    for (;;) {
      const book = await writeBook(federation.folder, `Book ${books++}.bin`, BYTES);
      const draw = { members, sponsor: publicKeyOf(federation.home(1).seed), wanted: 1, waitedMs: 0 };
      const [drawn] = attesters(hexToBytes(book.hash), draw);
      if (toHex(drawn!) !== toHex(publicKeyOf(liar))) return book;
    }
  }

  type Lie = { readonly size?: bigint; readonly name?: string; readonly infoHashes?: readonly Uint8Array[] };
  const madeUp = () => [1, 2, 3, 4].map(() => crypto.getRandomValues(new Uint8Array(20)));

  /** As the sponsor whose key was stolen says it, with the signature of the reader. */
  async function sponsorFalsely(book: Book, seed: Uint8Array, expires: number | undefined, lie: Lie) {
    const chainId = hexToBytes(federation.homes.chainId);
    const key = createWallet(seed).key;
    const signed = { hash: hexToBytes(book.hash), size: BigInt(BYTES), name: book.name, key, expires };
    const written = expires === undefined ? signed : { ...signed, ...lie, size: lie.size ?? signed.size };
    const signature = signUpload(chainId, written, seed);
    const said = { kind: 'upload', ...signed, infoHashes: madeUp(), ...lie, signature } as const;
    const word = { sponsor: publicKeyOf(liar), sponsorExpires: inTenMinutes() };
    const bytes = encodeTransaction(sponsorUpload(chainId, { ...said, ...word }, liar));
    const query = new URLSearchParams({ transaction: Buffer.from(bytes).toString('base64') });
    const response = await fetch(`${federation.home(2).api}/api/submit?${query}`);
    expect(response.status, await response.text()).to.equal(200);
  }

  async function newSeed(): Promise<Uint8Array> {
    const seed = crypto.getRandomValues(new Uint8Array(32));
    await federation.at(1).register(createWallet(seed).publicKey);
    const { height } = await federation.at(1).status();
    // It is asked at the other library.
    await eventually('the block', async () => (await federation.at(2).status()).height >= height);
    return seed;
  }

  /** The honest upload, after the lie. */
  async function bring(book: Book, reader: Wallet): Promise<void> {
    await upload(federation.at(1), reader, book);
    const record = await federation.at(1).file(book.hash);
    expect(record).to.include({ filename: book.name });
    expect((await federation.at(1).account(reader)).tokens).to.equal(BigInt(BYTES));
  }

  const hour = () => Math.floor(Date.now() / 1_000) + 3_600;

  it('gets no torrent with what stands on the ledger for an upload that waits to be attested; its reader does', async () => {
    const [book, seed] = [await newBook(), await newSeed()];
    const announced = infoHashesOf(book, federation.homes.genesis.name);
    await sponsorFalsely(book, seed, undefined, { infoHashes: announced });
    const reader = createWallet(seed);
    const form = new FormData();
    form.append('hash', book.hash);
    form.append('public_key', reader.publicKey);
    form.append('signed_hash', await reader.signUpload(federation.homes.chainId, book.hash));
    form.append('torrent', new Blob([plainTorrent(book).slice()]), 'torrent');
    const replayed = await fetch(`${federation.home(1).api}/api/upload`, { method: 'POST', body: form });
    expect(replayed.status, await replayed.text()).to.equal(202);
    const { bytes } = await federation.at(1).fetch(reader, book.hash);
    expect(bytes.length).to.be.above(0);
  });

  it('holds no hash by sponsoring it first with another size', async () => {
    const [book, own, seed] = [await newBook(), await newSeed(), await newSeed()];
    await sponsorFalsely(book, own, hour(), { size: 7n, name: 'x' });
    await bring(book, createWallet(seed));
    expect((await federation.at(1).account(createWallet(own))).tokens).to.equal(0n);
  });

  it('turns no signature of a reader against it, with false info hashes', async () => {
    const [book, seed] = [await newBook(), await newSeed()];
    await sponsorFalsely(book, seed, hour(), {});
    await bring(book, createWallet(seed));
  });

  it('puts no false name under the key of a reader, with the form of three fields', async () => {
    const [book, seed] = [await newBook(), await newSeed()];
    await sponsorFalsely(book, seed, undefined, { size: 999_000_000_000n, name: 'a slander.txt' });
    await bring(book, createWallet(seed));
  });

  it('is not credited for what it says rightly, and does not hold', async () => {
    const [book, own, seed] = [await newBook(), await newSeed(), await newSeed()];
    const announced = infoHashesOf(book, federation.homes.genesis.name);
    await sponsorFalsely(book, own, hour(), { infoHashes: announced });
    await bring(book, createWallet(seed));
    expect((await federation.at(1).account(createWallet(own))).tokens).to.equal(0n);
  });
});
