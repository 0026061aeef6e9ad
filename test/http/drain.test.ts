/** What comes behind an answer that nobody waited for. With real connections, as whoever sends without end has them. */
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { drain, drainBehindAnswers } from '../../http/drain.ts';
import { takeOneAtATime } from '../../http/one-at-a-time.ts';
import { type MovingClock, movingClock } from '../node/moving-clock.ts';
import { BYTE, CHUNKED, MANY_BYTES, pushUntilClosed } from './push.ts';

const STATED = 'Content-Length: 99999999999\r\n\r\n';
/** What has been read of a connection when it ends, beyond what was to be read. */
const READ_AHEAD = 512 * 1024;
const PIECES_MAX = limits.refusedBytesMax / limits.refusedPieceBytesMin;

describe('the rest of a request that has its answer', () => {
  const sockets: Socket[] = [];
  let clock: MovingClock;
  let server: Server;
  /** Of each connection, when it has ended. */
  let read: Promise<number>;
  let paid: number[];

  beforeEach(() => {
    clock = movingClock();
    paid = [];
  });
  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
    expect(clock.waiting).to.equal(0);
  });

  async function serve(listener: RequestListener): Promise<void> {
    server = createServer(listener);
    takeOneAtATime(server);
    drainBehindAnswers(server, clock, { payer: () => (bytes) => void paid.push(bytes) });
    const ended = Promise.withResolvers<number>();
    read = ended.promise;
    server.on('connection', (socket) => socket.once('close', () => ended.resolve(socket.bytesRead)));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }

  function open(): Socket {
    const socket = connect(portOf(server), '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    return socket;
  }

  function push(head: string, unit: string): Promise<string> {
    return pushUntilClosed(portOf(server), `POST / HTTP/1.1\r\nHost: a\r\n${head}`, unit);
  }

  const EXITS: Readonly<Record<string, RequestListener>> = {
    'at once': (_request, response) => response.end('x'),
    'without a word': (_request, response) => response.writeHead(204).end(),
    'when more has come than is kept': (request, response) => {
      const look = (): unknown => (request.readableLength > 0 ? response.end('x') : setImmediate(look));
      look();
    },
    'by who has begun to read': (request, response) => {
      request.once('data', () => response.end('x'));
      request.on('data', () => undefined);
    },
    'by who has waited': (request, response) => {
      request.pause();
      setImmediate(() => response.end('x'));
    },
  };
  for (const [exit, listener] of Object.entries(EXITS)) {
    it(`ends: one in chunks of a byte, answered ${exit}`, async () => {
      await serve(listener);
      expect(await push(CHUNKED, MANY_BYTES)).to.match(/^HTTP\/1\.1 20[04] /);
      expect(await read).to.be.below(PIECES_MAX * BYTE.length + READ_AHEAD);
      expect(paid).to.have.length(1);
      expect(paid[0]).to.be.within(limits.refusedBytesMax, limits.refusedBytesMax + READ_AHEAD);
    });

    it(`ends: one of a stated length, answered ${exit}`, async () => {
      await serve(listener);
      expect(await push(STATED, 'a'.repeat(65_536))).to.match(/^HTTP\/1\.1 20[04] /);
      expect(await read).to.be.within(limits.refusedBytesMax, limits.refusedBytesMax + READ_AHEAD);
    });
  }

  it('ends: one with long words between its chunks', async () => {
    await serve(EXITS['at once']!);
    await push(CHUNKED, `1;${'a'.repeat(15_000)}\r\na\r\n`);
    expect(await read).to.be.below(limits.refusedBytesMax + READ_AHEAD);
  });

  it('ends: one that takes too long', async () => {
    await serve(EXITS['at once']!);
    const socket = open();
    const gone = new Promise((resolve) => socket.once('close', resolve));
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${CHUNKED}${BYTE}`);
    await once(socket, 'data');
    clock.pass(limits.bodyTimeoutMs);
    await gone;
  });

  it('is read to its end within the bound: the next request has its answer', async () => {
    const asked: string[] = [];
    await serve((request, response) => {
      asked.push(request.url!);
      response.end('x');
    });
    const socket = open();
    socket.resume();
    const body = `${'a'.repeat(100)}\r\n\r\n`.repeat(10_000);
    socket.write(`POST /1 HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
    socket.write(`POST /2 HTTP/1.1\r\nHost: a\r\n${CHUNKED}${BYTE.repeat(100)}0\r\n\r\n`);
    socket.write('GET /3 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await once(socket, 'close');
    expect(asked).to.deep.equal(['/1', '/2', '/3']);
    expect(paid).to.deep.equal([body.length, 100 * limits.refusedPieceBytesMin]);
  });

  it('has one bound, however often it is thrown away', async () => {
    await serve((request, response) => {
      drain(request, clock, { bytesMax: 1_000 });
      response.end('x');
    });
    expect(await push(CHUNKED, MANY_BYTES)).to.match(/^HTTP\/1\.1 200 /);
    expect(await read).to.be.below(READ_AHEAD);
  });
});

function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}
