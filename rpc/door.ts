/**
 * The socket of a server for readers: who gets a connection, its clocks, and its end. Whatever stands behind it, the whole
 * API or the one page of a library that joins, is reached through here. TLS is a proxy's or the gatekeeper's.
 */
import {
  createServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  STATUS_CODES,
} from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { sourceAddress } from '../core/address.ts';
import { assert } from '../core/assert.ts';
import type { Code } from '../core/codes.ts';
import { limits } from '../core/limits.ts';
import { cannotListen } from '../core/listening.ts';
import type { Clock, Log, Startable } from '../core/ports.ts';
import { drainBehindAnswers } from '../http/drain.ts';
import { takeOneAtATime } from '../http/one-at-a-time.ts';
import type { Connections } from './connections.ts';
import { thrownCost } from './costs.ts';
import { problemDocument } from './problem.ts';

export type DoorOptions = {
  /** Where to listen; 127.0.0.1 until the operator says otherwise. */
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** Proxies of the operator in front: then what counts are the requests, not the connections. */
  readonly trustedProxies: number;
};

type DoorPorts = {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly log: Log;
  /** Who pays what a request costs beside its price, in milliseconds. */
  payer(request: IncomingMessage): (cost: number) => void;
};

export type Door = Startable & {
  /** Where it listens, after `start`. */
  address(): { readonly host: string; readonly port: number };
};

/** `start` throws Fault("port.taken" | "host.unusable" | "network.unreachable"). */
export function createDoor(
  listener: RequestListener,
  { connections, clock, log, payer }: DoorPorts,
  options: DoorOptions,
): Door {
  const server = configure(createServer(SERVER_OPTIONS, listener));
  takeOneAtATime(server);
  drainBehindAnswers(server, clock, {
    payer(request) {
      const charge = payer(request);
      return (bytes) => charge(thrownCost(bytes));
    },
  });
  if (options.trustedProxies === 0) {
    server.on('connection', (socket: Socket) => {
      const from = sourceAddress(socket.remoteAddress, undefined, 0);
      if (!connections.connected(socket, from)) refuseConnection(socket);
    });
    server.on('request', (request, response) => connections.requested(request, response));
  }
  let stopping = false;
  server.on('request', (_request, response) => {
    // A connection that was busy when the server closed becomes idle later than that.
    response.on('close', () => stopping && server.closeIdleConnections());
  });

  function start(): Promise<void> {
    return new Promise((resolve, fail) => {
      const { host, port } = options;
      const place = { what: 'the port of the API', option: '--http-port', host, port };
      const failed = (cause: Error): void => fail(cannotListen(place, cause));
      server.once('error', failed);
      server.listen({ port, host, backlog: limits.httpBacklogMax }, () => {
        server.off('error', failed);
        server.on('error', (error) => log.error('the HTTP server failed', { error }));
        resolve();
      });
    });
  }

  /** Takes no more requests, lets those under way finish for a while, and then cuts. */
  function stop(): Promise<void> {
    if (!server.listening) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.after(limits.httpStopMs, () => server.closeAllConnections());
      stopping = true;
      server.close(() => {
        cancel();
        resolve();
      });
      server.closeIdleConnections();
    });
  }

  function address(): { host: string; port: number } {
    const bound = server.address() as AddressInfo | string | null;
    assert(bound !== null && typeof bound !== 'string', 'the server listens');
    return { host: bound.address, port: bound.port };
  }

  return { start, stop, address };
}

const SERVER_OPTIONS = {
  maxHeaderSize: 2 * limits.queryBytesMax,
  headersTimeout: limits.headersTimeoutMs,
  requestTimeout: limits.requestTotalMs,
  keepAliveTimeout: limits.keepAliveMs,
  connectionsCheckingInterval: limits.headersTimeoutMs / 2,
  noDelay: true,
  requireHostHeader: false, // headers.ts says what is wrong
};

function configure(server: Server): Server {
  server.maxConnections = limits.apiStrangersMax + limits.apiReadersMax + limits.apiRefusedMax;
  // Any other expectation than 100-continue may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy()); // from here on nobody else listens: an error would end the node
    socket.end(rawProblem('request.method-not-allowed'), () => socket.destroy());
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
    return socket.end(rawProblem(tooLong ? 'request.too-long' : 'request.malformed'), () => socket.destroy());
  });
  return server;
}

function refuseConnection(socket: Socket): void {
  socket.end(rawProblem('request.too-many'), () => socket.destroy());
}

/** What could not be read as HTTP has no response object: the problem is written as it is. */
function rawProblem(code: Code): string {
  const document = problemDocument({ code });
  const body = JSON.stringify(document);
  return [
    `HTTP/1.1 ${document.status} ${STATUS_CODES[document.status]}`,
    'Content-Type: application/problem+json',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
