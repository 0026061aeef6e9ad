/** What a reader is told of a card: by the account, and by a purchase that lacks something. */
import { expect } from 'chai';
import { encodeChecked, signTransaction } from '../../chain/transaction/signing.ts';
import { createClient } from '../../client/client.ts';
import { ClientError } from '../../client/client-error.ts';
import type { Wallet } from '../../client/wallet.ts';
import { toHex } from '../../core/bytes.ts';
import { publicKeyOf } from '../../core/sign.ts';
import { bookOf, chainOf, downloadFields, get, historyFields, json, postForm, uploadParts } from './calls.ts';
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
  async function lend(to: Wallet, allowance: number, days = 90): Promise<void> {
    const terms = { allowance: BigInt(allowance), ceiling: BigInt(allowance * days), until: PERIOD + 2 };
    const once = { nonce: seedOf(`${allowance}`).subarray(0, 16), expires: START / 1_000 + 600 };
    const lent = { kind: 'card' as const, key: to.key, sponsor: publicKeyOf(NODE), ...terms, ...once };
    const verdict = await library.ledger.submit(
      encodeChecked(signTransaction<'card'>(library.ledger.chainId, lent, NODE)),
    );
    expect(verdict.kind).to.equal('accept');
  }

  const account = (wallet: Wallet) => json(get(library, '/api/account', historyFields(library, wallet)));

  it('is told to its key, with what it has today and until when', async () => {
    await lend(poor, 100);
    const until = (PERIOD + 3) * 30 * DAY_MS;
    const shown = { sponsor: toHex(publicKeyOf(NODE)), allowance: 100, ceiling: 9_000, credit: 1_000, until };
    expect((await account(poor)).card).to.deep.equal(shown);
    expect((await account(rich)).card).to.equal(null);
    library.advance(5 * DAY_MS);
    const read = await createClient({ url: library.url, now: () => START + 5 * DAY_MS }).account(poor, {
      expires: START / 1_000 + 5 * 86_400 + 600,
    });
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
      .download(poor, costly.hash)
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
