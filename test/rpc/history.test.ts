/** What happened to a key, as the key itself sees it. */
import { expect } from 'chai';
import { encodeChecked, signTransaction } from '../../chain/transaction/signing.ts';
import { createClient } from '../../client/client.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import {
  type Book,
  bookOf,
  downloadFields,
  expectProblem,
  type Fields,
  get,
  historyFields,
  json,
  postForm,
  rpc,
  uploadParts,
} from './calls.ts';
import type { SyncWallet } from './sync-wallet.ts';
import { START, seedOf, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

type Item = Fields & { readonly at: string; readonly kind: string };
type Page = { readonly items: readonly Item[]; readonly cursor: string | null; readonly begins: number };

describe('the history of a key', () => {
  let library: TinyLibrary;
  let isBuilt: boolean;
  const [uploader, buyer, other] = ['rich', 'richer', 'poor'].map(walletOf) as [
    SyncWallet,
    SyncWallet,
    SyncWallet,
  ];
  const books = [bookOf('book.txt'), bookOf('second.txt'), bookOf('third.txt')];

  beforeEach(async () => {
    isBuilt = true;
    library = await startLibrary({}, ({ events }) => ({
      events: {
        oldest: () => events.oldest(),
        read: (...asked) => events.read(...asked),
        news: (...asked) => events.news(...asked),
        watch: (tell) => events.watch(tell),
        own: (...asked) => (isBuilt ? events.own(...asked) : Promise.resolve(undefined)),
      },
    }));
    await get(library, '/api/register', { public_key: other.publicKey });
    for (const book of books) {
      await postForm(library, uploadParts(library, uploader, book));
      await buys(book);
    }
    await gives(buyer, other, 5n);
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  const buys = (bought: Book) => get(library, '/api/download', downloadFields(library, buyer, bought.hash));
  const page = async (wallet: SyncWallet, fields: Fields = {}): Promise<Page> =>
    (await json(
      get(library, '/api/history', { ...historyFields(library, wallet), ...fields }),
    )) as unknown as Page;

  async function gives(from: SyncWallet, to: SyncWallet, amount: bigint): Promise<void> {
    const { chainId } = library.ledger;
    const once = { nonce: seedOf('nonce').slice(0, 16), expires: START / 1_000 + 600 };
    const unsigned = { kind: 'transfer', to: to.key, amount, key: from.key, ...once } as const;
    const [name] = ['rich', 'richer'].filter((one) => walletOf(one).publicKey === from.publicKey);
    const signed = signTransaction<'transfer'>(chainId, unsigned, seedOf(name!));
    expect((await library.ledger.submit(encodeChecked(signed))).kind).to.equal('accept');
  }

  it('tells the newest first: what it was, of which file, what it did to the tokens, and by which transaction', async () => {
    const { items, cursor, begins } = await page(buyer);
    expect(items.map(({ kind }) => kind)).to.deep.equal([
      'transferred',
      ...['purchased', 'purchased', 'purchased'],
    ]);
    expect([cursor, begins]).to.deep.equal([null, 1]);
    const [transferred, purchased] = items;
    expect(transferred).to.include({ from: buyer.publicKey, to: other.publicKey, amount: 5, change: -5 });
    const { block, transactions } = library.ledger.blocks.at(-2)!;
    expect(purchased).to.deep.equal({
      at: `${block.header.height}:0`,
      time: block.header.time,
      kind: 'purchased',
      hash: books[2]!.hash,
      key: buyer.publicKey,
      size: books[2]!.size,
      card: 0,
      name: books[2]!.name,
      change: -books[2]!.size,
      transaction: toHex(transactions[0]!.id),
    });
    expect((await page(other)).items).to.have.length(2);
    expect((await page(other)).items[0]).to.include({ kind: 'transferred', change: 5 });
    expect((await page(walletOf('nobody'))).items).to.deep.equal([]);
  });

  it('says the same by JSON-RPC', async () => {
    const { result } = await rpc(library, 'library_v1_history', historyFields(library, buyer));
    expect(result).to.deep.equal(await page(buyer));
  });

  it('comes in pages that join without a gap, also when more happens meanwhile', async () => {
    const whole = await page(uploader);
    expect(whole.items).to.have.length(3);
    for (const limit of [1, 2, 3]) {
      const items: Item[] = [];
      for (let cursor: string | null = null, pages = 0; ; pages++) {
        const next: Page = await page(uploader, { limit, ...(cursor !== null && { cursor }) });
        items.push(...next.items);
        expect(next.items.length).to.be.at.most(limit);
        cursor = next.cursor;
        if (cursor === null) break;
        if (pages === 0) await postForm(library, uploadParts(library, uploader, bookOf(`more ${limit}`)));
      }
      expect(items.filter(({ at }) => whole.items.some((one) => one.at === at))).to.deep.equal(
        limit === 1 ? whole.items : items.slice(-3),
      );
      expect(new Set(items.map(({ at }) => at)).size).to.equal(items.length);
    }
    await refused({ limit: limits.historyPageMax + 1 }, 'request.wrong-value');
    await refused({ cursor: 'x' }, 'request.wrong-value');
  });

  it('is read by the SDK, with amounts as such', async () => {
    const client = createClient({ url: library.url, now: () => START });
    const first = await client.history(buyer.wallet, { limit: 3 });
    const rest = await client.history(buyer.wallet, { limit: 3, cursor: first.cursor! });
    const items = [...first.items, ...rest.items];
    expect(items.map(({ kind }) => kind)).to.deep.equal((await page(buyer)).items.map(({ kind }) => kind));
    expect([rest.cursor, rest.begins]).to.deep.equal([undefined, 1]);
    expect(items.at(-1)).to.include({
      ...{ kind: 'purchased', size: BigInt(books[0]!.size), change: -BigInt(books[0]!.size), card: 0n },
      name: books[0]!.name,
    });
  });

  it('says where it begins when older blocks are not kept', async () => {
    const kept = library.ledger.blocks.length - 1;
    library.ledger.prunedBelow = kept;
    const { items, begins, cursor } = await page(buyer);
    expect([items.length, begins, cursor]).to.deep.equal([2, kept, null]);
  });

  it('history.building: while it is put together for the first time, with a time to come again', async () => {
    isBuilt = false;
    const answer = await get(library, '/api/history', historyFields(library, buyer));
    expect(answer.status).to.equal(503);
    expect(Number(answer.headers.get('retry-after'))).to.be.greaterThan(0);
    await expectProblem(answer, 'history.building');
    // It may not be told apart from another key's by who has no right to either.
    await refused({ signed_hash: historyFields(library, other).signed_hash! }, 'signature.wrong');
  });

  it('is for the key alone, for an hour', async () => {
    const { signed_hash } = historyFields(library, other);
    await refused({ signed_hash: signed_hash! }, 'signature.wrong');
    await refused(historyFields(library, buyer, START / 1_000 + 3_601), 'request.expires-too-far');
    await refused(historyFields(library, buyer, START / 1_000 - 1), 'request.expired');
    const unsigned = await get(library, '/api/history', { public_key: buyer.publicKey });
    await expectProblem(unsigned, 'request.missing-field');
  });

  async function refused(fields: Fields, code: string): Promise<void> {
    const answer = await get(library, '/api/history', { ...historyFields(library, buyer), ...fields });
    await expectProblem(answer, code);
  }
});
