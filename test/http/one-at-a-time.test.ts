import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { expect } from 'chai';
import fc from 'fast-check';
import { limits } from '../../core/limits.ts';
import { takeOneAtATime } from '../../http/one-at-a-time.ts';
import { BYTE, CHUNKED } from './push.ts';

const GET = 'GET /n HTTP/1.1\r\nHost: a\r\n\r\n';

describe('requests that come over one connection, one behind the other', () => {
  const servers: Server[] = [];
  const sockets: Socket[] = [];

  afterEach(async () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    for (const server of servers.splice(0)) {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    }
  });

  /** @param isOurs - else Node's own, to compare with. */
  async function serve(listener: RequestListener, isOurs = true): Promise<number> {
    const server = createServer(listener);
    if (isOurs) takeOneAtATime(server);
    server.listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  async function open(port: number): Promise<Socket> {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    sockets.push(socket);
    await once(socket, 'connect');
    return socket;
  }

  it('leave turns to others: whoever asks once does not wait for the thousand of another', async () => {
    let served = 0;
    const port = await serve((_request, response) => {
      served += 1;
      response.end('x');
    });
    const [many, other] = [await open(port), await open(port)];
    many.resume().write(GET.repeat(1_000));
    other.write(GET);
    await once(other, 'data');
    expect(served).to.be.below(500);
  });

  it('end with an upgrade: who takes the connection gets every byte behind it, and may let it wait', async () => {
    const server = createServer();
    const { handOver } = takeOneAtATime(server);
    const asked: string[] = [];
    server.on('request', (request, response) => {
      asked.push(request.url ?? '');
      response.end('x');
    });
    let came = '';
    server.on('upgrade', (_request, socket) => {
      handOver(socket as Socket);
      asked.push('upgrade');
      socket
        .on('error', () => undefined)
        .on('data', (chunk) => {
          came += chunk;
          socket.pause();
          setTimeout(() => socket.resume(), 10);
          if (came.endsWith('!')) socket.end('bye');
        });
    });
    server.listen(0, '127.0.0.1');
    servers.push(server);
    await once(server, 'listening');
    const socket = await open((server.address() as AddressInfo).port);
    const more = 'GET /n HTTP/1.1\r\n\r\n'.repeat(10_000);
    socket.resume();
    socket.write(
      `${GET}GET /up HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${more}`,
    );
    socket.write('!');
    await once(socket, 'close');
    expect(asked).to.deep.equal(['/n', 'upgrade']);
    expect(came).to.equal(`${more}!`);
  });

  it('are read a few in each turn of the loop, over however many connections they come', async () => {
    const turns = countTurns();
    let served = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    const port = await serve((_request, response) => {
      turns.count();
      response.end('x');
      served += 1;
      if (served === 400) resolve();
    });
    const all = await Promise.all(Array.from({ length: 40 }, () => open(port)));
    for (const socket of all) socket.resume().write(GET.repeat(10));
    await promise;
    expect(turns.most()).to.be.at.most(limits.requestsPerTurnMax);
  });

  it('wait for the answer to the one before, and are forgotten when that is the last', async () => {
    const asked: string[] = [];
    const answers: (() => void)[] = [];
    const port = await serve((request, response) => {
      asked.push(request.url ?? '');
      answers.push(() => response.end('x'));
      if (request.url === '/last') response.setHeader('Connection', 'close');
    });
    const socket = await open(port);
    const text = ['/1', '/2', '/last', '/4'].map((path) => GET.replace('/n', path)).join('');
    socket.resume().write(text);
    const gone = once(socket, 'close');
    for (const expected of [['/1'], ['/1', '/2'], ['/1', '/2', '/last']]) {
      while (asked.length < expected.length) await new Promise(setImmediate);
      for (let i = 0; i < 5; i++) await new Promise(setImmediate);
      expect(asked).to.deep.equal(expected);
      answers.shift()!();
    }
    await gone;
    expect(asked).to.not.include('/4');
  });

  it('are the same as Node reads them, however their bytes are cut', async () => {
    const body = fc.string({
      unit: fc.constantFrom('\r', '\n', '\r\n\r\n', 'a', 'GET / HTTP/1.1'),
      maxLength: 12,
    });
    const request = fc.oneof(
      fc.constant(GET),
      body.map((text) => `POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: ${text.length}\r\n\r\n${text}`),
      fc.array(body.filter((text) => text !== '')).map((parts) => {
        const chunks = parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join('');
        return `POST /c HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}0\r\n\r\n`;
      }),
    );
    const emptyLines = fc.nat(limits.emptyLinesMax).map((count) => '\r\n'.repeat(count));
    const message = fc.tuple(emptyLines, request).map(([lines, text]) => lines + text);
    const seen = new Map<string, string[]>();
    const listener: RequestListener = async (request, response) => {
      const name = String(request.socket.localPort);
      const list = seen.get(name) ?? [];
      seen.set(name, list);
      const at = list.push('') - 1;
      list[at] = `${request.method} ${request.url} ${await textOf(request)}`;
      if (request.url === '/end') response.setHeader('Connection', 'close');
      response.end('x');
    };
    const [ours, nodes] = [await serve(listener), await serve(listener, false)];
    await fc.assert(
      fc.asyncProperty(fc.array(message, { maxLength: 6 }), fc.array(fc.nat(200)), async (messages, cuts) => {
        const text = [...messages, GET.replace('/n', '/end')].join('');
        seen.clear();
        await send(ours, text, cuts);
        await send(nodes, text, cuts);
        expect(seen.get(String(ours))).to.deep.equal(seen.get(String(nodes)));
      }),
      { numRuns: 150 },
    );
  });

  /** Resolves when the server has closed the connection. @param cuts - how long the first parts are. */
  async function send(port: number, text: string, cuts: readonly number[]): Promise<void> {
    const socket = await open(port);
    socket.setNoDelay(true).resume();
    const gone = once(socket, 'close');
    let at = 0;
    for (const cut of cuts) {
      socket.write(text.slice(at, at + cut), 'latin1');
      at += cut;
      await new Promise(setImmediate);
    }
    socket.write(text.slice(at), 'latin1');
    await gone;
  }

  for (const [what, behind] of [
    ['at the beginning', ''],
    ['behind a request', GET],
    ['behind a body', 'POST /b HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\na\r\n'],
    ['behind chunks', `POST /c HTTP/1.1\r\nHost: a\r\n${CHUNKED}${BYTE}0\r\n\r\n`],
  ] as const) {
    it(`may have a few empty lines before them, and whoever sends more is ended: ${what}`, async () => {
      const served: string[] = [];
      const port = await serve((request, response) => {
        served.push(request.url ?? '');
        request.resume().once('end', () => response.end('x'));
      });
      const few = '\r\n'.repeat(limits.emptyLinesMax);
      for (const line of ['\r\n', '\n', '\r']) {
        for (const byByte of [false, true]) {
          served.length = 0;
          const socket = await open(port);
          socket.setNoDelay(true).resume();
          const gone = new Promise((resolve) => socket.once('close', resolve));
          socket.write(behind + few + GET.replace('/n', '/few'));
          const many = line.repeat(2 * limits.emptyLinesMax + 1) + GET.replace('/n', '/many');
          if (!byByte) socket.write(many);
          for (const byte of byByte ? many : '') {
            socket.write(byte);
            await new Promise(setImmediate);
          }
          await gone;
          expect(served).to.include('/few').and.not.to.include('/many');
        }
      }
    });
  }

  it('have bodies that wait until they are taken, and are whole', async () => {
    const bytes = Buffer.alloc(3_000_000, 'a line\r\n\r\n');
    let came = 0;
    const port = await serve(async (request, response) => {
      for await (const chunk of request) {
        came += (chunk as Buffer).length;
        await new Promise(setImmediate);
      }
      response.end(String(came));
    });
    const socket = await open(port);
    socket.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bytes.length}\r\n\r\n`);
    socket.write(bytes);
    await once(socket, 'data');
    expect(came).to.equal(bytes.length);
  });

  for (const answered of ['when they have come', 'before they have come']) {
    it(`leave turns to others with bodies in chunks of a byte, which are answered ${answered}`, async () => {
      const CHUNK = '1\r\na\r\n';
      let came = 0;
      const turns = countTurns();
      const { promise: ended, resolve } = Promise.withResolvers<void>();
      const port = await serve((request, response) => {
        request.on('data', () => {
          came += 1;
          turns.count();
        });
        request.once('end', () => {
          if (!response.writableEnded) response.end('x');
          resolve();
        });
        if (answered === 'before they have come') response.end('x');
      });
      const socket = await open(port);
      const whole = Promise.all([ended, once(socket, 'data')]);
      socket.write('POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n');
      socket.write(`${CHUNK.repeat(20_000)}0\r\n\r\n`);
      await whole;
      expect(came).to.equal(20_000);
      const most = (limits.requestsPerTurnMax * limits.requestPieceBytesMax) / CHUNK.length;
      expect(turns.most()).to.be.at.most(Math.ceil(most) + limits.requestsPerTurnMax);
    });
  }

  it('end where the connection is no HTTP any more', async () => {
    let served = 0;
    const port = await serve((_request, response) => {
      served += 1;
      response.end('x');
    });
    const socket = await open(port);
    socket.resume().write(`${GET}CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n${GET.repeat(100)}`);
    await once(socket, 'close');
    expect(served).to.equal(1);
  });
});

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += (chunk as Buffer).toString('latin1');
  return text;
}

/** How often something happens in one turn of the loop. `most` ends the watch. */
function countTurns(): { count(): void; most(): number } {
  const counts = new Map<number, number>();
  let turn = 0;
  const next = (): void => {
    turn += 1;
    watch = setImmediate(next);
  };
  let watch = setImmediate(next);
  return {
    count: () => void counts.set(turn, (counts.get(turn) ?? 0) + 1),
    most: () => {
      clearImmediate(watch);
      return Math.max(...counts.values());
    },
  };
}
