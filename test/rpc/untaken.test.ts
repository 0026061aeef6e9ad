/** Answers that nobody takes: against a real server, by clients that read nothing. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect } from 'chai';
import { limits } from '../../core/limits.ts';
import { accept } from '../../core/verdict.ts';
import { eventually } from '../node/eventually.ts';
import { startLibrary, type TinyLibrary } from './tiny-library.ts';

/** More than the kernel takes of a connection that nobody reads. */
const ANSWER_BYTES = 16 * 1024 * 1024;
const ATTACKER = '127.0.1.1';
const READER = '127.0.2.1';

describe('answers that their clients do not take', () => {
  let library: TinyLibrary;
  let made: number;
  let sockets: Socket[];
  beforeEach(async () => {
    [made, sockets] = [0, []];
    const long = async () => {
      made += 1;
      return accept(new Uint8Array(ANSWER_BYTES));
    };
    library = await startLibrary({ budget: { pay: () => accept(), charge() {} } }, () => ({
      proofs: { state: long, inclusion: long },
    }));
  });
  afterEach(async () => {
    for (const socket of sockets) socket.destroy();
    await library.stop();
  });

  /** Asks, and reads nothing of the answer. */
  async function asks(from: string): Promise<Socket> {
    const { host, port } = library.server.address();
    const socket = connect({ host, port, localAddress: from });
    sockets.push(socket);
    socket.pause().on('error', () => undefined);
    await once(socket, 'connect');
    const before = made;
    socket.write(
      `GET /api/inclusion?transaction=${'00'.repeat(32)}&height=1 HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    );
    await eventually(() => made > before);
    return socket;
  }

  /** Reads what is left. @returns how many bytes come until the answer or the connection ends. */
  async function rest(socket: Socket): Promise<number> {
    let bytes = 0;
    socket.on('data', (chunk) => {
      bytes += chunk.length;
    });
    socket.resume();
    await Promise.race([
      new Promise((resolve) => socket.once('close', resolve)),
      eventually(() => bytes > ANSWER_BYTES),
    ]);
    return bytes;
  }

  it('are bounded together: the network that leaves most of them loses its oldest, and nobody else any', async () => {
    const reader = await asks(READER);
    const fit = limits.answersUntakenBytesMax / ANSWER_BYTES;
    const greedy: Socket[] = [];
    for (let i = 0; i < 2 * fit; i++) greedy.push(await asks(ATTACKER));
    expect(await rest(reader)).to.be.above(ANSWER_BYTES);
    const whole: boolean[] = [];
    for (const one of greedy) whole.push((await rest(one)) > ANSWER_BYTES);
    expect(whole.filter((is) => is)).to.have.length.within(1, fit);
    expect(whole[0], 'the oldest').to.equal(false);
    expect(whole.at(-1), 'the last').to.equal(true);
  });
});
