/** What a reader is told of a card: by the account, and by a purchase that lacks something. */
import { assert, expect } from 'chai';
import { encodeChecked, signTransaction } from '../../chain/transaction/signing.ts';
import { createClient } from '../../client/client.ts';
import { ClientError } from '../../client/client-error.ts';
import { toHex } from '../../core/bytes.ts';
import { publicKeyOf } from '../../core/sign.ts';
import type { RpcOptions } from '../../rpc/server.ts';
import {
  bookOf,
  chainOf,
  downloadFields,
  expectProblem,
  get,
  historyFields,
  json,
  post,
  postForm,
  uploadParts,
} from './calls.ts';
import type { SyncWallet } from './sync-wallet.ts';
import { START, seedOf, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const NODE = seedOf('node');
const DAY_MS = 86_400_000;
const TODAY = Math.floor(START / DAY_MS);
const PERIOD = Math.floor(TODAY / 30);
const poor = walletOf('poor');
const rich = walletOf('rich');
const costly = bookOf('costly.txt');

describe('the card of a reader', () => {
  let library: TinyLibrary;

  beforeEach(async () => {
    library = await startLibrary();
    await get(library, '/api/register', { public_key: poor.publicKey });
    await postForm(library, uploadParts(library, rich, costly));
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  /** For the ten days that a new one has at once. */
  async function lend(to: SyncWallet, allowance: number, days = 90): Promise<void> {
    const terms = { allowance: BigInt(allowance), ceiling: BigInt(allowance * days), until: PERIOD + 2 };
    const once = { nonce: seedOf(`${allowance}`).subarray(0, 16), expires: START / 1_000 + 600 };
    const lent = { kind: 'card' as const, key: to.key, sponsor: publicKeyOf(NODE), ...terms, ...once };
    const verdict = await library.ledger.submit(
      encodeChecked(signTransaction<'card'>(library.ledger.chainId, lent, NODE)),
    );
    expect(verdict.kind).to.equal('accept');
  }

  const account = (wallet: SyncWallet) => json(get(library, '/api/account', historyFields(library, wallet)));

  it('is told to its key, with what it has today and until when', async () => {
    await lend(poor, 100);
    const until = (PERIOD + 3) * 30 * DAY_MS;
    const shown = { sponsor: toHex(publicKeyOf(NODE)), allowance: 100, ceiling: 9_000, credit: 1_000, until };
    expect((await account(poor)).card).to.deep.equal(shown);
    expect((await account(rich)).card).to.equal(null);
    library.advance(5 * DAY_MS);
    const read = await createClient({ url: library.url, now: () => START + 5 * DAY_MS }).account(
      poor.wallet,
      {
        expires: START / 1_000 + 5 * 86_400 + 600,
      },
    );
    expect(read.card?.credit).to.equal(1_500n);
    expect(read.card?.until).to.equal(until);
    expect(read.pending).to.equal(0n);
  });

  it('is no longer told when it has ended', async () => {
    await lend(poor, 100);
    library.advance(91 * DAY_MS);
    const expires = START / 1_000 + 91 * 86_400 + 600;
    const signed_hash = poor.signHistory(chainOf(library), expires);
    const fields = { public_key: poor.publicKey, expires, signed_hash };
    expect((await json(get(library, '/api/account', fields))).card).to.equal(null);
  });

  it('download.not-enough-tokens: says what is missing, and the first day on which the card has it', async () => {
    const allowance = Math.floor(costly.size / 12);
    await lend(poor, allowance);
    const missing = costly.size - 10 * allowance;
    const days = Math.ceil(missing / allowance);
    const response = await get(library, '/api/download', downloadFields(library, poor, costly.hash));
    expect(response.status).to.equal(402);
    const problem = (await response.json()) as Record<string, unknown>;
    expect(problem).to.include({ type: 'download.not-enough-tokens', missing });
    expect(problem.enough_at).to.equal((TODAY + days) * DAY_MS);

    const refused = await createClient({ url: library.url })
      .download(poor.wallet, costly.hash)
      .catch((e) => e);
    expect(refused).to.be.instanceOf(ClientError);
    expect(refused).to.include({ missing, enoughAt: (TODAY + days) * DAY_MS });

    library.advance((TODAY + days) * DAY_MS - START - 1);
    const early = await get(library, '/api/download', downloadFields(library, poor, costly.hash));
    expect(early.status).to.equal(402);
    library.advance(1);
    const bought = await get(library, '/api/download', downloadFields(library, poor, costly.hash));
    expect(bought.status).to.equal(200);
    await bought.arrayBuffer();
  });

  it('download.not-enough-tokens: counts days from the day of the credit where the clock is behind the last block', async () => {
    const allowance = Math.floor(costly.size / 12);
    await lend(poor, allowance);
    const midnight = (TODAY + 1) * DAY_MS;
    library.advance(midnight - START);
    await get(library, '/api/register', { public_key: rich.publicKey }); // a block of tomorrow
    await get(library, '/api/register', { public_key: rest(9).publicKey });
    library.advance(-1_000);
    const response = await get(library, '/api/download', downloadFields(library, poor, costly.hash));
    const problem = (await response.json()) as Record<string, unknown>;
    // It has that of tomorrow already, by the block that comes next.
    const missing = costly.size - 11 * allowance;
    expect(problem).to.include({ missing, enough_at: midnight + Math.ceil(missing / allowance) * DAY_MS });
  });

  it('download.not-enough-tokens: names no day where none comes', async () => {
    const refusal = async () =>
      (await (
        await get(library, '/api/download', downloadFields(library, poor, costly.hash))
      ).json()) as object;
    expect(await refusal())
      .to.include({ missing: costly.size })
      .and.not.have.property('enough_at');
    await lend(poor, 1, 2);
    expect(await refusal())
      .to.include({ missing: costly.size - 2 })
      .and.not.have.property('enough_at');
  });
});

describe('a card of one who comes', () => {
  let library: TinyLibrary;
  const terms = { allowance: 250, ceiling: 12_500 };
  const shown = { sponsor: toHex(publicKeyOf(NODE)), ...terms, until: (PERIOD + 3) * 30 * DAY_MS };
  const start = async (mode: 'off' | 'desk' | 'open', options: Partial<RpcOptions> = {}): Promise<void> => {
    library = await startLibrary(options, undefined, 1, { mode });
  };
  const register = (wallet: SyncWallet, code?: string) =>
    json(
      post(library, '/api/register', { public_key: wallet.publicKey, ...(code !== undefined && { code }) }),
    );
  const take = (wallet: SyncWallet, code?: string, signer = wallet) => {
    const expires = Math.floor(library.ports.clock.now() / 1_000) + 600;
    const signed_hash = signer.signTakeCard(chainOf(library), expires);
    const fields = { public_key: wallet.publicKey, expires, signed_hash };
    return post(library, '/api/take-card', code === undefined ? fields : { ...fields, code });
  };
  const invite = async (): Promise<string> => {
    const made = await library.ports.cards.invite(1, 30);
    assert(made.kind === 'accept');
    return made.value[0]!;
  };
  const cardOf = async (wallet: SyncWallet) => {
    const expires = Math.floor(library.ports.clock.now() / 1_000) + 600;
    return (await createClient({ url: library.url }).account(wallet.wallet, { expires })).card;
  };

  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  it('comes with the registration, and the answer has it', async () => {
    await start('open');
    expect(await register(poor)).to.deep.equal({ registered: true, card: { ...shown, credit: 2_500 } });
    expect((await cardOf(poor))?.credit).to.equal(2_500n);
    expect((await json(get(library, '/api/status'))).cards).to.deep.equal({ ...terms, at_once: 2_500 });
  });

  it('card.network-had: one a network and day', async () => {
    await start('open');
    await register(poor);
    const tomorrow = (TODAY + 1) * DAY_MS;
    expect(await register(rest(1))).to.deep.equal({
      ...{ registered: true, no_card: 'card.network-had' },
      room_at: tomorrow,
    });
    const refused = await take(rest(1));
    expect(refused.status).to.equal(429);
    expect(await refused.json()).to.include({ type: 'card.network-had', room_at: tomorrow });
    library.advance(tomorrow - START);
    await library.ledger.submit(encodeChecked(library.ports.sponsor.register(rest(9).key))); // a block of that day
    expect((await take(rest(1))).status).to.equal(200);
    expect((await take(rest(1))).status, 'it has one').to.equal(200);
    expect(await register(rest(2))).to.include({ no_card: 'card.network-had', room_at: tomorrow + DAY_MS });
    const facts = await createClient({ url: library.url }).register(rest(3).publicKey);
    expect(facts).to.include({ noCard: 'card.network-had', roomAt: tomorrow + DAY_MS });
  });

  it('is told nobody who only knows the key: asking again for one that is registered lends nothing', async () => {
    await start('desk');
    await register(poor);
    await library.stop();
    await start('open');
    expect(await register(rich)).to.deep.equal({ registered: true });
    const asked = await json(get(library, '/api/account', { public_key: rich.publicKey }));
    expect(asked).to.deep.equal({ public_key: rich.publicKey, registered: true });
    expect(await cardOf(rich)).to.equal(undefined);
    await expectProblem(await take(rich, undefined, poor), 'signature.wrong');
    expect((await take(rich)).status).to.equal(200);
  });

  it('reader.unknown: before it is registered', async () => {
    await start('open');
    await expectProblem(await take(poor), 'reader.unknown');
  });

  for (const mode of ['off', 'desk'] as const) {
    it(`card.closed: there is none where cards are ${mode}`, async () => {
      await start(mode);
      expect(await register(poor)).to.deep.equal({ registered: true });
      await expectProblem(await take(poor), 'card.closed');
      expect((await json(get(library, '/api/status'))).cards).to.equal(null);
    });
  }

  it('card.closed: a library that is open, and has none to lend, says so to whoever registers', async () => {
    library = await startLibrary({}, undefined, 1, { mode: 'open', openPercent: 0 });
    expect(await register(poor)).to.deep.equal({ registered: true, no_card: 'card.closed' });
    expect((await json(get(library, '/api/status'))).cards).to.equal(null);
  });

  it('member.unknown: a library that was voted out lends, invites, lists and takes back nothing at its desk', async () => {
    const out = walletOf('voted out');
    library = await startLibrary({}, ({ sponsor }) => ({ sponsor: { ...sponsor, key: out.key } }));
    library.librarians = [rich.publicKey];
    const { now } = library.ports.clock;
    const desk = createClient({ url: library.url, now }).desk(rich.wallet, out.publicKey);
    const { publicKey } = poor;
    const asked = [
      desk.cardGive(publicKey),
      desk.cardInvite(),
      desk.cardList(),
      desk.cardWithdraw(publicKey),
    ];
    const answers = await Promise.all(asked.map((call) => call.catch((error) => error)));
    for (const answer of answers) expect(answer).to.include({ code: 'member.unknown' });
  });

  it('card.code-needed: an invitation lends one, once, to a key that is registered', async () => {
    await start('desk');
    await Promise.all([register(poor), register(rest(1))]);
    const code = await invite();
    await expectProblem(await take(poor, 'another'), 'card.code-needed');
    const { card } = (await (await take(poor, code)).json()) as { card: object };
    expect(card).to.include({ allowance: 1_000, credit: 10_000 });
    await expectProblem(await take(rest(1), code), 'card.code-needed');
  });

  it('comes with an invitation that registers, too, also where a code is needed for that', async () => {
    for (const registration of ['open', 'code'] as const) {
      await start('desk', { registration });
      const code = await invite();
      const answer = await register(poor, code);
      expect(answer.card, registration).to.include({ allowance: 1_000, credit: 10_000 });
      const again = await register(rest(1), code);
      if (registration === 'open')
        expect(again).to.deep.equal({ registered: true, no_card: 'card.code-needed' });
      else expect(again.type).to.equal('register.code-needed');
      if (registration === 'open') await library.stop();
    }
  });

  it('keeps an invitation good that came to nothing', async () => {
    await start('desk');
    await register(poor);
    const codes = [await invite(), await invite()];
    // All that this library may lend is lent.
    for (let i = 0; i < 1_000; i++) await library.ports.cards.lend(walletOf(`lent to ${i}`).key);
    const refused = await take(poor, codes[0]);
    expect(await refused.json()).to.include({ type: 'card.node-cap', room_at: (PERIOD + 3) * 30 * DAY_MS });
    library.advance((PERIOD + 3) * 30 * DAY_MS - START);
    expect((await take(poor, codes[0])).status).to.equal(200);
  }).timeout(60_000);
});

const rest = (index: number): SyncWallet => walletOf(`reader ${index}`);
