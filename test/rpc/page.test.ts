/** A web page is a stranger: what it can send from wherever somebody looks at it changes nothing and reads nothing. */
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { account } from '../../chain/queries.ts';
import { bookOf, expectProblem, fetchFields, historyFields, postForm, uploadParts } from './calls.ts';
import type { SyncWallet } from './sync-wallet.ts';
import { startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

type Headers = Readonly<Record<string, string>>;

/** What browsers add to the requests of a page of another site. */
const FOREIGN: Readonly<Record<string, Headers>> = {
  'an image': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
  'a frame': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'iframe' },
  'a form that is sent': {
    'sec-fetch-site': 'cross-site',
    'sec-fetch-mode': 'navigate',
    origin: 'https://evil.example',
  },
  'a fetch': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: 'https://evil.example' },
  'a fetch of an older browser': { origin: 'https://evil.example' },
  'a frame in a sandbox': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors', origin: 'null' },
  'a page by a name that only looks like ours': { origin: 'http://tiny.example.evil.example' },
  'a page at another port of our name, by an older browser': { origin: 'http://tiny.example:9999' },
  'a page at another port of our name': { 'sec-fetch-site': 'same-site', origin: 'http://tiny.example:9999' },
  'an image on a page at another port': { 'sec-fetch-site': 'same-site', 'sec-fetch-mode': 'no-cors' },
  'a page of a neighbour under our domain': {
    'sec-fetch-site': 'same-site',
    'sec-fetch-mode': 'cors',
    origin: 'http://reading.tiny.example',
  },
};
/** What shows a person, or nobody, the answer; or a page that could send it by POST. */
const VISITS: Readonly<Record<string, Headers>> = {
  'an address that is typed, or a link in a mail': {
    'sec-fetch-site': 'none',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  },
  'a link at another port of our name': {
    'sec-fetch-site': 'same-site',
    'sec-fetch-mode': 'navigate',
    'sec-fetch-dest': 'document',
  },
  'an image on our own page': { 'sec-fetch-site': 'same-origin', 'sec-fetch-mode': 'no-cors' },
  'a link': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' },
  'an image of an older browser': { referer: 'https://evil.example/page' },
  'an image over plain HTTP, without a Referer': { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' },
};
const WELCOME: Readonly<Record<string, Headers>> = {
  curl: { 'user-agent': 'curl/8.14.1' },
  'our own page': { 'sec-fetch-site': 'same-origin', origin: 'http://tiny.example' },
  'our own page in an older browser': { origin: 'http://tiny.example', 'user-agent': 'Mozilla/5.0' },
  'our own page, which reads': { referer: 'http://tiny.example/', 'user-agent': 'Mozilla/5.0' },
  'a page that the operator lists': { 'sec-fetch-site': 'cross-site', origin: 'https://friend.example' },
};

describe('a web page of another site', () => {
  let library: TinyLibrary;
  const rich = walletOf('rich');
  const book = bookOf('book.txt');
  let next = 0;
  const fresh = (): SyncWallet => walletOf(`new ${next++}`);
  const isRegistered = ({ key }: SyncWallet): boolean => account(library.ledger.view(), key) !== undefined;

  beforeEach(async () => {
    library = await startLibrary();
    await postForm(library, uploadParts(library, rich, book));
  });
  afterEach(async () => {
    await library.stop();
    expect(library.failures).to.deep.equal([]);
  });

  /** As bytes: fetch would not send some of these headers. */
  async function ask(head: string, headers: Headers, body = ''): Promise<Response> {
    const { port, host } = library.server.address();
    const all = {
      host: 'tiny.example',
      connection: 'close',
      'content-length': String(body.length),
      ...headers,
    };
    const socket = connect(port, host);
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`${head} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
    const [top, ...rest] = (await text(socket)).split('\r\n\r\n');
    const [first, ...answered] = top!.split('\r\n');
    const pairs = answered.map((line) => line.split(/: (.*)/, 2) as [string, string]);
    return new Response(rest.join('\r\n\r\n'), { status: Number(first!.split(' ')[1]), headers: pairs });
  }

  const gets = (path: string, headers: Headers) => ask(`GET ${path}`, headers);
  const posts = (path: string, body: unknown, headers: Headers) =>
    ask(`POST ${path}`, { 'content-type': 'application/json', ...headers }, JSON.stringify(body));
  const call = (method: string, params: unknown, id = 1) => ({ jsonrpc: '2.0', id, method, params });
  type RpcAnswer = {
    readonly error?: { readonly data: { readonly code: string } };
    readonly result?: unknown;
  };

  for (const [what, headers] of Object.entries({ ...FOREIGN, ...VISITS })) {
    it(`page.foreign: registers nobody by ${what}`, async () => {
      const wallet = fresh();
      await expectProblem(
        await gets(`/api/register?public_key=${wallet.publicKey}`, headers),
        'page.foreign',
      );
      expect(isRegistered(wallet)).to.equal(false);
    });
  }

  for (const [what, headers] of Object.entries(FOREIGN)) {
    it(`page.foreign: neither changes nor reads anything without a signature by ${what}`, async () => {
      const wallet = fresh();
      const { publicKey } = wallet;
      await expectProblem(await posts('/api/register', { public_key: publicKey }, headers), 'page.foreign');
      for (const path of [
        'status',
        'search?query=',
        'members',
        'proposals',
        'evidence',
        `file/${book.hash}`,
      ]) {
        await expectProblem(await gets(`/api/${path}`, headers), 'page.foreign');
      }
      await expectProblem(await gets(`/api/account?public_key=${publicKey}`, headers), 'page.foreign');
      const inclusion = `/api/inclusion?transaction=${book.hash}&height=1`;
      await expectProblem(await gets(inclusion, headers), 'page.foreign');
      const register = call('library_v1_register', { public_key: publicKey });
      const one = (await (await posts('/rpc', register, headers)).json()) as RpcAnswer;
      expect(one.error?.data.code).to.equal('page.foreign');
      const batch = [register, call('node_v1_status', {}, 2)];
      const two = (await (await posts('/rpc', batch, headers)).json()) as RpcAnswer[];
      for (const { error } of two) expect(error?.data.code).to.equal('page.foreign');
      expect(isRegistered(wallet)).to.equal(false);
    });

    it(`is served what a reader has signed, by ${what}, alone and in a batch`, async () => {
      const owned = fetchFields(library, rich, book.hash);
      const query = new URLSearchParams(owned as Record<string, string>);
      const response = await gets(`/api/fetch?${query}`, headers);
      expect(response.status).to.equal(200);
      expect(response.headers.get('access-control-allow-origin')).to.equal('*');
      const own = await posts('/api/account', historyFields(library, rich), headers);
      expect(own.status).to.equal(200);
      const batch = [call('library_v1_fetch', owned, 1), call('node_v1_status', {}, 2)];
      const [first, second] = (await (await posts('/rpc', batch, headers)).json()) as RpcAnswer[];
      expect(first?.result).to.have.property('torrent');
      expect(second?.error?.data.code).to.equal('page.foreign');
    });
  }

  it('page.foreign: a form cannot pass for JSON', async () => {
    const wallet = fresh();
    const body = JSON.stringify({ public_key: wallet.publicKey });
    for (const type of ['text/plain', 'application/x-www-form-urlencoded']) {
      const headers = { 'content-type': type, 'user-agent': 'Mozilla/5.0' }; // as little as a browser may say
      const response = await ask('POST /api/register', headers, body);
      await expectProblem(response, 'request.wrong-content-type');
    }
    expect(isRegistered(wallet)).to.equal(false);
  });

  for (const [what, headers] of Object.entries(VISITS)) {
    it(`shows a person who follows a link what there is: ${what}`, async () => {
      expect((await gets('/api/status', headers)).status).to.equal(200);
    });
  }

  for (const [what, headers] of Object.entries(WELCOME)) {
    it(`is none of these, who register and read: ${what}`, async () => {
      const wallet = fresh();
      const { publicKey } = wallet;
      const registered = await posts('/api/register', { public_key: publicKey }, headers);
      expect(registered.status).to.equal(200);
      expect(isRegistered(wallet)).to.equal(true);
      expect((await gets('/api/status', headers)).status).to.equal(200);
      const answer = (await (await posts('/rpc', call('node_v1_status', {}), headers)).json()) as RpcAnswer;
      expect(answer.result).to.have.property('height');
    });
  }

  it('registers by GET for a program, and for no browser', async () => {
    for (const [what, headers] of Object.entries(WELCOME)) {
      const wallet = fresh();
      const response = await gets(`/api/register?public_key=${wallet.publicKey}`, headers);
      expect(isRegistered(wallet), what).to.equal(what === 'curl');
      if (what !== 'curl') await expectProblem(response, 'page.foreign');
    }
  });

  for (const host of [
    'evil.example',
    'evil.example:8645',
    'tiny.example.evil.example',
    '127.0.0.1.evil.example',
    '',
  ]) {
    it(`host.foreign: a page whose name was led here (“${host}”) has no answer to read`, async () => {
      const headers = { host, 'sec-fetch-site': 'same-origin', origin: `http://${host}` };
      const wallet = fresh();
      for (const path of [
        '/api/status',
        `/api/register?public_key=${wallet.publicKey}`,
        '/health',
        '/ready',
      ]) {
        await expectProblem(await gets(path, headers), 'host.foreign');
      }
      const answer = await posts('/rpc', call('node_v1_status', {}), headers);
      await expectProblem(answer, 'host.foreign');
      const form = { ...headers, 'content-type': 'multipart/form-data; boundary=b' };
      await expectProblem(await ask('POST /api/upload', form, '--b--\r\n'), 'host.foreign');
      expect(isRegistered(wallet)).to.equal(false);
    });
  }

  for (const host of [
    'localhost',
    'LOCALHOST:8645',
    '127.0.0.1:1',
    '[::1]:8645',
    '192.0.2.7',
    'tiny.example.',
    'Tiny.Example:80',
  ]) {
    it(`answers by its own names and by addresses, which nobody can lead elsewhere: ${host}`, async () => {
      expect((await gets('/health', { host })).status).to.equal(200);
    });
  }
});
