import { once } from 'node:events';
import { get as httpGet } from 'node:http';
import { connect, type Socket } from 'node:net';
import bencode from 'bencode';
import { Client } from 'bittorrent-tracker';
import { expect } from 'chai';
import { type Bytes, hexToBytes, toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { announceUrl } from '../../torrent/announce-url.ts';
import { HttpTrackerServer } from '../../tracker/http/server.ts';
import { createTracker, type Tracker } from '../../tracker/tracker.ts';
import { eventually } from '../node/eventually.ts';
import {
  announceQuery,
  CHAIN_ID,
  fileHash,
  identity,
  infoHash,
  LogInMemory,
  ManualClock,
  NO_NAMES,
  percent,
  RightsInMemory,
} from './world.ts';

const library = identity(1);
const reader = identity(2);
const other = identity(4);
const file = fileHash(3);

describe('the tracker over HTTP', () => {
  let rights: RightsInMemory;
  let clock: ManualClock;
  let log: LogInMemory;
  let tracker: Tracker;
  let base: string;

  beforeEach(async () => {
    rights = new RightsInMemory();
    rights.members.add(toHex(library.key));
    rights.files.set(toHex(file), [infoHash(7), infoHash(8)]);
    rights.grant(reader.key, file, 'reader');
    rights.grant(other.key, file, 'reader');
    clock = new ManualClock();
    log = new LogInMemory();
    const names = { isOwn: (name: string) => name === 'tracker.example' };
    const ports = { rights, names, clock, log, identity: library };
    tracker = createTracker(ports, { chainId: CHAIN_ID, host: '127.0.0.1', port: 0 });
    await tracker.start();
    base = `http://127.0.0.1:${tracker.port()}`;
  });

  afterEach(async () => {
    await tracker.stop();
    expect(clock.waiting).to.equal(0);
  });

  async function get(path: string): Promise<{ status: number; reply: { [key: string]: unknown } }> {
    const response = await fetch(base + path);
    const body = new Uint8Array(await response.arrayBuffer());
    const reply = response.status === 200 ? bencode.decode(body) : {};
    return { status: response.status, reply: reply as { [key: string]: unknown } };
  }

  /** With headers that fetch would not send. */
  async function asked(path: string, headers: object): Promise<{ [key: string]: unknown }> {
    const asking = httpGet(base + path, { agent: false, headers: { ...headers } });
    const [response] = await once(asking, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return bencode.decode(Buffer.concat(chunks)) as { [key: string]: unknown };
  }

  /** As a client behind a proxy asks. */
  async function absolute(target: string): Promise<{ status: number | undefined; body: Buffer }> {
    const asked = httpGet({ host: '127.0.0.1', port: tracker.port(), path: target, agent: false });
    const [response] = await once(asked, 'response');
    const chunks: Buffer[] = [];
    for await (const chunk of response) chunks.push(chunk);
    return { status: response.statusCode, body: Buffer.concat(chunks) };
  }

  /** As it is, to its last byte. The connection ends when its answer is there. */
  async function raw(request: string): Promise<string> {
    const socket = connect(tracker.port(), '127.0.0.1').setEncoding('latin1');
    socket.write(request);
    let answer = '';
    for await (const chunk of socket) answer += chunk;
    return answer;
  }

  function reason(reply: { [key: string]: unknown }): string {
    return Buffer.from((reply['failure reason'] ?? new Uint8Array(0)) as Uint8Array).toString();
  }

  for (const [what, headers] of Object.entries({
    'a fetch': { origin: 'http://evil.example', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' },
    'an image': { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'image' },
    'a page at another port': { 'sec-fetch-site': 'same-site' },
    'a page whose name was led here': { 'sec-fetch-site': 'same-origin', host: 'evil.example' },
    'a fetch of an older browser': { origin: 'null' },
    'an image of an older browser': { referer: 'http://evil.example/' },
    'an image over plain HTTP, without a Referer': { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64)' },
  })) {
    it(`page.foreign: puts no visitor of a page into a swarm, by ${what}`, async () => {
      const pass = tracker.issuePass(reader.key, file);
      const wanted: unknown[] = [];
      tracker.onWanted((want) => wanted.push(want) === 0);
      const announced = await asked(`/announce/${pass}?${announceQuery(infoHash(7))}`, headers);
      expect(reason(announced)).to.include('page.foreign');
      const scraped = await asked(`/scrape/${pass}?info_hash=${percent(infoHash(7))}`, headers);
      expect(reason(scraped)).to.include('page.foreign').and.to.equal(reason(announced));
      expect(tracker.size()).to.deep.equal({ swarms: 0, peers: 0 });
      expect(wanted).to.deep.equal([]);
    });
  }

  // As Firefox 128 sends it over plain HTTP: a page may set its User-Agent and send no Referer.
  const OF_FIREFOX =
    'User-Agent: Transmission/3.00\r\nAccept: */*\r\nAccept-Language: en-US,en;q=0.5\r\n' +
    'Accept-Encoding: gzip, deflate\r\nConnection: close\r\nPriority: u=4\r\n';
  for (const host of [
    'evil.example',
    'evil.example:6969',
    'tracker.example.evil.example',
    '127.0.0.1.evil.example',
    '',
  ]) {
    it(`host.foreign: a page whose name was led here passes for no client (“${host}”)`, async () => {
      const pass = tracker.issuePass(reader.key, file);
      for (const path of [
        `/announce/${pass}?${announceQuery(infoHash(7))}`,
        `/scrape/${pass}?info_hash=${percent(infoHash(7))}`,
      ]) {
        const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\n${OF_FIREFOX}\r\n`);
        expect(answer)
          .to.match(/^HTTP\/1\.1 200 .*\(host\.foreign\)/s)
          .and.not.to.include('5:peers');
      }
      expect(tracker.size()).to.deep.equal({ swarms: 0, peers: 0 });
    });
  }

  it('host.foreign: does not hide behind a name that is ours', async () => {
    const path = `/announce/${tracker.issuePass(reader.key, file)}?${announceQuery(infoHash(7))}`;
    const hosts = 'Host: 127.0.0.1\r\nHost: evil.example\r\n';
    expect(await raw(`GET ${path} HTTP/1.1\r\n${hosts}${OF_FIREFOX}\r\n`)).to.include('(host.foreign)');
  });

  it('serves a client by whatever the announce URL calls this library, and one that names no host', async () => {
    const path = `/announce/${tracker.issuePass(reader.key, file)}?${announceQuery(infoHash(7))}`;
    for (const host of [
      '127.0.0.1',
      `127.0.0.1:${tracker.port()}`,
      '192.0.2.7:6969',
      '[2001:db8::1]:6969',
      'localhost:6969',
      'tracker.example',
      'Tracker.Example.:443',
    ]) {
      const answer = await raw(`GET ${path} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`);
      expect(answer, host).to.include('8:interval');
    }
    expect(await raw(`GET ${path} HTTP/1.0\r\nUser-Agent: uTorrent/2210\r\n\r\n`)).to.include('8:interval');
  });

  it('lets in clients that are built on the fetch of Node', async () => {
    const pass = tracker.issuePass(reader.key, file);
    const headers = { 'sec-fetch-mode': 'cors', 'user-agent': 'node' };
    const reply = await asked(`/announce/${pass}?${announceQuery(infoHash(7))}`, headers);
    expect(reply.incomplete).to.equal(1);
  });

  it('serves /announce/<pass> and /scrape/<pass>, and nothing else', async () => {
    const pass = tracker.issuePass(reader.key, file);
    const query = announceQuery(infoHash(7), { left: 0 });
    expect((await get(`/announce/${pass}?${query}`)).reply.complete).to.equal(1);
    expect((await get(`/scrape/${pass}?info_hash=${percent(infoHash(7))}`)).reply).to.have.key('files');
    expect(tracker.stats(file)).to.deep.equal({ seeders: 1, leechers: 0 });
    expect(tracker.size()).to.deep.equal({ swarms: 1, peers: 1 });
    for (const path of ['/announce', '/announce/', '/scrape', '/scrape?info_hash=x']) {
      expect(reason((await get(path)).reply), path).to.include('pass.missing');
    }
    for (const path of [
      '/',
      '/stats',
      '/announcer',
      `/${pass}/announce`,
      `/announce/${pass}/x`,
      '//announce',
    ]) {
      expect((await get(path)).status, path).to.equal(404);
    }
    expect((await fetch(announceUrl(base, pass), { method: 'POST', body: 'x' })).status).to.equal(404);
    expect(log.lines.join()).not.to.include(pass);
  });

  it('answers the absolute form of a request target (RFC 9112)', async () => {
    const pass = tracker.issuePass(reader.key, file);
    const path = `/announce/${pass}?${announceQuery(infoHash(7))}`;
    for (const target of [`http://tracker.example${path}`, `HTTPS://tracker.example:443${path}`, path]) {
      const answer = await absolute(target);
      expect(answer.status, target).to.equal(200);
      expect(answer.body.toString('latin1'), target).to.include('8:interval');
    }
  });

  it('announce.malformed: a URL that is too long', async () => {
    const pass = tracker.issuePass(reader.key, file);
    const { reply } = await get(`/announce/${pass}?${announceQuery(infoHash(7))}&x=${'y'.repeat(4096)}`);
    expect(reason(reply)).to.include('announce.malformed');
  });

  it('goes on after what ends other trackers, and after noise', async () => {
    const pass = tracker.issuePass(reader.key, file);
    const good = announceQuery(infoHash(7));
    const requests = [
      `GET /announce/${pass}?${good}&socket=1 HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      `GET /announce/${pass}?${announceQuery(infoHash(7), { event: 'stopped' })}&socket=1 HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      'GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n{"action":"scrape","info_hash":5}{"action":"announce","offers":[null]}',
      `GET /scrape/${pass} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      `GET /announce/${'A'.repeat(20_000)} HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      `GET /announce/${pass}?info_hash=\x00\xff%00&peer_id[]=1&__proto__=1 HTTP/1.1\r\nHost: localhost\r\n\r\n`,
      'CONNECT x:1 HTTP/1.1\r\nHost: localhost\r\n\r\n',
      'GET',
      '\x00\x00\x04\x17\x27\x10\x19\x80\x00\x00\x00\x00',
      'POST /announce HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
    ];
    for (const request of requests) await send(request);
    expect((await get(`/announce/${pass}?${good}`)).reply.incomplete).to.equal(1);
  });

  it('closes further connections of one client that holds its share, and serves another one', async () => {
    const port = tracker.port();
    const held = Array.from({ length: limits.trackerPerAddressMax }, () => connect(port, '127.0.0.1'));
    try {
      await Promise.all(held.map((socket) => once(socket, 'connect')));
      const ask = { host: '127.0.0.1', port, path: '/announce', agent: false };
      const refused = once(httpGet(ask), 'response');
      expect(
        await refused.then(
          () => 'an answer',
          () => 'none',
        ),
      ).to.equal('none');
      const [answer] = await once(httpGet({ ...ask, localAddress: '127.0.0.2' }), 'response');
      expect(answer.resume().statusCode).to.equal(200);
    } finally {
      for (const socket of held) socket.destroy();
    }
  });

  it('serves a buyer while ten networks hold all the connections that they get', async () => {
    const port = tracker.port();
    const held: Socket[] = [];
    try {
      for (let network = 1; network <= 10; network++) {
        const batch = Array.from({ length: limits.trackerPerNetworkMax + 10 }, (_, host) =>
          connect({ port, host: '127.0.0.1', localAddress: `127.1.${network}.${(host % 250) + 1}` }),
        );
        for (const socket of batch) socket.on('error', () => undefined);
        held.push(...batch);
        await Promise.all(batch.map((socket) => once(socket, 'connect')));
      }
      const pass = tracker.issuePass(reader.key, file);
      const path = `/announce/${pass}?${announceQuery(infoHash(7))}`;
      const [answer] = await once(
        httpGet({ host: '127.0.0.1', port, path, agent: false, localAddress: '127.2.0.1' }),
        'response',
      );
      expect(answer.resume().statusCode).to.equal(200);
      expect(tracker.stats(file).leechers).to.equal(1);
      // None of them is idle in the eyes of the tracker: its clock stands.
      const open = held.filter((socket) => !socket.closed && !socket.readableEnded);
      expect(open.length).to.be.at.least(10 * limits.trackerPerNetworkMax);
    } finally {
      for (const socket of held) socket.destroy();
    }
  });

  it('outlives a mistake of ours in making an answer, at once or later, and says it aloud', async () => {
    const log = new LogInMemory();
    const handlers = {
      announce: () => Promise.reject(new Error('later')),
      scrape: (): never => {
        throw new Error('at once');
      },
    };
    const ports = { log, clock: new ManualClock(), names: NO_NAMES };
    const broken = new HttpTrackerServer(handlers, ports, { host: '127.0.0.1', port: 0 });
    await broken.start();
    try {
      for (const page of ['announce', 'scrape']) {
        const outcome = await fetch(`http://127.0.0.1:${broken.port()}/${page}/pass?x`).catch(
          () => 'broken off',
        );
        expect(outcome).to.equal('broken off');
      }
      expect(log.lines.filter((line) => line.includes('a mistake'))).to.have.length(2);
    } finally {
      await broken.stop();
    }
  });

  it('counts requests under way by the client that a proxy of the operator names', async () => {
    const waiting: ((body: Bytes) => void)[] = [];
    const handlers = {
      announce: () => new Promise<Bytes>((resolve) => waiting.push(resolve)),
      scrape: () => new Uint8Array(0),
    };
    const behind = new HttpTrackerServer(
      handlers,
      { log, clock, names: NO_NAMES },
      { host: '127.0.0.1', port: 0, trustedProxies: 1 },
    );
    await behind.start();
    const proxies: Socket[] = [];
    let answers = '';
    /** Over a connection of its own. */
    const asks = (client: string): void => {
      const proxy = connect(behind.port(), '127.0.0.1');
      proxies.push(proxy);
      proxy.on('data', (chunk) => {
        answers += chunk.toString('latin1');
      });
      proxy.write(`GET /announce HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ${client}\r\n\r\n`);
    };
    const count = (text: string) => answers.split(text).length - 1;
    const most = limits.trackerPerAddressMax;
    try {
      for (let i = 0; i < most + 5; i++) asks('192.0.2.1');
      await eventually(() => waiting.length === most && count('(tracker.full)') === 5);
      asks('198.51.100.1');
      await eventually(() => waiting.length === most + 1);
      for (const answer of waiting.splice(0)) answer(new Uint8Array(0));
      await eventually(() => count('HTTP/1.1 200') === most + 6);
      asks('192.0.2.1');
      await eventually(() => waiting.length === 1); // given back
    } finally {
      for (const proxy of proxies) proxy.destroy();
      await behind.stop();
    }
  });

  function send(request: string): Promise<void> {
    return new Promise((resolve) => {
      const socket = connect(tracker.port(), '127.0.0.1');
      socket.on('error', () => {});
      socket.on('data', () => socket.end());
      socket.on('close', () => resolve());
      socket.end(Buffer.from(request, 'latin1'));
    });
  }

  // (It cannot scrape: it looks for "announce" behind the last slash only. libtorrent replaces the first.)
  it('serves the client of bittorrent-tracker: announce, peers, refusal', async () => {
    const clients: Client[] = [];
    const join = (pass: string, id: string, port: number) => {
      const peerId = hexToBytes(id.repeat(20));
      const announce = [announceUrl(base, pass)];
      const client = new Client({ infoHash: infoHash(7), peerId, announce, port, wrtc: false });
      clients.push(client);
      return client;
    };
    try {
      const seed = join(tracker.issuePass(reader.key, file), 'a1', 7001);
      await heard(seed, 'update', () => seed.start({ left: 0 }));
      const leech = join(tracker.issuePass(other.key, file), 'b2', 7002);
      expect(await heard(leech, 'peer', () => leech.start({ left: 9 }))).to.equal('127.0.0.1:7001');
      const stranger = join(tracker.issuePass(identity(5).key, file), 'c3', 7003);
      const warning = (await heard(stranger, 'warning', () => stranger.start({ left: 9 }))) as Error;
      expect(warning.message).to.equal('This key has not bought the file. (right.missing)');
    } finally {
      await Promise.all(clients.map((client) => new Promise<void>((resolve) => client.destroy(resolve))));
    }
  });

  function heard(client: Client, event: string, act: () => void): Promise<unknown> {
    return new Promise((resolve) => {
      client.once(event, resolve);
      act();
    });
  }
});
