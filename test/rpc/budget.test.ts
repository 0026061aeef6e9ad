import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { expect } from 'chai';
import { CALLS, costOf } from '../../api/calls.ts';
import { type Address, parseAddress } from '../../core/address.ts';
import { limits } from '../../core/limits.ts';
import { accept, reject } from '../../core/verdict.ts';
import { Budget } from '../../rpc/budget.ts';
import { FILE_COST, LOOK_COST, torrentCost, UNKNOWN_COST } from '../../rpc/costs.ts';
import { type MovingClock, movingClock } from '../node/moving-clock.ts';
import { bookOf, expectProblem, get, post, postForm, type RpcAnswer, uploadParts } from './calls.ts';
import { startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const at = (text: string): Address => parseAddress(text)!;

describe('what clients may have done', () => {
  let clock: MovingClock;
  let budget: Budget;
  beforeEach(() => {
    clock = movingClock();
    budget = new Budget(clock);
  });

  /** How often this client gets what costs so much, in one go. */
  function drain(from: string, cost: number): number {
    let count = 0;
    while (budget.pay({ from: at(from) }, cost).kind === 'accept') count += 1;
    return count;
  }

  it('no ten networks exhaust it: who asks now and then is served, whatever others do', () => {
    for (let network = 0; network < 10; network++) {
      for (let host = 1; host < 250; host++) drain(`10.0.${network}.${host}`, 10);
    }
    expect(budget.pay({ from: at('10.1.0.1') }, CALLS.search.cost).kind).to.equal('accept');
    for (let second = 0; second < 60; second++) {
      clock.pass(1_000);
      for (let network = 0; network < 10; network++) drain(`10.0.${network}.7`, 10);
      expect(budget.pay({ from: at('10.1.0.1') }, CALLS.search.cost).kind, `second ${second}`).to.equal(
        'accept',
      );
    }
  });

  it('gives back with time, and no more than one may have saved', () => {
    drain('10.0.0.1', 10);
    expect(budget.pay({ from: at('10.0.0.1') }, 10).kind).to.equal('reject');
    clock.pass(4_000);
    const given = 4 * (limits.callsOwnPerSecond + limits.callsBeyondPerSecond);
    expect(drain('10.0.0.1', 10)).to.equal(Math.floor(given / 10));
    clock.pass(86_400_000);
    expect(drain('10.0.0.1', 10)).to.equal((limits.callsOwnMax + limits.callsBeyondMax) / 10);
  });

  it('a key that has paid has a bucket of its own, wherever it is, and a page of another site has no part in it', () => {
    drain('10.0.0.1', 5);
    for (let network = 1; network <= 10; network++) drain(`10.0.${network}.1`, 5);
    const payer = { from: at('10.0.0.1'), reader: 'ab' };
    expect(budget.pay({ from: at('10.0.0.1') }, 5).kind).to.equal('reject');
    expect(budget.pay({ ...payer, byPage: true }, 5).kind).to.equal('reject');
    for (let spent = 0; spent < limits.callsReaderMax; spent += 5) {
      expect(budget.pay(payer, 5).kind).to.equal('accept');
    }
    expect(budget.pay(payer, 5).kind).to.equal('reject');
    expect(budget.pay({ ...payer, reader: 'cd' }, 5).kind).to.equal('accept');
  });

  it('takes what a search has cost beyond its price, of the client and its network, into debt and no deeper than they may save', () => {
    const payer = { from: at('10.0.0.1') };
    const neighbour = { from: at('10.0.0.2') };
    for (let network = 1; network <= 40; network++) drain(`10.1.${network}.1`, 10); // the bucket is empty
    expect(budget.pay(payer, 5).kind).to.equal('accept');
    budget.charge(payer, limits.callsOwnMax + 5);
    expect(budget.pay(payer, 5).kind, 'it owes 10').to.equal('reject');
    expect(budget.pay(neighbour, 5).kind, 'the network has the rest of its own').to.equal('accept');
    clock.pass(1_000);
    for (let network = 1; network <= 40; network++) drain(`10.1.${network}.1`, 10);
    expect(budget.pay(payer, 5).kind, 'a second has paid that').to.equal('reject');
    clock.pass(500);
    expect(budget.pay(payer, 5).kind).to.equal('accept');
    budget.charge(payer, 1_000_000);
    expect(budget.pay(neighbour, 5).kind).to.equal('reject');
    const longestMs = (1_000 * limits.callsNetworkMax) / limits.callsNetworkPerSecond;
    for (let passed = 0; passed <= longestMs; passed += 1_000) {
      clock.pass(1_000);
      for (let network = 1; network <= 40; network++) drain(`10.1.${network}.1`, 10);
    }
    expect(budget.pay(neighbour, 5).kind).to.equal('accept');
  });

  it('takes it from the key that has paid, where one has, and from nobody else', () => {
    const reader = { from: at('10.0.0.1'), reader: 'ab' };
    budget.charge(reader, limits.callsReaderMax);
    clock.pass(1_000);
    const own = (limits.callsOwnMax + limits.callsBeyondMax) / 10;
    expect(drain('10.0.0.1', 10)).to.equal(Math.floor(own));
    expect(budget.pay(reader, limits.callsReaderPerSecond).kind).to.equal('accept');
    expect(budget.pay(reader, 1).kind).to.equal('reject');
  });

  it('counts a /24 and a /56 as one hand', () => {
    for (let host = 1; host < 200; host++) drain(`10.0.0.${host}`, 10);
    expect(budget.pay({ from: at('10.0.0.201') }, 10).kind).to.equal('reject');
    for (let host = 0; host < 200; host++) drain(`2001:db8:0:${host.toString(16)}::1`, 10);
    expect(budget.pay({ from: at('2001:db8:0:fe::1') }, 10).kind).to.equal('reject');
    expect(budget.pay({ from: at('2001:db8:1::1') }, 10).kind).to.equal('accept');
  });
});

describe('what a page of another site may have done', () => {
  let library: TinyLibrary;
  beforeEach(async () => {
    library = await startLibrary();
  });
  afterEach(() => library.stop());

  const PAGE = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: 'https://evil.example' };
  const FRAME = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' };
  const LINK = { ...FRAME, 'sec-fetch-dest': 'document' };
  const INCLUSION = `/api/inclusion?transaction=${'00'.repeat(32)}&height=1`;
  const forged = new URLSearchParams({
    ...{ hash: bookOf('any').hash, public_key: 'ab'.repeat(32) },
    ...{ signed_hash: 'cd'.repeat(64), expires: '1700000600' },
  });
  const most = Math.floor((limits.callsOwnMax + limits.callsBeyondMax) / (CALLS.inclusion.cost + LOOK_COST));

  /** As bytes: fetch would not send these headers. @returns the statuses. */
  async function asks(count: number, path: string, headers: object, body?: unknown): Promise<Set<number>> {
    const { host, port } = library.server.address();
    const method = body === undefined ? 'GET' : 'POST';
    const statuses = new Set<number>();
    for (let i = 0; i < count; i++) {
      const asking = request({ host, port, path, method, headers: { ...headers } });
      asking.end(body && JSON.stringify(body));
      const [answer] = (await once(asking, 'response')) as [IncomingMessage];
      statuses.add(answer.resume().statusCode!);
      await once(answer, 'end');
    }
    return statuses;
  }

  /** Somebody at the same address has all of his own: as many calls as ever. */
  async function expectWhole(): Promise<void> {
    expect([...(await asks(most, INCLUSION, {}))]).to.deep.equal([404]);
  }

  it('page.foreign: costs the reader who sits there nothing, however often it asks', async () => {
    expect([...(await asks(2 * most, INCLUSION, PAGE))]).to.deep.equal([403]);
    expect([...(await asks(2 * most, INCLUSION, FRAME))]).to.deep.equal([403]);
    await expectWhole();
  });

  it('comes out of another bucket when it is served: links, signatures that do not hold, bodies', async () => {
    const links = await asks(2 * most, INCLUSION, LINK);
    expect([...links]).to.deep.equal([404, 429]);
    await asks(100, `/api/fetch?${forged}`, PAGE);
    const call = { jsonrpc: '2.0', id: 1, method: 'library_v1_inclusion', params: {} };
    await asks(30, '/rpc', { ...PAGE, 'content-type': 'application/json' }, Array(100).fill(call));
    await expectWhole();
  });
});

describe('what a search costs', () => {
  it('more for more results, and nothing more for what is no number', () => {
    expect(costOf('search', { query: 'a' })).to.equal(CALLS.search.cost);
    expect(costOf('search', { query: 'a', limit: limits.searchResultsDefault })).to.equal(CALLS.search.cost);
    for (const limit of [limits.searchResultsMax, String(limits.searchResultsMax), 1e9]) {
      expect(costOf('search', { query: 'a', limit })).to.be.closeTo(
        2 * CALLS.search.cost,
        CALLS.search.cost / 10,
      );
    }
    for (const limit of [-1, 'many', Number.NaN, {}, null]) {
      expect(costOf('search', { query: 'a', limit })).to.equal(CALLS.search.cost);
    }
    for (const fields of [undefined, null, 'limit', 7])
      expect(costOf('search', fields)).to.equal(CALLS.search.cost);
  });
});

describe('calls that are paid for', () => {
  let library: TinyLibrary;
  beforeEach(async () => {
    library = await startLibrary();
  });
  afterEach(() => library.stop());

  const batch = (count: number) =>
    Array.from({ length: count }, (_, id) => {
      return { jsonrpc: '2.0', id, method: 'library_v1_search', params: { query: 'a b c' } };
    });

  it('request.over-budget: a batch pays for all of its calls, before the first', async () => {
    const refusal = async () => ((await (await post(library, '/rpc', batch(100))).json()) as RpcAnswer).error;
    const answered: unknown[] = [];
    for (let error = await refusal(); error === undefined; error = await refusal()) answered.push(error);
    expect(answered.length * 100 * CALLS.search.cost).to.be.at.most(
      limits.callsOwnMax + limits.callsBeyondMax,
    );
    const refused = await refusal();
    expect(refused?.data).to.include({ code: 'request.over-budget', status: 429 });
    library.advance(30_000);
    expect(await refusal()).to.equal(undefined);
  });

  it('request.over-budget: a single call, in the same words', async () => {
    const most = Math.floor(
      (limits.callsOwnMax + limits.callsBeyondMax) / (CALLS.inclusion.cost + LOOK_COST),
    );
    const fields = { transaction: '00'.repeat(32), height: 1 };
    for (let i = 0; i < most; i++) await (await get(library, '/api/inclusion', fields)).arrayBuffer();
    await expectProblem(await get(library, '/api/inclusion', fields), 'request.over-budget');
  });

  it('request.over-budget: what is no call costs a little, in a batch as well', async () => {
    const answers: (RpcAnswer | readonly RpcAnswer[])[] = [];
    const asks = async () => (await post(library, '/rpc', Array(100).fill(7))).json() as Promise<RpcAnswer>;
    const most = (limits.callsOwnMax + limits.callsBeyondMax) / (100 * UNKNOWN_COST);
    for (let i = 0; i <= most; i++) answers.push(await asks());
    expect((answers.at(-1) as RpcAnswer).error?.data).to.include({ code: 'request.over-budget' });
  });

  it('request.over-budget: what is brought costs more than the claim of it, and a torrent by its length as well', async () => {
    const paid: number[] = [];
    let most = 2;
    const pay = (_: unknown, cost: number) =>
      paid.push(cost) > most ? reject('request.over-budget') : accept();
    const other = await startLibrary({ budget: { pay, charge() {} } });
    try {
      const before = other.archive.kept.size;
      const parts = uploadParts(other, walletOf('rich'), bookOf('a book'));
      await expectProblem(await postForm(other, parts), 'request.over-budget');
      const torrent = new File(['torrent 77 own.txt'.padEnd(8_192)], 'x.torrent');
      [paid.length, most] = [0, 3];
      await expectProblem(await postForm(other, parts.with(3, ['torrent', torrent])), 'request.over-budget');
      expect(paid).to.deep.equal([LOOK_COST, CALLS.upload.cost, FILE_COST, torrentCost(8_192)]);
      expect(other.archive.kept.size).to.equal(before);
    } finally {
      await other.stop();
    }
  });

  it('every call has a cost', () => {
    for (const { cost } of Object.values(CALLS)) expect(cost).to.be.above(0);
  });
});
