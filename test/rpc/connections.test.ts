import { once } from 'node:events';
import { IncomingMessage, request } from 'node:http';
import { connect, Socket } from 'node:net';
import { expect } from 'chai';
import { piecesRoot } from '../../client/pieces-root.ts';
import { parseAddress } from '../../core/address.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { Connections } from '../../rpc/connections.ts';
import { LOOK_COST } from '../../rpc/costs.ts';
import { eventually } from '../e2e/fixtures/eventually.ts';
import { ManualClock } from '../tracker/world.ts';
import { bookOf, type Fields, historyFields, postForm, uploadParts } from './calls.ts';
import { startLibrary, type TinyLibrary, walletOf } from './tiny-library.ts';

const NETWORKS = 10;

describe('connections to the API', () => {
  let library: TinyLibrary;
  const held: Socket[] = [];

  beforeEach(async () => {
    library = await startLibrary();
  });
  afterEach(async () => {
    for (const socket of held.splice(0)) socket.destroy();
    await library.stop();
  });

  /** Connections that say nothing, from this address. */
  async function hold(localAddress: string, count: number): Promise<Socket[]> {
    const { port, host } = library.server.address();
    const sockets = Array.from({ length: count }, () => connect({ port, host, localAddress }));
    held.push(...sockets);
    for (const socket of sockets) socket.on('error', () => undefined).resume();
    await Promise.all(sockets.map((socket) => once(socket, 'connect')));
    return sockets;
  }

  /** @returns the status of an answer over a connection of its own; 0: there was none. */
  function asked(path: string, localAddress: string, fields: Fields = {}): Promise<number> {
    const { port, host } = library.server.address();
    const query = new URLSearchParams(fields as Record<string, string>);
    return new Promise((resolve) => {
      const outgoing = request({ port, host, path: `${path}?${query}`, localAddress, agent: false });
      outgoing.on('response', (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      });
      outgoing.on('error', () => resolve(0)).end();
    });
  }

  it('nobody takes the place of others: ten networks do not hold all places, whatever their number of addresses', async () => {
    for (let network = 0; network < NETWORKS; network++) {
      await hold(`127.1.${network}.1`, limits.apiPerAddressMax);
      await hold(`127.1.${network}.2`, limits.apiPerNetworkMax - limits.apiPerAddressMax + 5);
      await eventually('a refusal', async () => (await asked('/health', `127.1.${network}.3`)) === 429);
    }
    expect(await asked('/health', '127.2.0.1')).to.equal(200);
  });

  it('nobody stops the library with what costs nothing: pages that there are not, asked for by thousands over one connection', async () => {
    const [flood] = await hold('127.1.0.1', 1);
    const gone = once(flood!, 'close');
    let answers = '';
    flood!.on('data', (chunk) => {
      answers += chunk.toString('latin1');
    });
    const asks = 'GET /n HTTP/1.1\r\nHost: localhost\r\n\r\n';
    for (let i = 0; i < 1_000 && flood!.writable; i++) flood!.write(asks.repeat(100));
    expect(await asked('/api/status', '127.2.0.1')).to.equal(200);
    await gone;
    const count = (status: number): number => answers.split(`HTTP/1.1 ${status}`).length - 1;
    expect(count(429), 'it is told so once').to.equal(1);
    expect(count(404)).to.be.at.most((limits.callsOwnMax + limits.callsBeyondMax) / LOOK_COST);
    expect(await asked('/health', '127.2.0.1')).to.equal(200);
  });

  it('a connection that waits for its next request makes room for one who comes; one with a request under way does not', async () => {
    const silent = await hold('127.1.0.1', limits.apiPerAddressMax);
    await eventually('a refusal', async () => (await asked('/health', '127.1.0.1')) === 429);
    library.advance(limits.apiIdleMs);
    expect(await asked('/health', '127.1.0.1')).to.equal(200);
    expect(silent.filter((socket) => socket.destroyed || socket.readableEnded)).to.have.length(1);
  });

  it('who sends more slowly than the stated pace makes room, and not before that can be told', async () => {
    const slow = await hold('127.1.0.1', limits.apiPerAddressMax);
    const head =
      'POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 999\r\n\r\n{';
    for (const socket of slow) socket.write(head);
    await eventually('a refusal', async () => (await asked('/health', '127.1.0.1')) === 429);
    library.advance(limits.apiPaceMs - 1);
    expect(await asked('/health', '127.1.0.1')).to.equal(429);
    library.advance(1);
    expect(await asked('/health', '127.1.0.1')).to.equal(200);
  });

  it('a reading room: keys that have paid count by key, however many stand behind one address', async () => {
    const readers = ['rich', 'richer'].map(walletOf);
    for (const reader of readers) await pays(reader);
    await hold('127.1.0.1', limits.apiPerAddressMax);
    await eventually('a refusal', async () => (await asked('/health', '127.1.0.1')) === 429);
    const sockets = held.slice(-readers.length);
    for (const [i, reader] of readers.entries()) {
      const answered = once(sockets[i]!, 'data');
      const fields = new URLSearchParams(historyFields(library, reader) as Record<string, string>);
      sockets[i]!.write(`GET /api/account?${fields} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      await answered;
    }
    for (const _ of readers) {
      const [socket] = await hold('127.1.0.1', 1); // as many places of the address are free again
      expect(socket!.destroyed).to.equal(false);
    }
    await eventually('a refusal', async () => (await asked('/health', '127.1.0.1')) === 429);
  });

  it('nobody takes the place of others: ten networks of paying keys leave connections to a reader from elsewhere', () => {
    const connections = new Connections(new ManualClock());
    let keys = 0;
    /** @returns does it count by a key of its own? */
    const signs = (at: string): boolean => {
      const socket = new Socket();
      if (!connections.connected(socket, parseAddress(at))) return false;
      const asks = new IncomingMessage(socket);
      keys += 1;
      connections.signed(
        asks,
        Uint8Array.from({ length: 32 }, (_, i) => (i < 4 ? (keys >> (8 * i)) & 255 : 0)),
      );
      return connections.readerOf(asks) !== undefined;
    };
    const held = Array.from({ length: NETWORKS }, (_, network) => {
      let count = 0;
      while (signs(`10.0.${network}.1`)) count += 1;
      return count;
    });
    expect(held[0], 'a reading room of 200, each with some').to.equal(limits.apiReadersMax / 2);
    expect(held.slice(1)).to.deep.equal(Array(NETWORKS - 1).fill(limits.apiReadersPerNetworkMax));
    expect(signs('10.1.0.1')).to.equal(true);
  });

  it('a reading room keeps the connections that it took while there was room, however often its readers sign', () => {
    const clock = new ManualClock();
    const connections = new Connections(clock);
    const keyOf = (number: number) =>
      Uint8Array.from({ length: 32 }, (_, i) => (i < 4 ? (number >> (8 * i)) & 255 : 0));
    const comes = (number: number, at: string) => {
      const socket = new Socket();
      expect(connections.connected(socket, parseAddress(at))).to.equal(true);
      const asks = new IncomingMessage(socket);
      connections.signed(asks, keyOf(number));
      return { socket, asks, number };
    };
    const room = Array.from({ length: 200 }, (_, i) => comes(i, '10.0.0.1'));
    for (let i = 200; i < limits.apiReadersMax / 2; i++) comes(i, `10.1.${i % 200}.1`);
    clock.move(limits.apiIdleMs);
    for (const { asks, number } of room) connections.signed(asks, keyOf(number));
    expect(room.filter(({ socket }) => socket.destroyed)).to.have.length(0);
  });

  it('request.too-long: nobody fills memory with a body in chunks of a byte', async () => {
    const [socket] = await hold('127.1.0.1', 1);
    const answered = once(socket!, 'data');
    const head = 'POST /rpc HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n';
    socket!.write(
      `${head}Transfer-Encoding: chunked\r\n\r\n${'1\r\n \r\n'.repeat(limits.bodyPiecesMax + 1)}`,
    );
    expect(String((await answered)[0])).to.match(/^HTTP\/1\.1 413/);
  });

  it('a reading room: over a connection on which a paying key has signed, calls are paid out of the bucket of that key', async () => {
    const reader = walletOf('rich');
    await pays(reader);
    const inclusion = { transaction: '00'.repeat(32), height: '1' };
    const [own] = await hold('127.1.0.1', 1);
    const answerTo = async (path: string, fields: Fields): Promise<string> => {
      const answered = once(own!, 'data');
      const query = new URLSearchParams(fields as Record<string, string>);
      own!.write(`GET ${path}?${query} HTTP/1.1\r\nHost: localhost\r\n\r\n`);
      return String((await answered)[0]).slice(0, 'HTTP/1.1 200'.length);
    };
    expect(await answerTo('/api/account', historyFields(library, reader))).to.equal('HTTP/1.1 200');
    let status = 0;
    while (status !== 429) status = await asked('/api/inclusion', '127.1.0.1', inclusion);
    expect(await answerTo('/api/inclusion', inclusion)).to.equal('HTTP/1.1 404');
  });

  /** Brings a book of as many bytes as it takes. */
  async function pays(reader: ReturnType<typeof walletOf>): Promise<void> {
    const name = `of ${reader.publicKey}`;
    const { bytes, file, size } = bookOf(name, reader.publicKey.padEnd(limits.paidBytesMin, 'x'));
    const book = { name, bytes, file, size, hash: toHex(piecesRoot(bytes)!) };
    expect((await postForm(library, uploadParts(library, reader, book))).status).to.equal(200);
  }
});
