/** Who sends the tracker what no client sends, without end: he has his answer, and is read no further. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { expect } from 'chai';
import { HttpTrackerServer } from '../../tracker/http/server.ts';
import { CHUNKED, MANY_BYTES, pushUntilClosed } from '../http/push.ts';
import { LogInMemory, ManualClock, NO_NAMES } from './world.ts';

/** What a connection may have brought when its end is decided: a few buffers of Node. */
const READ_AHEAD = 256 * 1024;

describe('what the tracker reads of a connection', () => {
  let server: HttpTrackerServer;

  beforeEach(async () => {
    const handlers = {
      announce: async () => Buffer.from('announced'),
      scrape: () => Buffer.from('scraped'),
    };
    const ports = { log: new LogInMemory(), clock: new ManualClock(), names: NO_NAMES };
    server = new HttpTrackerServer(handlers, ports, { host: '127.0.0.1', port: 0 });
    await server.start();
  });
  afterEach(() => server.stop());

  for (const [line, answered] of [
    ['GET /announce/x', 'announced'],
    ['GET /scrape/x', 'scraped'],
    ['GET /nowhere', 'Not found'],
    ['POST /announce/x', 'Not found'],
    ['OPTIONS *', 'Not found'],
  ] as const) {
    for (const [what, head, unit] of [
      ['chunks', CHUNKED, MANY_BYTES],
      ['a stated length', 'Content-Length: 99999999999\r\n\r\n', 'a'.repeat(65_536)],
    ] as const) {
      it(`ends with its answer where a body follows in ${what}: ${line}`, async () => {
        const ended = nextEnd();
        const request = `${line} HTTP/1.1\r\nHost: localhost\r\n${head}`;
        const answer = await pushUntilClosed(server.port(), request, unit);
        expect(answer)
          .to.include(answered)
          .and.to.match(/^connection: close/im);
        expect(await ended).to.be.below(READ_AHEAD);
      });
    }
  }

  it('ends where empty lines follow one another', async () => {
    const ended = nextEnd();
    await pushUntilClosed(server.port(), '', '\r\n'.repeat(5_000));
    expect(await ended).to.be.below(READ_AHEAD);
  });
});

/** How many bytes were read of the next connection to a server, when it ends. */
function nextEnd(): Promise<number> {
  return new Promise((resolve) => {
    const opened = (message: unknown): void => {
      unsubscribe('net.server.socket', opened);
      const { socket } = message as { readonly socket: Socket };
      socket.once('close', () => resolve(socket.bytesRead));
    };
    subscribe('net.server.socket', opened);
  });
}
