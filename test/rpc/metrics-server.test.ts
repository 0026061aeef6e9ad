/** Metrics are for a machine of the operator: at a port of their own, which no page may read. */
import { connect, createServer, type Server } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { Fault } from '../../core/fault.ts';
import { createMetricsServer, METRICS_PORT, type MetricsServer } from '../../rpc/metrics-server.ts';
import { silentLog } from '../catalogue/silent-log.ts';
import { CHUNKED, MANY_BYTES, pushUntilClosed } from '../http/push.ts';
import { movingClock } from '../node/moving-clock.ts';
import { expectProblem } from './calls.ts';

describe('the port for metrics', () => {
  const clock = movingClock();
  let server: MetricsServer;
  let failures: Error[];
  let warnings: object[];
  let read: () => Promise<string>;

  const start = async (port: number | undefined): Promise<void> => {
    const log = { ...silentLog, warn: (_: string, data: object = {}) => void warnings.push(data) };
    const fail = (error: Error): void => void failures.push(error);
    server = createMetricsServer({ metrics: () => read(), clock, log, fail }, port);
    await server.start();
  };
  beforeEach(() => {
    failures = [];
    warnings = [];
    read = async () => '# HELP tiny\n';
  });
  afterEach(() => server.stop());

  const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(`http://127.0.0.1:${server.port()}${path}`, { headers });
  async function raw(head: string): Promise<string> {
    const socket = connect(server.port(), '127.0.0.1');
    socket.end(`${head}\r\nConnection: close\r\n\r\n`);
    return text(socket);
  }

  it('gives them to a program on this machine', async () => {
    await start(0);
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/);
    expect(await response.text()).to.equal('# HELP tiny\n');
    expect(response.headers.has('access-control-allow-origin')).to.equal(false);
    await expectProblem(await get('/api/status'), 'request.not-found');
    const posted = await fetch(`http://127.0.0.1:${server.port()}/metrics`, { method: 'POST', body: 'x' });
    await expectProblem(posted, 'request.method-not-allowed');
  });

  it('page.foreign, host.foreign: gives them to no page, whatever its name leads to', async () => {
    await start(0);
    await expectProblem(await get('/metrics', { origin: 'https://evil.example' }), 'page.foreign');
    const image = 'GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: cross-site';
    expect(await raw(image)).to.match(/^HTTP\/1\.1 403 .*"page\.foreign"/s);
    const rebound = 'GET /metrics HTTP/1.1\r\nHost: evil.example\r\nSec-Fetch-Site: same-origin';
    expect(await raw(rebound)).to.match(/^HTTP\/1\.1 421 .*"host\.foreign"/s);
  });

  it('page.foreign: answers whatever a page puts into itself alike, and is shown in no frame', async () => {
    await start(0);
    const places: Readonly<Record<string, string>> = {
      object: 'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: object',
      'an object at another port':
        'Sec-Fetch-Site: same-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: object',
      'a window of its own':
        'Sec-Fetch-Site: cross-site\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document',
      'an image of an older browser': 'User-Agent: Mozilla/5.0 (X11; Linux x86_64)',
    };
    for (const [what, headers] of Object.entries(places)) {
      const there = await raw(`GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}`);
      const not = await raw(`GET /nothing HTTP/1.1\r\nHost: 127.0.0.1\r\n${headers}`);
      expect(there, what).to.match(/^HTTP\/1\.1 403 .*"page\.foreign"/s);
      expect(there.replace(/Date: .*/, ''), what).to.equal(not.replace(/Date: .*/, ''));
    }
    const { headers } = await get('/metrics');
    expect(headers.get('content-security-policy')).to.include("frame-ancestors 'none'");
    expect(headers.get('cross-origin-resource-policy')).to.equal('same-origin');
    const typed = 'Sec-Fetch-Site: none\r\nSec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document';
    expect(await raw(`GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\n${typed}`)).to.match(/^HTTP\/1\.1 200 /);
  });

  it('takes a free port and says so when the usual one is taken', async () => {
    const holder = await hold(METRICS_PORT);
    await start(undefined);
    expect(server.port()).not.to.equal(METRICS_PORT);
    expect(warnings).to.deep.equal([{ usual: METRICS_PORT, port: server.port() }]);
    expect((await get('/metrics')).status).to.equal(200);
    holder?.close();
  });

  it('port.taken: does not start at another port than the one that was asked for', async () => {
    await start(0);
    const second = createMetricsServer(
      { metrics: async () => '', clock, log: silentLog, fail: () => undefined },
      server.port(),
    );
    const failed = await second.start().catch((error: unknown) => error);
    expect(failed).to.be.instanceOf(Fault).and.to.have.property('code', 'port.taken');
    await second.stop();
  });

  it('ends who sends a body without end', async () => {
    await start(0);
    const head = `GET /metrics HTTP/1.1\r\nHost: localhost\r\n${CHUNKED}`;
    expect(await pushUntilClosed(server.port(), head, MANY_BYTES)).to.match(/^HTTP\/1\.1 200 /);
  });

  it('tells the node of a mistake, and answers the next one', async () => {
    await start(0);
    read = () => Promise.reject(new Error('a mistake'));
    expect(await get('/metrics').catch(() => 'broken off')).to.equal('broken off');
    expect(failures.map(({ message }) => message)).to.deep.equal(['a mistake']);
    read = async () => '# HELP again\n';
    expect(await (await get('/metrics')).text()).to.equal('# HELP again\n');
  });

  /** @returns undefined when somebody on this machine has it already: that will do. */
  function hold(port: number): Promise<Server | undefined> {
    const holder = createServer();
    return new Promise((resolve) => {
      holder.once('error', () => resolve(undefined));
      holder.listen(port, '127.0.0.1', () => resolve(holder));
    });
  }
});
