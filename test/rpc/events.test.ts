/** What final blocks have done, as programs that follow it see it. */
import { expect } from 'chai';
import { readersOf } from '../../chain/kind/event.ts';
import { encodeChecked, signTransaction } from '../../chain/transaction/signing.ts';
import { createClient } from '../../client/client.ts';
import { hexToBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { accept, reject } from '../../core/verdict.ts';
import { eventually } from '../node/eventually.ts';
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

type Event = Fields & { readonly at: string; readonly kind: string; readonly time: number };
type Page = { readonly events: readonly Event[]; readonly next: string; readonly head: number };

describe('what blocks did, for whoever asks', () => {
  let library: TinyLibrary;
  let charged: number;
  /** Who has asked has nothing left but the price of the call. */
  let isPoor: boolean;
  /** Is there an index by key? */
  let hasIndex = true;
  /** Requests, for a block. */
  let waiting: number;
  const [uploader, buyer, other] = ['rich', 'richer', 'poor'].map(walletOf) as [
    SyncWallet,
    SyncWallet,
    SyncWallet,
  ];
  const [book, second] = [bookOf('book.txt'), bookOf('second.txt')];

  beforeEach(async () => {
    charged = 0;
    isPoor = false;
    hasIndex = true;
    waiting = 0;
    const budget = {
      pay: (_: unknown, cost: number) =>
        isPoor && cost === PIECE_COST ? reject('request.over-budget') : accept(),
      charge(_: unknown, cost: number) {
        charged += cost;
      },
    };
    library = await startLibrary({ budget, registrations: FREE }, ({ events }) => ({
      events: {
        oldest: () => events.oldest(),
        read: (...asked) => events.read(...asked),
        own: (...asked) => (hasIndex ? events.own(...asked) : Promise.resolve(undefined)),
        async news(height, ms, whenGone) {
          waiting += 1;
          const came = await events.news(height, ms, whenGone);
          waiting -= 1;
          return came;
        },
        watch: (tell) => events.watch(tell),
      },
    }));
    await get(library, '/api/register', { public_key: other.publicKey });
    await postForm(library, uploadParts(library, uploader, book));
    await buys(book);
    await postForm(library, uploadParts(library, uploader, second));
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  const buys = (bought: Book) => get(library, '/api/download', downloadFields(library, buyer, bought.hash));
  const page = async (fields: Fields = {}): Promise<Page> =>
    (await json(get(library, '/api/events', fields))) as unknown as Page;
  const kindsOf = ({ events }: Page): string[] => events.map(({ kind }) => kind);

  it('tells everybody what is everybody’s, in order, and names no reader', async () => {
    const { events, next, head } = await page();
    expect(kindsOf({ events, next, head })).to.deep.equal(['attested', 'available', 'attested', 'available']);
    const [, available] = events;
    expect(available).to.deep.equal({
      at: '2:2',
      time: library.ledger.blocks[1]!.block.header.time,
      kind: 'available',
      hash: book.hash,
      name: book.name,
      size: book.size,
    });
    expect([next, head]).to.deep.equal(['5:0', 4]);
    const text = JSON.stringify(events);
    for (const { publicKey } of [uploader, buyer, other]) expect(text).not.to.include(publicKey);
  });

  it('tells a key what is its own, and nobody else', async () => {
    const own = async (wallet: SyncWallet) =>
      kindsOf(await page({ kinds: PRIVATE, ...historyFields(library, wallet) }));
    expect(await own(buyer)).to.deep.equal(['purchased']);
    expect(await own(uploader)).to.deep.equal(['uploaded', 'uploaded']);
    expect(await own(other)).to.deep.equal(['registered']);
    expect(kindsOf(await page({ kinds: PRIVATE }))).to.deep.equal([]);
    const all = library.ledger.blocks.flatMap(({ events }) => events);
    expect(all.filter((event) => readersOf(event).length > 0)).to.have.length(4);
  });

  it('tells a key what is its own by an index, and the same without one', async () => {
    const asked = { kinds: PRIVATE, ...historyFields(library, uploader) };
    for (const more of [
      {},
      { limit: 1 },
      { limit: 2 },
      { from: '3:0' },
      { from: '9:0' },
      { file: book.hash },
    ]) {
      hasIndex = true;
      const own = await page({ ...asked, ...more });
      hasIndex = false;
      const found = await page({ ...asked, ...more });
      expect(own.events, JSON.stringify(more)).to.deep.equal(found.events);
      hasIndex = true;
      const rest = await page({ ...asked, ...more, from: own.next });
      expect(rest.events.length + own.events.length).to.be.at.most(2);
    }
    library.ledger.prunedBelow = 3;
    await expectKept(await get(library, '/api/events', { ...asked, from: '2:0' }));
    expect(kindsOf(await page(asked))).to.deep.equal(['uploaded']);
  });

  it('signature.wrong: to somebody else who names the key; request.missing-field: without a signature, or a key', async () => {
    const { signed_hash } = historyFields(library, other);
    await refused({ ...historyFields(library, buyer), signed_hash }, 'signature.wrong');
    const { public_key, ...rest } = historyFields(library, buyer);
    await refused(rest, 'request.missing-field');
    await refused({ public_key }, 'request.missing-field');
    await refused(historyFields(library, buyer, START / 1_000 - 1), 'request.expired');
    await refused(historyFields(library, buyer, START / 1_000 + 3_601), 'request.expires-too-far');
  });

  it('tells of one file, or of some kinds', async () => {
    expect(kindsOf(await page({ file: second.hash }))).to.deep.equal(['attested', 'available']);
    expect(kindsOf(await page({ kinds: 'available,reset' }))).to.deep.equal(['available', 'available']);
    for (const kinds of ['', 'bought,', 'availible', 'toString']) {
      await refused({ kinds }, 'request.wrong-value');
    }
  });

  it('gives pages that join without a gap, from any place on', async () => {
    const signed = historyFields(library, uploader);
    const whole = await page(signed);
    for (const limit of [1, 2, 3, 100]) {
      const found: Event[] = [];
      for (let from = '0:0'; ; ) {
        const { events, next } = await page({ ...signed, limit, from });
        found.push(...events);
        expect(events.length).to.be.at.most(limit);
        if (next === from || events.length === 0) break;
        from = next;
      }
      expect(found).to.deep.equal(whole.events);
    }
    for (const from of [
      '',
      '5',
      '5:',
      ':0',
      '05:0',
      '-1:0',
      '1:0:0',
      '1e3:0',
      '1:99999999',
      `${'9'.repeat(16)}:0`,
    ]) {
      await refused({ from }, 'request.wrong-value');
    }
  });

  it('events.pruned: names the first block that is kept', async () => {
    library.ledger.prunedBelow = 3;
    await expectKept(await get(library, '/api/events', { from: '1:0' }));
    const { error } = await rpc(library, 'ledger_v1_events', { from: '2:2' });
    expect(error?.data).to.include({ code: 'events.pruned', oldest: 3 });
    expect(kindsOf(await page())).to.deep.equal(['attested', 'available']); // of the second book
  });

  it('waits for the next block, when there is nothing yet', async () => {
    const answer = page({ from: '5:0', wait: 30 });
    await eventually(() => waiting === 1);
    // What this block does is not for everybody: the request goes on waiting.
    await get(library, '/api/register', { public_key: walletOf('new').publicKey });
    await eventually(() => waiting === 1);
    await postForm(library, uploadParts(library, uploader, bookOf('third.txt')));
    const { events, next } = await answer;
    expect(events.map(({ kind }) => kind)).to.deep.equal(['attested', 'available']);
    expect(next).to.equal('7:0');
  });

  it('answers with nothing when nothing happens, and at once where too many wait from there', async () => {
    const nothing = { events: [], next: '5:0', head: 4 };
    const most = limits.eventsWaitingPerAddressMax;
    const all = Array.from({ length: most }, () => page({ from: '5:0', wait: 2 }));
    await eventually(() => waiting === most);
    expect(await page({ from: '5:0', wait: 2 })).to.deep.equal({ ...nothing, pause: 2 });
    library.advance(2_000);
    for (const one of all) expect(await one).to.deep.equal(nothing);
    // Their places are free again.
    const later = page({ from: '5:0', wait: 2 });
    await eventually(() => waiting === 1);
    library.advance(2_000);
    expect(await later).to.deep.equal(nothing);
  });

  it('holds no place for who has hung up', async () => {
    const gone = new AbortController();
    const most = limits.eventsWaitingPerAddressMax;
    for (let i = 0; i < most; i++) {
      fetch(`${library.url}/api/events?from=5:0&wait=30`, { signal: gone.signal }).catch(() => {});
    }
    await eventually(() => waiting === most);
    gone.abort();
    await eventually(() => waiting === 0);
  });

  it('tells a key its own no longer than its signature is good', async () => {
    const soon = START / 1_000 + 1;
    const answer = page({ from: '5:0', wait: 30, ...historyFields(library, buyer, soon) });
    await eventually(() => waiting === 1);
    library.advance(1_000);
    expect((await answer).events).to.deep.equal([]);
  });

  it('names no file that was taken down', async () => {
    const { chainId } = library.ledger;
    const once = { nonce: new Uint8Array(16), expires: START / 1_000 + 600 };
    const action = { kind: 'take-down', hash: hexToBytes(book.hash) } as const;
    const proposal = { kind: 'propose', action, proposer: publicKeyOf(seedOf('node')), ...once } as const;
    const signed = signTransaction<'propose'>(chainId, proposal, seedOf('node'));
    expect(await library.ledger.submit(encodeChecked(signed))).to.include({ kind: 'accept' });
    const { events } = await page();
    expect(JSON.stringify(events)).not.to.include(book.name);
    const [, first] = events;
    expect(first).to.deep.equal({ at: '2:2', time: first!.time, kind: 'available', hash: book.hash });
    expect(events.map(({ name }) => name)).to.include(second.name);
    expect(events.find(({ kind }) => kind === 'taken-down')).to.include({ hash: book.hash });
  });

  it('is read as far as it is paid for, a piece at a time', async () => {
    for (let i = 0; i < 3 * limits.eventsPieceBlocks; i++) {
      await get(library, '/api/register', { public_key: walletOf(`reader ${i}`).publicKey });
    }
    expect((await page({ kinds: 'reset' })).next).to.equal(`${4 + 3 * limits.eventsPieceBlocks + 1}:0`);
    isPoor = true;
    const first = await page({ kinds: 'reset' });
    expect(first).to.include({ next: `${limits.eventsPieceBlocks + 1}:0` });
    expect((await page({ kinds: 'reset', from: first.next })).next).to.equal(
      `${2 * limits.eventsPieceBlocks + 1}:0`,
    );
  });

  it('is paid for by what is looked at', async () => {
    for (let i = 0; i < 400; i++) {
      await get(library, '/api/register', { public_key: walletOf(`reader ${i}`).publicKey });
    }
    charged = 0;
    expect(kindsOf(await page({ kinds: 'reset' }))).to.deep.equal([]);
    expect(charged).to.be.greaterThan(1); // 404 events, beside the pieces
    charged = 0;
    await page({ from: '400:0' });
    expect(charged).to.equal(0);
  });

  it('is followed with the SDK: what was, and what happens while one waits', async () => {
    // By pages: what is held here is that they wait.
    const client = createClient({ url: library.url, now: () => START, WebSocket: null });
    const ended = new AbortController();
    const told: string[] = [];
    const followed = client.events({ wallet: buyer.wallet, kinds: ['purchased'], signal: ended.signal });
    for await (const event of followed) {
      if (event.kind !== 'purchased') continue;
      told.push(event.hash);
      if (told.length === 1) void eventually(() => waiting === 1).then(() => buys(second));
      else ended.abort();
    }
    expect(told).to.deep.equal([book.hash, second.hash]);
  });

  it('is read by the SDK', async () => {
    const client = createClient({ url: library.url, now: () => START });
    const first = await client.eventPage({ limit: 3 });
    const rest = await client.eventPage({ from: first.next });
    expect([...first.events, ...rest.events].map(({ kind }) => kind)).to.deep.equal(kindsOf(await page()));
    const own = await client.eventPage({ wallet: buyer.wallet, kinds: ['purchased'] });
    const { at, time, ...purchase } = own.events[0]!;
    expect(purchase).to.deep.equal({
      kind: 'purchased',
      hash: book.hash,
      key: toHex(buyer.key),
      size: BigInt(book.size),
      card: 0n,
    });
    expect(at).to.match(/^3:/);
  });

  async function refused(fields: Fields, code: string): Promise<void> {
    await expectProblem(await get(library, '/api/events', fields), code);
    expect((await rpc(library, 'ledger_v1_events', fields)).error?.data.code).to.equal(code);
  }
});

/** What a busy library asks for is another test's affair. */
const FREE = { needed: () => 0, add() {} };
const PIECE_COST = 0.02 * limits.eventsPieceBlocks;
const PRIVATE = 'registered,uploaded,purchased';

async function expectKept(response: Response): Promise<void> {
  expect(response.status).to.equal(410);
  expect(await response.json()).to.include({ type: 'events.pruned', oldest: 3 });
}
