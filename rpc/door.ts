/**
 * The socket of a server for readers: who gets a connection, its clocks, and its end. Whatever stands behind it, the whole
 * API or the one page of a library that joins, is reached through here. TLS is a proxy's or the gatekeeper's.
 */
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { sourceAddress } from '../core/address.ts';
import { assert } from '../core/assert.ts';
import { limits } from '../core/limits.ts';
import { cannotListen } from '../core/listening.ts';
import type { Clock, Log, Startable } from '../core/ports.ts';
import { drainBehindAnswers } from '../http/drain.ts';
import { takeOneAtATime } from '../http/one-at-a-time.ts';
import { takeAbsoluteTargets } from '../http/target.ts';
import type { Connections } from './connections.ts';
import { thrownCost } from './costs.ts';
import type { Upgrades } from './live/upgrades.ts';
import { refuseRaw } from './raw-problem.ts';

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
  /** What becomes a WebSocket; undefined: nothing does. */
  readonly upgrades?: Upgrades;
};

export type Door = Startable & {
  /** Where it listens, after `start`. */
  address(): { readonly host: string; readonly port: number };
};

/** `start` throws Fault("port.taken" | "host.unusable" | "network.unreachable"). */
export function createDoor(
  listener: RequestListener,
  { connections, clock, log, payer, upgrades }: DoorPorts,
  options: DoorOptions,
): Door {
  const shouldUpgradeCallback = (request: IncomingMessage): boolean => upgrades?.accepts(request) === true;
  const server = configure(createServer({ ...SERVER_OPTIONS, shouldUpgradeCallback }, listener));
  const { handOver } = takeOneAtATime(server);
  takeAbsoluteTargets(server);
  server.on('upgrade', (request, socket: Socket, head) => {
    handOver(socket);
    upgrades?.take(request, socket, head);
  });
  drainBehindAnswers(server, clock, {
    payer(request) {
      const charge = payer(request);
      return (bytes) => charge(thrownCost(bytes));
    },
  });
  if (options.trustedProxies === 0) {
    server.on('connection', (socket: Socket) => {
      const from = sourceAddress(socket.remoteAddress, undefined, 0);
      if (!connections.connected(socket, from)) refuseRaw(socket, { code: 'request.too-many' });
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
      void upgrades?.stop();
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
  server.maxConnections =
    limits.apiStrangersMax +
    limits.apiReadersMax +
    limits.webSocketsStrangersMax +
    limits.webSocketsReadersMax +
    limits.apiRefusedMax;
  // Any other expectation than 100-continue may be ignored (RFC 9110, section 10.1.1).
  server.on('checkExpectation', (request, response) => void server.emit('request', request, response));
  server.on('connect', (_request, socket) => {
    socket.on('error', () => socket.destroy()); // from here on nobody else listens: an error would end the node
    refuseRaw(socket, { code: 'request.method-not-allowed' });
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    const tooLong = error.code === 'HPE_HEADER_OVERFLOW';
    return refuseRaw(socket, { code: tooLong ? 'request.too-long' : 'request.malformed' });
  });
  return server;
}
