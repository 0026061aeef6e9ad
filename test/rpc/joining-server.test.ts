/** A library that joins has no ledger yet, and the same strangers at its door. */
import { once } from 'node:events';
import { request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import type { Door } from '../../rpc/door.ts';
import { createJoiningServer } from '../../rpc/joining-server.ts';
import { silentLog } from '../catalogue/silent-log.ts';
import { eventually } from '../e2e/fixtures/eventually.ts';
import { type MovingClock, movingClock } from '../node/moving-clock.ts';

const JOINING = { phase: 'pages', height: 20_000, percent: 7 };
const NETWORKS = 10;

type Answered = {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly body: Record<string, unknown>;
};

describe('the page of a library that joins', () => {
  let clock: MovingClock;
  let door: Door;
  const held: Socket[] = [];
  const failures: Error[] = [];

  async function open(trustedProxies = 0): Promise<void> {
    clock = movingClock();
    const names = {
      isOwn: (host: string) => host === 'tiny.example',
      isListed: (origin: string) => origin === 'https://friend.example',
    };
    const fail = (error: Error): void => void failures.push(error);
    const ports = { names, clock, log: silentLog, fail, version: '1.2.3', joining: () => JOINING };
    door = createJoiningServer(ports, { host: '127.0.0.1', port: 0, trustedProxies });
    await door.start();
  }
  beforeEach(() => open());
  afterEach(async () => {
    for (const socket of held.splice(0)) socket.destroy();
    await door.stop();
    expect(failures).to.deep.equal([]);
  });

  type Asked = { readonly headers?: object; readonly method?: string; readonly localAddress?: string };
  /** Over a connection of its own. */
  async function ask(path: string, asked: Asked = {}): Promise<Answered> {
    const { headers = {}, method = 'GET', localAddress = '127.0.0.1' } = asked;
    const { host, port } = door.address();
    const outgoing = request({
      ...{ host, port, path, method, localAddress, agent: false },
      headers: { ...headers },
    }).end();
    const [response] = await once(outgoing, 'response');
    let text = '';
    for await (const chunk of response) text += chunk;
    const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
    return { status: response.statusCode, headers: response.headers, body };
  }

  /** 0: no answer came, the connection was closed. */
  const statusFrom = (localAddress: string): Promise<number> =>
    ask('/api/status', { localAddress }).then(
      ({ status }) => status,
      () => 0,
    );

  /** Connections that say nothing, from this address. */
  async function hold(localAddress: string, count: number): Promise<void> {
    const { host, port } = door.address();
    const sockets = Array.from({ length: count }, () => connect({ port, host, localAddress }));
    held.push(...sockets);
    for (const socket of sockets) socket.on('error', () => undefined).resume();
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  }

  it('node.not-ready: says so to who wants a WebSocket, and keeps its connection as any other', async () => {
    const headers = {
      ...{ connection: 'Upgrade', upgrade: 'websocket' },
      ...{ 'sec-websocket-key': 'AAAAAAAAAAAAAAAAAAAAAA==', 'sec-websocket-version': '13' },
    };
    const { status, headers: answered, body } = await ask('/rpc', { headers });
    expect([status, answered['retry-after'], body.type]).to.deep.equal([503, '5', 'node.not-ready']);
  });

  it('says how far it is, and whatever else is asked, that it is not ready', async () => {
    const status = await ask('/api/status?x=1');
    expect(status).to.deep.include({
      status: 200,
      body: { version: '1.2.3', not_ready: ['joining'], joining: JOINING },
    });
    expect(status.headers).to.include({ 'retry-after': '5', 'x-content-type-options': 'nosniff' });
    for (const [method, path] of [
      ['GET', '/ready'],
      ['GET', '/health'],
      ['GET', '/api/search?query=book'],
      ['POST', '/api/status'],
      ['POST', '/rpc'],
      ['GET', '/api/file/%zz'],
    ] as const) {
      const { status: code, body } = await ask(path, { method });
      expect(code, path).to.equal(503);
      expect(body, path).to.deep.include({ type: 'node.not-ready', joining: JOINING });
      expect(body.reasons, path).to.deep.equal(path === '/ready' ? ['joining'] : undefined);
    }
  });

  it('host.foreign: answers by no other name than the API does', async () => {
    for (const path of ['/api/status', '/ready', '/x']) {
      for (const host of ['evil.example', 'evil.example:8645', '127.0.0.1.evil.example']) {
        const { status, body } = await ask(path, { headers: { host } });
        expect([status, body.type], `${host}${path}`).to.deep.equal([421, 'host.foreign']);
        expect(body).not.to.have.property('joining');
      }
    }
    for (const host of ['tiny.example', 'localhost:1', '127.0.0.1', '[::1]:8645']) {
      expect((await ask('/api/status', { headers: { host } })).status, host).to.equal(200);
    }
  });

  it('page.foreign: a page of another site reads nothing, one that is listed does', async () => {
    for (const headers of [
      { origin: 'http://evil.example' },
      { origin: 'null' },
      { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' },
    ]) {
      for (const path of ['/api/status', '/ready']) {
        const { status, body } = await ask(path, { headers });
        expect([status, body.type], JSON.stringify(headers)).to.deep.equal([403, 'page.foreign']);
        expect(body).not.to.have.property('joining');
      }
    }
    const friend = await ask('/api/status', { headers: { origin: 'https://friend.example' } });
    expect(friend.body).to.deep.include({ joining: JOINING });
    expect(friend.headers['access-control-allow-origin']).to.equal('*');
  });

  it('nobody takes the place of others: one address, and ten networks, hold no more than their share', async () => {
    await hold('127.1.0.1', limits.apiPerAddressMax);
    await eventually('a refusal', async () => (await statusFrom('127.1.0.1')) === 429);
    expect(await statusFrom('127.1.0.2')).to.equal(200);
    for (let network = 1; network < NETWORKS; network++) {
      await hold(`127.1.${network}.1`, limits.apiPerAddressMax);
      await hold(`127.1.${network}.2`, limits.apiPerNetworkMax - limits.apiPerAddressMax + 5);
    }
    await eventually('a refusal', async () => (await statusFrom(`127.1.${NETWORKS - 1}.3`)) === 429);
    expect(await statusFrom('127.2.0.1')).to.equal(200);
  });

  it('nobody takes the place of others: behind a proxy, who asks without end is the client that it names', async () => {
    await door.stop();
    await open(1);
    const statusOf = async (client: string): Promise<number> => {
      return (await ask('/api/status', { headers: { 'X-Forwarded-For': client } })).status;
    };
    let asked = 0;
    while (asked < 10_000 && (await statusOf('192.0.2.1')) === 200) asked += 1;
    expect(await statusOf('192.0.2.1')).to.equal(429);
    expect(await statusOf('198.51.100.1')).to.equal(200);
  });

  it('request.over-budget: who asks without end waits, and somebody else does not', async () => {
    let refused: Answered | undefined;
    for (let asked = 0; refused === undefined && asked < 10_000; asked++) {
      const answered = await ask('/api/status', { localAddress: '127.1.0.1' });
      if (answered.status !== 200) refused = answered;
    }
    expect(refused?.body).to.include({ type: 'request.over-budget' });
    expect(await statusFrom('127.2.0.1')).to.equal(200);
  });
});
