/** Pages in a real browser on the machine where a library runs: one of another site, and one that its operator lists. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { Wallet } from '../../client/wallet.ts';
import { CHROMIUM, FLAGS } from './fixtures/chromium.ts';
import { ForeignProcess } from './fixtures/foreign-process.ts';
import { newReader, newWallet } from './fixtures/reader.ts';
import { SingleLibrary } from './fixtures/single-library.ts';
import { skipIf } from './fixtures/skip.ts';

/** Both lead to this machine, as a rebound name would. */
const NAMES = ['evil.example', 'friend.example'];
const LEADS_HERE = `--host-resolver-rules=${NAMES.map((name) => `MAP ${name} 127.0.0.1`).join(', ')}`;

/** What a page tries; each key by another way. */
const WAYS = [
  'image',
  'script',
  'frame',
  'form',
  'plain',
  'opaque',
  'json',
  'batch',
  'beacon',
  'style',
  'video',
  'moved',
  'sandbox',
  'window',
  'ping',
  'worker',
] as const;
type Reading = 'status' | 'search' | 'rpc' | 'metrics' | 'account' | 'worker' | 'socket';
/** Of each: what the page could read of it. */
type Report = Readonly<Record<Reading, string>>;

describe('pages in a browser on the machine of a library', () => {
  let library: SingleLibrary;
  let site: Server;
  let sitePort: number;
  let owner: Wallet;
  let chain: string;
  let html = '';
  let heard: (report: Report) => void = () => {};

  before(async function () {
    skipIf(this, CHROMIUM === undefined ? 'Chromium is not installed' : undefined);
    site = createServer((request, response) => {
      if (request.url === '/moved') {
        request.resume();
        response.writeHead(307, { location: `${library.home.api}/api/register` });
        return void response.end();
      }
      if (request.url === '/worker.js') {
        response.setHeader('content-type', 'text/javascript');
        return void response.end(`(${worker})();`);
      }
      if (request.method !== 'POST') {
        response.setHeader('content-type', 'text/html');
        return void response.end(request.url === '/' ? html : '');
      }
      response.end();
      return void text(request).then((body) => heard(JSON.parse(body)));
    });
    await new Promise<void>((resolve) => site.listen(0, '127.0.0.1', resolve));
    sitePort = (site.address() as AddressInfo).port;
    library = await SingleLibrary.start('--allowed-origins', `http://friend.example:${sitePort}`);
    owner = await newReader(library.client);
    chain = (await library.client.status()).chain.id;
  });
  after(async () => {
    site?.closeAllConnections();
    site?.close();
    await library?.stop();
  });

  /** Opens the page under that name, and waits until it has tried everything. */
  async function open(name: string, keys: Readonly<Record<string, Wallet>>): Promise<Report> {
    html = await pageOf(keys);
    const reported = new Promise<Report>((resolve) => {
      heard = resolve;
    });
    // A page has a service worker where it came over TLS: here the browser is told to think so.
    const browser = start(
      `http://${name}:${sitePort}/`,
      `--unsafely-treat-insecure-origin-as-secure=http://${name}:${sitePort}`,
    );
    try {
      const ended = browser.exited().then(() => expect.fail(browser.output));
      return await Promise.race([reported, ended]);
    } finally {
      await browser.stop();
    }
  }

  function start(url: string, ...flags: readonly string[]): ForeignProcess {
    const profile = `--user-data-dir=${library.folder}/profile`;
    return new ForeignProcess(CHROMIUM!, [...FLAGS, LEADS_HERE, profile, ...flags, url], {
      HOME: library.folder,
    });
  }

  async function pageOf(keys: Readonly<Record<string, Wallet>>): Promise<string> {
    const { api, metricsPort } = library.home;
    const expires = Math.floor(Date.now() / 1_000) + 600;
    const signed = {
      public_key: owner.publicKey,
      expires: String(expires),
      signed_hash: await owner.signHistory(chain, expires),
    };
    const told = {
      api,
      metrics: `http://127.0.0.1:${metricsPort}/metrics`,
      account: `${api}/api/account?${new URLSearchParams(signed)}`,
      keys: Object.fromEntries(Object.entries(keys).map(([way, { publicKey }]) => [way, publicKey])),
    };
    return `<!doctype html><body><script type="module">
const { api, metrics, account, keys } = ${JSON.stringify(told)};
(${script})(api, metrics, account, keys);
</script>`;
  }

  const keysOf = (): Record<string, Wallet> => Object.fromEntries(WAYS.map((way) => [way, newWallet()]));
  async function registered(keys: Readonly<Record<string, Wallet>>): Promise<string[]> {
    const found: string[] = [];
    for (const [way, { publicKey }] of Object.entries(keys)) {
      if (await library.client.isRegistered(publicKey)) found.push(way);
    }
    return found;
  }

  it('page.foreign: one of another site registers nobody and reads nothing, but what its reader has signed', async () => {
    const keys = keysOf();
    const report = await open('evil.example', keys);
    expect(await registered(keys)).to.deep.equal([]);
    expect(report.status).to.include('"page.foreign"').and.not.to.include('height');
    expect(report.search).to.include('"page.foreign"');
    expect(report.rpc).to.include('"page.foreign"').and.not.to.include('height');
    expect(report.metrics).to.equal('nothing');
    expect(report.worker).to.include('"page.foreign"').and.not.to.include('height');
    expect(report.socket).to.equal('nothing');
    expect(report.account).to.include(`"public_key":"${owner.publicKey}"`).and.to.include('"tokens"');
  });

  it('page.foreign: one of another port of this machine is a page of another site', async () => {
    const keys = keysOf();
    const report = await open('127.0.0.1', keys);
    expect(await registered(keys)).to.deep.equal([]);
    expect(report.status).to.include('"page.foreign"').and.not.to.include('height');
    expect(report.rpc).to.include('"page.foreign"').and.not.to.include('height');
    expect(report.worker).to.include('"page.foreign"').and.not.to.include('height');
    expect(report.metrics).to.equal('nothing');
  });

  it('page.foreign: a link in a mail, or an address that is typed, registers nobody', async () => {
    const { publicKey } = newWallet();
    const browser = start(`${library.home.api}/api/register?public_key=${publicKey}`, '--dump-dom');
    expect(await browser.exited(), browser.output).to.equal(0);
    expect(browser.output).to.include('page.foreign');
    expect(await library.client.isRegistered(publicKey)).to.equal(false);
  });

  it('one that the operator lists reads and registers by fetch, and nothing else of it does', async () => {
    const keys = keysOf();
    const report = await open('friend.example', keys);
    expect(report.status).to.include('"height"');
    expect(report.search).to.equal('[]\n');
    expect(report.rpc).to.include('"height"');
    expect(report.worker).to.include('"height"');
    expect(report.metrics).to.equal('nothing');
    expect(await registered(keys)).to.deep.equal(['json', 'batch', 'moved', 'worker']);
  });

  it('host.foreign: one whose name was led to the library is told so, and nothing else', async () => {
    const { httpPort, metricsPort } = library.home;
    for (const [port, path] of [
      [httpPort, '/api/status'],
      [httpPort, `/api/register?public_key=${newWallet().publicKey}`],
      [metricsPort, '/metrics'],
    ] as const) {
      const browser = start(`http://evil.example:${port}${path}`, '--dump-dom');
      expect(await browser.exited(), browser.output).to.equal(0);
      expect(browser.output)
        .to.include('host.foreign')
        .and.not.to.match(/height|digitallib_|registered/);
    }
  });

  it('host.foreign: one whose name was led to the tracker is told so, even if it passes for a client', async () => {
    const { trackerPort } = library.home;
    for (const path of ['/announce/x', '/scrape/x']) {
      // A page may say so in Firefox. Over plain HTTP to a name a browser says nothing else of itself.
      const url = `http://evil.example:${trackerPort}${path}`;
      const browser = start(url, '--dump-dom', '--user-agent=Transmission/3.00');
      expect(await browser.exited(), browser.output).to.equal(0);
      expect(browser.output).to.include('host.foreign');
    }
  });
});

type PageElement = {
  src: string;
  name: string;
  innerHTML: string;
  onload: unknown;
  onerror: unknown;
  append(child: PageElement): void;
  submit(): void;
};
type Workers = {
  register(url: string): Promise<unknown>;
  readonly ready: Promise<{
    readonly active: { postMessage(message: unknown, ports: readonly Port[]): void };
  }>;
};
type Port = { postMessage(message: unknown): void; onmessage: (event: { readonly data: unknown }) => void };
type PageDocument = { readonly body: PageElement; createElement(tag: string): PageElement };

/** Runs as the service worker of the page. */
function worker(): void {
  type Message = { readonly data: { api: string; key: string }; readonly ports: readonly Port[] };
  const scope = globalThis as unknown as { onmessage: (message: Message) => void };
  scope.onmessage = async ({ data: { api, key }, ports }) => {
    const tried = (asking: Promise<unknown>): Promise<unknown> => asking.catch(() => undefined);
    const headers = { 'content-type': 'application/json' };
    const body = JSON.stringify({ public_key: key });
    await tried(fetch(`${api}/api/register`, { method: 'POST', headers, body }));
    await tried(fetch(`${api}/api/register?public_key=${key}`, { mode: 'no-cors' }));
    const told = await fetch(`${api}/api/status`).then(
      (response) => response.text(),
      () => 'nothing',
    );
    ports[0]!.postMessage(told);
  };
}

/** Runs in the page: it knows nothing of this file. */
async function script(
  api: string,
  metrics: string,
  account: string,
  keys: Readonly<Record<(typeof WAYS)[number], string>>,
): Promise<void> {
  const { document } = globalThis as unknown as { document: PageDocument };
  const navigator = globalThis.navigator as unknown as { sendBeacon(url: string, body: unknown): boolean };
  const register = (key: string): string => `${api}/api/register?public_key=${key}`;
  const body = (key: string): string => JSON.stringify({ public_key: key });
  const call = (method: string, params: object) => ({ jsonrpc: '2.0', id: 1, method, params });
  const json = { 'content-type': 'application/json' };
  const over = (element: { onload: unknown; onerror: unknown }): Promise<void> =>
    new Promise((resolve) => {
      element.onload = resolve;
      element.onerror = resolve;
    });
  const add = (tag: string, source: string): Promise<void> => {
    const element = document.createElement(tag);
    const done = over(element);
    element.src = source;
    document.body.append(element);
    return done;
  };
  const form = async (key: string): Promise<void> => {
    const frame = document.createElement('iframe');
    frame.name = 'target';
    document.body.append(frame);
    const element = document.createElement('form');
    Object.assign(element, { action: register(key), method: 'get', target: 'target' });
    element.innerHTML = `<input name="public_key" value="${key}">`;
    document.body.append(element);
    const done = over(frame);
    element.submit();
    await done;
  };
  const tried = (asking: Promise<unknown>): Promise<unknown> => asking.catch(() => undefined);
  const read = (url: string, init?: RequestInit): Promise<string> =>
    fetch(url, init).then(
      (response) => response.text(),
      () => 'nothing',
    );

  await add('img', register(keys.image));
  await add('script', register(keys.script));
  await add('iframe', register(keys.frame));
  await form(keys.form);
  await tried(fetch(`${api}/api/register`, { method: 'POST', mode: 'no-cors', body: body(keys.plain) }));
  await tried(fetch(register(keys.opaque), { mode: 'no-cors' }));
  await tried(fetch(`${api}/api/register`, { method: 'POST', headers: json, body: body(keys.json) }));
  const batch = JSON.stringify([call('library_v1_register', { public_key: keys.batch })]);
  await tried(fetch(`${api}/rpc`, { method: 'POST', headers: json, body: batch }));
  navigator.sendBeacon(`${api}/api/register`, new Blob([body(keys.beacon)], { type: 'text/plain' }));
  await add('video', register(keys.video));
  const style = document.createElement('link');
  const styled = over(style);
  Object.assign(style, { rel: 'stylesheet', href: register(keys.style) });
  document.body.append(style);
  await styled;
  await tried(fetch('/moved', { method: 'POST', headers: json, body: body(keys.moved) }));
  const sandbox = document.createElement('iframe');
  const asks = `fetch('${api}/api/register',${JSON.stringify({ method: 'POST', headers: json, body: body(keys.sandbox) })})`;
  const end = `.catch(()=>0).then(()=>parent.postMessage('','*'))`;
  Object.assign(sandbox, { sandbox: 'allow-scripts', srcdoc: `<script>${asks}${end}</${'script'}>` });
  const page = globalThis as unknown as {
    onmessage: unknown;
    open(url: string): unknown;
  };
  const sandboxed = new Promise((resolve) => {
    page.onmessage = resolve;
  });
  document.body.append(sandbox);
  await sandboxed;
  const link = document.createElement('a') as PageElement & { click(): void };
  Object.assign(link, { href: '#', ping: register(keys.ping) });
  document.body.append(link);
  link.click();
  page.open(register(keys.window));
  const socket = new Promise<string>((resolve) => {
    const opened = new WebSocket(`${api.replace('http', 'ws')}/api/status`);
    opened.onopen = () => resolve('open');
    opened.onerror = () => resolve('nothing');
  });
  const { serviceWorker } = globalThis.navigator as unknown as { serviceWorker: Workers };
  await serviceWorker.register('/worker.js');
  const { active } = await serviceWorker.ready;
  const heard = new MessageChannel() as unknown as { readonly port1: Port; readonly port2: Port };
  const worker = new Promise<string>((resolve) => {
    heard.port1.onmessage = ({ data }) => resolve(String(data));
  });
  active.postMessage({ api, key: keys.worker }, [heard.port2]);
  const status = JSON.stringify([call('node_v1_status', {})]);
  const report = {
    worker: await worker,
    socket: await socket,
    status: await read(`${api}/api/status`),
    search: await read(`${api}/api/search?query=`),
    rpc: await read(`${api}/rpc`, { method: 'POST', headers: json, body: status }),
    metrics: await read(metrics),
    account: await read(account),
  };
  await fetch('/', { method: 'POST', body: JSON.stringify(report) });
}
