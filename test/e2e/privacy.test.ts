/** A stranger asks a running library whether a key has bought a file, by every door, and has one answer for all keys. */
import { expect } from 'chai';
import { encodeTransaction } from '../../chain/transaction/transaction.ts';
import type { Wallet } from '../../client/wallet.ts';
import { hexToBytes } from '../../core/bytes.ts';
import type { InfoHash20 } from '../../core/scalars.ts';
import { forgeries } from '../rpc/forgeries.ts';
import { infoHashesOf } from './fixtures/info-hash.ts';
import { RawConnection, type RawRequest } from './fixtures/raw-http.ts';
import { newReader, newWallet, upload, wealthyReader, writeBook } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';

const BOOK_BYTES = 5_000;

describe('a stranger who asks a running library who has bought a book', () => {
  let library: SingleLibrary;
  let asked: readonly Wallet[];
  let hash: string;
  let infoHashes: readonly InfoHash20[];
  let chain: string;

  before(async () => {
    library = await SingleLibrary.start();
    const { client, folder } = library;
    const book = await writeBook(folder, 'book.txt', BOOK_BYTES);
    hash = book.hash;
    const author = await newReader(client);
    await upload(client, author, book);
    const buyer = await wealthyReader(client, folder, 2 * BOOK_BYTES);
    const other = await wealthyReader(client, folder, 2 * BOOK_BYTES);
    const poor = await newReader(client);
    await client.download(buyer, hash);
    asked = [author, buyer, other, poor, newWallet()];
    const { id, name } = (await client.status()).chain;
    chain = id;
    infoHashes = infoHashesOf(book, name);
  });
  after(async () => await library?.stop());

  async function answers(ask: (wallet: Wallet) => RawRequest): Promise<string[]> {
    const connection = new RawConnection(library.home.httpPort);
    const heard: string[] = [];
    for (const wallet of asked) {
      const answer = await connection.ask(ask(wallet));
      // Every request has an id of its own, and a refusal shows the text that the key in it should have signed.
      const body = answer?.body.toString('latin1').replace(/"request":"[0-9a-f]{16}"/, '');
      heard.push(`${answer?.status} ${body?.replaceAll(wallet.publicKey, '<key>')}`);
    }
    connection.close();
    return heard;
  }

  const posts = (path: string, body: object): RawRequest => ({
    method: 'POST',
    target: Buffer.from(path),
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  });
  const gets = (call: string, fields: Record<string, string>): RawRequest => ({
    method: 'GET',
    target: Buffer.from(`/api/${call}?${new URLSearchParams(fields)}`),
  });

  it('is told by submit that the signature is wrong, of whatever key and kind', async () => {
    const forger = newWallet();
    const all = forgeries({
      ...{ hash: hexToBytes(hash), infoHashes, stranger: library.home.key },
      signature: hexToBytes(await forger.signDownload(chain, hash)),
      expires: Math.floor(Date.now() / 1_000) + 600,
    });
    for (const { kind, as, make } of all) {
      const heard = await answers(({ key }) => {
        const transaction = Buffer.from(encodeTransaction(make(key))).toString('base64');
        return posts('/api/submit', { transaction });
      });
      expect(new Set(heard).size, `${kind}, ${as}: ${heard.join('\n')}`).to.equal(1);
      expect(heard[0]).to.match(/^401 .*"signature\.wrong"/);
    }
  });

  it('is told by download, upload, fetch, upload-state, proof, account, history and events that the signature is wrong', async () => {
    const forger = newWallet();
    const signed_hash = await forger.signDownload(chain, hash);
    const expires = String(Math.floor(Date.now() / 1_000) + 600);
    const fieldsOf: Readonly<Record<string, Record<string, string>>> = {
      ...{ download: { hash }, upload: { hash }, proof: { hash }, account: { expires } },
      ...{ history: { expires }, events: { expires } },
      ...{ fetch: { hash, expires }, 'upload-state': { hash, expires } },
    };
    for (const [call, fields] of Object.entries(fieldsOf)) {
      const heard = await answers(({ publicKey }) =>
        gets(call, { ...fields, public_key: publicKey, signed_hash }),
      );
      expect(new Set(heard).size, heard.join('\n')).to.equal(1);
      expect(heard[0]).to.match(/^401 .*"signature\.wrong"/);
    }
  });

  it('has no figures of an account from which to read what was bought', async () => {
    const heard = await answers(({ publicKey }) => gets('account', { public_key: publicKey }));
    for (const [i, answer] of heard.entries()) {
      const registered = i < asked.length - 1;
      expect(answer).to.equal(`200 ${JSON.stringify({ public_key: '<key>', registered })}\n`);
    }
    const { downloaded } = await library.client.account(asked[1]!);
    expect(downloaded).to.equal(BigInt(BOOK_BYTES));
  });
});
