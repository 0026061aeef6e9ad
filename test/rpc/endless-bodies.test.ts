/** Bodies that nobody asked for and that never end: whatever page they come to, and whatever it answers. */
import { once } from 'node:events';
import { request } from 'node:http';
import { expect } from 'chai';
import type { Door } from '../../rpc/door.ts';
import { createJoiningServer } from '../../rpc/joining-server.ts';
import { silentLog } from '../catalogue/silent-log.ts';
import { CHUNKED, MANY_BYTES, pushUntilClosed } from '../http/push.ts';
import { movingClock } from '../node/moving-clock.ts';
import { startLibrary, type TinyLibrary } from './tiny-library.ts';

const JSON_TYPE = 'Content-Type: application/json\r\n';
const FORM_TYPE = 'Content-Type: multipart/form-data; boundary=b\r\n';

describe('bodies without an end', () => {
  let library: TinyLibrary;
  let joining: Door;

  beforeEach(async () => {
    library = await startLibrary();
    const ports = {
      names: { isOwn: () => false, isListed: () => false },
      clock: movingClock(),
      log: silentLog,
      fail: (error: Error) => expect.fail(error.message),
      version: '1.2.3',
      joining: () => ({ phase: 'pages', height: 1, percent: 1 }),
    };
    joining = createJoiningServer(ports, { host: '127.0.0.1', port: 0, trustedProxies: 0 });
    await joining.start();
  });
  afterEach(async () => {
    await library.stop();
    await joining.stop();
  });

  /** @returns the status of the answer. */
  async function push(port: number, line: string, headers = ''): Promise<number> {
    const head = `${line} HTTP/1.1\r\nHost: localhost\r\n${headers}${CHUNKED}`;
    const answer = await pushUntilClosed(port, head, MANY_BYTES);
    return Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1]);
  }

  for (const [line, status, headers] of [
    ['OPTIONS /api/status', 204],
    ['OPTIONS /api/upload', 204],
    ['OPTIONS /rpc', 204],
    ['OPTIONS /nowhere', 404],
    ['OPTIONS *', 404],
    ['GET /api/status', 200],
    ['HEAD /api/status', 200],
    ['GET /api/search?query=a', 200],
    ['GET /api/file/x', 400],
    ['DELETE /api/status', 405],
    ['GET /rpc', 405],
    ['GET /health', 200],
    ['POST /health', 405],
    ['GET /nowhere', 404],
    ['POST /nowhere', 404],
    ['POST /api/status', 415],
    ['POST /api/search', 415],
    ['POST /api/upload', 415],
    ['POST /rpc', 415, 'Content-Type: text/plain\r\n'],
    ['POST /rpc', 413, JSON_TYPE],
    ['POST /api/search', 413, JSON_TYPE],
    ['POST /api/upload', 413, FORM_TYPE],
    ['POST /api/upload', 415, 'Content-Type: multipart/mixed; boundary=b\r\n'],
    ['GET /health', 400, 'Host: localhost\r\n'],
  ] as const) {
    it(`end their connection: ${line}, answered ${status}`, async () => {
      const { port } = library.server.address();
      expect(await push(port, line, headers)).to.equal(status);
    });
  }

  it('end their connection where a library joins', async () => {
    const { port } = joining.address();
    for (const [line, status] of [
      ['OPTIONS /api/status', 204],
      ['GET /api/status', 200],
      ['POST /api/upload', 503],
    ] as const) {
      expect(await push(port, line), line).to.equal(status);
    }
  });

  it('request.over-budget: are paid for by who sends them', async () => {
    const { port } = library.server.address();
    const statuses: number[] = [];
    while (statuses.at(-1) !== 429 && statuses.length < 60) {
      statuses.push(await push(port, 'GET /health'));
    }
    expect(statuses.at(-1)).to.equal(429);
    // Who owes has his answer, and ends sooner. Others have theirs.
    expect(await push(port, 'GET /health')).to.equal(429);
    const other = request(`${library.url}/health`, { agent: false, localAddress: '127.3.0.1' }).end();
    const [response] = await once(other, 'response');
    expect(response.resume().statusCode).to.equal(200);
  });
});
