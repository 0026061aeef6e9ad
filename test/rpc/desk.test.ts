import { expect } from 'chai';
import { CALLS } from '../../api/calls.ts';
import { deskBody, deskText } from '../../api/desk-text.ts';
import { encodeChecked } from '../../chain/transaction/signing.ts';
import { createClient } from '../../client/client.ts';
import type { ClientError } from '../../client/client-error.ts';
import { parseAddress } from '../../core/address.ts';
import { hexToBytes, toHex, utf8 } from '../../core/bytes.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import { accept } from '../../core/verdict.ts';
import { Budget, type Requester } from '../../rpc/budget.ts';
import { DESK_LOOK_COST } from '../../rpc/costs.ts';
import { movingClock } from '../node/moving-clock.ts';
import { LogInMemory } from '../tracker/world.ts';
import { chainOf, expectProblem, type Fields, get, libraryOf, post, rpc } from './calls.ts';
import type { SyncWallet } from './sync-wallet.ts';
import { START, startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const ENDLESS = { pay: () => accept(), charge() {} };
const HASH = toHex(sha256(utf8('waits')));
/** Of what was shown. */
const MARK = '5e'.repeat(16);
const SHOWN = { mark: MARK };
const SOON = START / 1_000 + 600;

describe('the desk', () => {
  let library: TinyLibrary;
  let count = 0;
  const librarian = walletOf('librarian');

  beforeEach(async () => {
    library = await startLibrary({ budget: ENDLESS });
    wait(walletOf('reader'));
  });
  afterEach(async () => {
    expect(library.failures).to.deep.equal([]);
    await library.stop();
  });

  function wait(by: SyncWallet): void {
    const waits = { since: START, until: START + 1_000, sameSize: [], nearTitle: [], declinedBefore: false };
    const file = { hash: sha256(utf8('waits')), name: 'a book', size: 5n, brought: true, by: by.key };
    const mark = hexToBytes(MARK);
    library.review.waiting.push({ ...file, ...waits, mark });
  }

  function signed(
    method: string,
    params: Fields,
    wallet = librarian,
    expires = SOON,
    key = libraryOf(library),
  ): Fields {
    const nonce = sha256(utf8(`nonce ${count++}`)).slice(0, 16);
    const signed_hash = wallet.signDesk(chainOf(library), { library: key, method, params, nonce, expires });
    return { ...params, public_key: wallet.publicKey, nonce: toHex(nonce), expires, signed_hash };
  }
  const accepting = (wallet = librarian, expires = SOON) =>
    signed('desk_v1_review_accept', { hash: HASH, mark: MARK }, wallet, expires);

  it('is asked with one text that any program can make: names in order, no white space, nothing of the signature', () => {
    const params = { reason: 'é "1"\n', hash: 'ab', by: undefined, limit: 3, nonce: '00', signed_hash: '11' };
    const body = deskBody('desk_v1_review_decline', params);
    expect(body).to.equal(
      '{"method":"desk_v1_review_decline","params":{"hash":"ab","limit":3,"reason":"é \\"1\\"\\n"}}',
    );
    const hash = toHex(sha256(utf8(body)));
    const text = deskText({ chainId: 'cc', library: 'bb', body, key: 'dd', nonce: 'ee', expires: 7 });
    expect(text).to.equal(`digitallib:1:cc:desk:bb:${hash}:dd:ee:7`);
  });

  it('lets a librarian accept by HTTP and by JSON-RPC, and the SDK sign it', async () => {
    expect((await post(library, '/api/review-accept', accepting())).status).to.equal(200);
    wait(walletOf('reader'));
    const { result } = await rpc(library, 'desk_v1_review_accept', accepting());
    expect(result).to.deep.equal({ hash: HASH, by: walletOf('reader').publicKey });
    wait(walletOf('reader'));
    const desk = createClient({ url: library.url, now: () => START }).desk(
      librarian.wallet,
      libraryOf(library),
    );
    const page = await desk.reviewList();
    expect(page).to.deep.include({ total: 1, next: null });
    expect(page.waiting[0]).to.deep.include({ filename: 'a book', size: 5n, brought: true });
    await desk.reviewDecline(HASH, SHOWN, { reason: 'Seen before.' });
    expect(library.review.said).to.deep.equal([
      `accepted ${HASH}`,
      `accepted ${HASH}`,
      `declined Seen before. ${HASH}`,
    ]);
  });

  it('desk.not-a-librarian: refuses a key that is not listed, also when it was taken off the list just now', async () => {
    await expectProblem(
      await post(library, '/api/review-accept', accepting(walletOf('reader'))),
      'desk.not-a-librarian',
    );
    library.librarians = [];
    await expectProblem(await post(library, '/api/review-accept', accepting()), 'desk.not-a-librarian');
    expect(library.review.said).to.deep.equal([]);
  });

  it('desk.closed: has no librarians while their list cannot be read', async () => {
    library.librarians = undefined;
    await expectProblem(await post(library, '/api/review-accept', accepting()), 'desk.closed');
  });

  it('signature.wrong before the list is looked at: nobody learns whose keys stand there', async () => {
    for (const public_key of [librarian.publicKey, walletOf('reader').publicKey]) {
      const forged = { ...accepting(walletOf('richer')), public_key };
      await expectProblem(await post(library, '/api/review-accept', forged), 'signature.wrong');
    }
  });

  it('signature.wrong: what is signed is good for this call with these fields only', async () => {
    const declining = signed('desk_v1_review_decline', { hash: HASH, mark: MARK });
    await expectProblem(await post(library, '/api/review-accept', declining), 'signature.wrong');
    const with_reason = { ...signed('desk_v1_review_decline', { hash: HASH, mark: MARK }), reason: 'Bad.' };
    await expectProblem(await post(library, '/api/review-decline', with_reason), 'signature.wrong');
    const by = { ...accepting(), by: walletOf('reader').publicKey };
    await expectProblem(await post(library, '/api/review-accept', by), 'signature.wrong');
    expect(library.review.said).to.deep.equal([]);
  });

  it('signature.wrong: what is signed for one library is refused at another, where the same key is a librarian', async () => {
    const another = walletOf('another library').publicKey;
    const elsewhere = signed('desk_v1_review_accept', { hash: HASH, mark: MARK }, librarian, SOON, another);
    await expectProblem(await post(library, '/api/review-accept', elsewhere), 'signature.wrong');
    const desk = createClient({ url: library.url, now: () => START }).desk(librarian.wallet, another);
    const refused = await desk.reviewAccept(HASH, SHOWN).catch((error: unknown) => error);
    expect(refused).to.have.property('code', 'signature.wrong');
    expect(library.review.said).to.deep.equal([]);
    expect((await post(library, '/api/review-accept', accepting())).status).to.equal(200);
  });

  it('desk.repeated: takes a request once, by whatever door it comes again, and two at a time are one', async () => {
    wait(walletOf('richer'));
    const list = signed('desk_v1_review_list', {});
    const both = await Promise.all([1, 2].map(() => post(library, '/api/review-list', list)));
    expect(both.map(({ status }) => status).sort()).to.deep.equal([200, 409]);
    await expectProblem(await post(library, '/api/review-list', list), 'desk.repeated');
    await expectProblem(await get(library, '/api/review-list', list), 'desk.repeated');
    expect((await rpc(library, 'desk_v1_review_list', list)).error?.data.code).to.equal('desk.repeated');
  });

  it('request.expired and request.expires-too-far: is good for an hour at most', async () => {
    await expectProblem(
      await post(library, '/api/review-accept', accepting(librarian, START / 1_000 - 1)),
      'request.expired',
    );
    const far = (START + limits.deskLifeMs) / 1_000;
    await expectProblem(
      await post(library, '/api/review-accept', accepting(librarian, far + 1)),
      'request.expires-too-far',
    );
    expect((await post(library, '/api/review-accept', accepting(librarian, far))).status).to.equal(200);
  });

  it('request.expired: by the time of the last block, too, where the clock was set back', async () => {
    const old = accepting();
    library.advance(3_600_000);
    const registered = library.ports.sponsor.register(walletOf('new').key);
    expect((await library.ledger.submit(encodeChecked(registered))).kind).to.equal('accept');
    library.advance(-3_600_000);
    await expectProblem(await post(library, '/api/review-accept', old), 'request.expired');
  });

  it('page.foreign: is not for pages of other sites, signed or not, by GET or by POST', async () => {
    const evil = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' };
    const body = JSON.stringify(accepting());
    const headers = { ...evil, 'content-type': 'application/json' };
    const posted = await fetch(`${library.url}/api/review-accept`, { method: 'POST', headers, body });
    await expectProblem(posted, 'page.foreign');
    const list = signed('desk_v1_review_list', {}) as Record<string, string>;
    const url = `${library.url}/api/review-list?${new URLSearchParams(list)}`;
    await expectProblem(await fetch(url, { headers: evil }), 'page.foreign');
    const link = {
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    };
    await expectProblem(await fetch(url, { headers: link }), 'page.foreign');
    expect(library.review.said).to.deep.equal([]);
  });

  it('review.unknown and review.several: says so, and takes the one that is meant', async () => {
    wait(walletOf('richer'));
    const desk = createClient({ url: library.url, now: () => START }).desk(
      librarian.wallet,
      libraryOf(library),
    );
    const codeOf = (asked: Promise<unknown>) =>
      asked.then(
        () => 'done',
        (error) => (error as ClientError).code,
      );
    expect(await codeOf(desk.reviewAccept(HASH, SHOWN))).to.equal('review.several');
    expect(await codeOf(desk.reviewAccept(HASH, SHOWN, { by: walletOf('richer').publicKey }))).to.equal(
      'done',
    );
    expect(await codeOf(desk.reviewShow(HASH, { by: walletOf('richer').publicKey }))).to.equal(
      'review.unknown',
    );
  });

  it('review.changed: decides on nothing but what was shown, by every door, and asks each for what that was', async () => {
    const other = { hash: HASH, mark: '00'.repeat(16) };
    const changed = await post(library, '/api/review-accept', signed('desk_v1_review_accept', other));
    await expectProblem(changed, 'review.changed');
    const declining = signed('desk_v1_review_decline', other);
    expect((await rpc(library, 'desk_v1_review_decline', declining)).error?.data.code).to.equal(
      'review.changed',
    );
    const unseen = signed('desk_v1_review_accept', { hash: HASH });
    await expectProblem(await post(library, '/api/review-accept', unseen), 'request.missing-field');
    const operated = await library.server.operate('desk_v1_review_decline', { hash: HASH });
    expect(operated).to.have.nested.property('problem.type', 'request.missing-field');
    expect(library.review.said).to.deep.equal([]);
    const desk = createClient({ url: library.url, now: () => START }).desk(
      librarian.wallet,
      libraryOf(library),
    );
    await desk.reviewAccept(HASH, await desk.reviewShow(HASH));
    expect(library.review.said).to.deep.equal([`accepted ${HASH}`]);
  });

  it('leaves in the log who has decided what: a librarian by name and key, or the socket; and no invitation', async () => {
    const log = new LogInMemory();
    const decided = () => log.lines.filter((line) => !line.includes('a request was refused'));
    const other = await startLibrary({ budget: ENDLESS }, () => ({ log }), 1, { mode: 'desk' });
    try {
      other.review.waiting.push(...library.review.waiting);
      const desk = createClient({ url: other.url, now: () => START }).desk(
        librarian.wallet,
        libraryOf(other),
      );
      await desk.reviewList();
      await desk.reviewAccept(HASH, { mark: '00'.repeat(16) }).catch(() => undefined);
      expect(decided(), 'nothing was decided').to.deep.equal([]);
      await desk.reviewDecline(HASH, SHOWN, { reason: 'Seen before.' });
      await other.server.operate('desk_v1_card_give', { reader: walletOf('reader').publicKey });
      const { codes } = await desk.cardInvite({ count: 1, days: 7 });
      const [declined, given, invited] = decided();
      const ada = `Ada ${librarian.publicKey}`;
      expect(declined).to.equal(`decided at the desk review-decline ${ada} ${HASH} Seen before.`);
      expect(given).to.equal(`decided at the desk card-give socket ${walletOf('reader').publicKey}`);
      expect(invited).to.equal(`decided at the desk card-invite ${ada} 1 7`);
      expect(JSON.stringify(log.lines)).not.to.include(codes[0]);
    } finally {
      await other.stop();
    }
  });

  it('request.wrong-value: takes no reason that hides what it is', async () => {
    for (const reason of ['', ' x', 'two\nlines', 'a‮b']) {
      const fields = signed('desk_v1_review_decline', { hash: HASH, mark: MARK, reason });
      await expectProblem(await post(library, '/api/review-decline', fields), 'request.wrong-value');
    }
    const long = signed('desk_v1_review_decline', { hash: HASH, mark: MARK, reason: 'é'.repeat(121) });
    await expectProblem(await post(library, '/api/review-decline', long), 'request.too-long');
  });

  it('has each price paid by the librarian, and by whoever asks, a stranger too, what it takes to see who has signed', async () => {
    const paid: (readonly [string | undefined, number])[] = [];
    const counting = {
      pay({ librarian: by }: Requester, cost: number) {
        paid.push([by, cost]);
        return accept();
      },
      charge() {},
    };
    const other = await startLibrary({ budget: counting });
    try {
      await post(other, '/api/review-list', { ...signed('desk_v1_review_list', {}, walletOf('reader')) });
      expect(paid).to.deep.include([undefined, DESK_LOOK_COST]);
      expect(Math.max(...paid.map(([, cost]) => cost))).to.equal(DESK_LOOK_COST);
      await post(other, '/api/review-list', signed('desk_v1_review_list', {}));
      await rpc(other, 'desk_v1_review_list', signed('desk_v1_review_list', {}));
      const ofLibrarian = paid.filter(([by]) => by !== undefined);
      const price = [librarian.publicKey, CALLS['review-list'].cost];
      expect(ofLibrarian).to.deep.equal([price, price]);
      expect(paid.filter(([, cost]) => cost === DESK_LOOK_COST)).to.have.length(3);
    } finally {
      await other.stop();
    }
  });

  it('answers a librarian at a quiet address, whatever thirty others send in his name with wrong signatures', async () => {
    const budget = new Budget(movingClock());
    const other = await startLibrary({ budget, trustedProxies: 1 });
    const post = (from: string, path: string, body: unknown) => {
      const headers = { 'content-type': 'application/json', 'x-forwarded-for': from };
      return fetch(`${other.url}${path}`, { method: 'POST', headers, body: JSON.stringify(body) });
    };
    const strangers = Array.from({ length: 30 }, (_, index) => `10.0.${index}.1`);
    const forged = {
      ...signed('desk_v1_review_list', {}, walletOf('reader')),
      public_key: librarian.publicKey,
    };
    const call = { jsonrpc: '2.0', id: 1, method: 'desk_v1_review_list', params: forged };
    try {
      for (const from of strangers) await (await post(from, '/rpc', Array(75).fill(call))).arrayBuffer();
      // And whatever they could still have used up.
      for (const from of strangers.map(parseAddress)) {
        while (budget.pay({ from }, DESK_LOOK_COST).kind === 'accept');
      }
      await expectProblem(await post(strangers[0]!, '/api/review-list', forged), 'request.over-budget');
      for (let asked = 0; asked < 15; asked++) {
        const list = signed('desk_v1_review_list', {});
        const { status } = await post('10.9.9.9', '/api/review-list', list);
        expect(status, `request ${asked}`).to.equal(200);
      }
    } finally {
      await other.stop();
    }
  });

  it('request.method-not-allowed: does nothing at HEAD, and spends no nonce', async () => {
    const list = signed('desk_v1_review_list', {}) as Record<string, string>;
    const url = `${library.url}/api/review-list?${new URLSearchParams(list)}`;
    const headed = await fetch(url, { method: 'HEAD' });
    expect([headed.status, headed.headers.get('allow')]).to.deep.equal([405, 'GET, POST']);
    expect((await fetch(url)).status).to.equal(200);
  });

  it('asks the operator for no signature, and shows to no librarian where bytes lie', async () => {
    const shown = await library.server.operate('desk_v1_review_show', { hash: HASH });
    expect(shown).to.have.nested.property('result.path', '/archive/data');
    const desk = createClient({ url: library.url, now: () => START }).desk(
      librarian.wallet,
      libraryOf(library),
    );
    expect(await desk.reviewShow(HASH)).not.to.have.property('path');
    const wrong = await library.server.operate('desk_v1_review_show', { hash: HASH, public_key: HASH });
    expect(wrong).to.have.nested.property('problem.type', 'request.wrong-value');
    const other = await library.server.operate('node_v1_status', {});
    expect(other).to.have.nested.property('problem.type', 'request.not-found');
  });
});
