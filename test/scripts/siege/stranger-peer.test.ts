import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { leech } from '../../../scripts/siege/stranger-peer.ts';
import { handshake, message, words } from '../../e2e/fixtures/peer-messages.ts';

const INFO_HASH = 'ab'.repeat(20);

/** It finds an archive that serves strangers: or the siege would show nothing. */
describe('a peer that has paid for nothing', () => {
  let server: Server;
  let serve: (socket: Socket) => void;

  before(async () => {
    server = createServer((socket) => serve(socket.on('error', () => {}))).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  async function visit(): Promise<{ readonly state: string; readonly got: number }> {
    let got = 0;
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1').on('error', () => {});
    const state = await leech(socket, INFO_HASH, (bytes) => {
      got += bytes;
    });
    return { state, got };
  }

  it('counts the bytes that come, in whatever pieces the connection cuts them', async () => {
    const block = Buffer.alloc(1_000, 7);
    serve = (socket) => {
      const all = Buffer.concat([
        handshake(Buffer.from(INFO_HASH, 'hex')),
        message(5, Buffer.of(0x80)),
        message(1, Buffer.alloc(0)),
        message(7, Buffer.concat([words(0, 0), block])),
        message(7, Buffer.concat([words(0, 1_000), block])),
      ]);
      socket.write(all.subarray(0, 100));
      socket.once('data', () => socket.end(all.subarray(100)));
    };
    expect(await visit()).to.deep.equal({ state: 'GOT BYTES', got: 2_000 });
  });

  it('says that it was not let in', async () => {
    serve = (socket) => socket.end();
    expect(await visit()).to.deep.equal({ state: 'closed at once', got: 0 });
  });
});
