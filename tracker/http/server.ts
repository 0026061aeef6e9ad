/**
 * The HTTP wire of the tracker (BEP 3, 48): GET /announce/<pass>?… and /scrape/<pass>?…, nothing else. Holds no
 * rule: the path is cut in two and handed on. Everything a stranger can send has a bound. It must never log a
 * URL: there is a pass in it. Browsers are sent away (page.ts).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { type Address, clientAddressOf, clientNetworkOf, sourceAddress } from '../../core/address.ts';
import type { Bytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { cannotListen } from '../../core/listening.ts';
import { type Bound, Places } from '../../core/places.ts';
import type { Clock, Log, Startable } from '../../core/ports.ts';
import type { UnixMs } from '../../core/scalars.ts';
import { hasBody } from '../../http/drain.ts';
import { takeOneAtATime } from '../../http/one-at-a-time.ts';
import { takeAbsoluteTargets } from '../../http/target.ts';
import type { TrackerNames } from '../ports.ts';
import { pageCode } from './page.ts';
import { encodeFailure } from './reply.ts';

export type HttpHandlers = {
  announce(pass: string, query: string, source: Address | undefined): Bytes | Promise<Bytes>;
  scrape(pass: string, query: string, source: Address | undefined): Bytes;
};

type Ports = { readonly log: Log; readonly clock: Clock; readonly names: TrackerNames };

export type HttpOptions = {
  readonly host: string;
  /** 0 = any free port. */
  readonly port: number;
  /** Proxies of the operator in front of this server; their X-Forwarded-For is read from the right. Default 0. */
  readonly trustedProxies?: number;
};

const SECOND_MS = 1_000;
const KEEP_ALIVE_MS = 5 * SECOND_MS;
const ANNOUNCE = '/announce';
const SCRAPE = '/scrape';
const ORIGIN = /^https?:\/\/[^/?#]*/i;

export class HttpTrackerServer implements Startable {
  readonly #handlers: HttpHandlers;
  readonly #options: HttpOptions;
  readonly #log: Log;
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #names: TrackerNames;
  readonly #places = new Places();
  /** When a connection has asked last. */
  readonly #askedMs = new WeakMap<Socket, UnixMs>();

  constructor(handlers: HttpHandlers, { log, clock, names }: Ports, options: HttpOptions) {
    this.#handlers = handlers;
    this.#clock = clock;
    this.#names = names;
    this.#log = log;
    this.#options = options;
    this.#server = createServer(
      {
        // The URL counts among the headers; clients send about 300 bytes of others.
        maxHeaderSize: 2 * limits.announceBytesMax,
        headersTimeout: limits.headersTimeoutMs,
        requestTimeout: limits.headersTimeoutMs,
        keepAliveTimeout: KEEP_ALIVE_MS,
        connectionsCheckingInterval: 5 * SECOND_MS,
        noDelay: true,
      },
      (request, response) => {
        try {
          this.#answer(request, response);
        } catch (error) {
          this.#broken(response, error);
        }
      },
    );
    takeOneAtATime(this.#server);
    takeAbsoluteTargets(this.#server);
    this.#server.on('clientError', (_error, socket) => socket.destroy());
    // Behind proxies the connections are theirs.
    if ((options.trustedProxies ?? 0) === 0) this.#server.on('connection', (socket) => this.#take(socket));
    else this.#server.maxConnections = limits.trackerConnectionsMax;
  }

  /** @throws Fault("port.taken" | "host.unusable" | "network.unreachable"). */
  async start(): Promise<void> {
    const { host, port } = this.#options;
    const place = { what: 'the port of the tracker', option: '--tracker-port', host, port };
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: Error): void => reject(cannotListen(place, cause));
      this.#server.once('error', failed);
      this.#server.listen({ host, port, backlog: limits.httpBacklogMax }, () => {
        this.#server.off('error', failed);
        resolve();
      });
    });
    this.#server.on('error', (error) => this.#log.error('tracker: the server failed', { error }));
  }

  /** Strangers count by address and by network; who asks nothing loses its place to one who comes. */
  #take(socket: Socket): void {
    const from = sourceAddress(socket.remoteAddress, undefined, 0);
    this.#askedMs.set(socket, this.#clock.now());
    const slack = () => {
      const idleMs = Math.abs(this.#clock.now() - this.#askedMs.get(socket)!);
      return idleMs >= limits.trackerIdleMs ? idleMs : undefined;
    };
    const place = this.#places.take(boundsOf(from), { slack, lost: () => socket.destroy() });
    if (place === undefined) socket.destroy();
    else socket.once('close', () => place.leave());
  }

  async stop(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
      this.#server.closeAllConnections();
    });
  }

  /** The port that it listens on. */
  port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    response.sendDate = false;
    // Nothing that is asked here has a body: nobody who sends one is read on.
    if (hasBody(request)) response.setHeader('Connection', 'close');
    if ((this.#options.trustedProxies ?? 0) > 0 && !this.#share(request, response)) {
      reply(response, encodeFailure('tracker.full'));
      return;
    }
    this.#askedMs.set(request.socket, this.#clock.now());
    const body = this.#body(request);
    if (body === undefined) notFound(response);
    else if (body instanceof Promise)
      void body.then((late) => reply(response, late)).catch((error) => this.#broken(response, error));
    else reply(response, body);
  }

  /** Whoever asks decides what we do: a mistake of ours in it must not let him stop us. */
  #broken(response: ServerResponse, error: unknown): void {
    this.#log.error('tracker: a mistake in making an answer', { error: error as Error });
    response.destroy();
  }

  /** Behind proxies requests under way count as connections do, by the client that the proxy names. */
  #share(request: IncomingMessage, response: ServerResponse): boolean {
    const stays = { slack: () => undefined, lost: () => undefined };
    const place = this.#places.take(boundsOf(this.#source(request)), stays);
    response.once('close', () => place?.leave());
    return place !== undefined;
  }

  /** @returns undefined for every page that there is not. */
  #body(request: IncomingMessage): Bytes | Promise<Bytes> | undefined {
    if (request.method !== 'GET') return undefined;
    // RFC 9112, section 3.2.2: a server answers the absolute form too, which clients behind a proxy send.
    const url = (request.url ?? '').replace(ORIGIN, '');
    const mark = url.indexOf('?');
    const path = mark < 0 ? url : url.slice(0, mark);
    const query = mark < 0 ? '' : url.slice(mark + 1);
    const announced = behind(path, ANNOUNCE);
    const scraped = behind(path, SCRAPE);
    if (announced === undefined && scraped === undefined) return undefined;
    const refused = pageCode(request.rawHeaders, this.#names);
    if (refused !== undefined) return encodeFailure(refused);
    if (url.length > limits.announceBytesMax) return encodeFailure('announce.malformed');
    const source = this.#source(request);
    if (announced !== undefined) return this.#handlers.announce(announced, query, source);
    return this.#handlers.scrape(scraped!, query, source);
  }

  #source(request: IncomingMessage): Address | undefined {
    const trusted = this.#options.trustedProxies ?? 0;
    const header = trusted === 0 ? undefined : request.headers['x-forwarded-for'];
    // Several such headers come joined by commas, in their order.
    return sourceAddress(
      request.socket.remoteAddress,
      Array.isArray(header) ? header.join() : header,
      trusted,
    );
  }
}

/** @param from - undefined: nobody knows where it is; they all have one share. */
function boundsOf(from: Address | undefined): readonly Bound[] {
  return [
    { name: 'all', max: limits.trackerConnectionsMax },
    { name: `network ${from && clientNetworkOf(from)}`, max: limits.trackerPerNetworkMax },
    { name: `address ${from && clientAddressOf(from)}`, max: limits.trackerPerAddressMax },
  ];
}

/** What stands behind "/announce/": one segment, or nothing. @returns undefined for another path. */
function behind(path: string, prefix: string): string | undefined {
  if (!path.startsWith(prefix)) return undefined;
  if (path.length === prefix.length) return '';
  if (path[prefix.length] !== '/') return undefined;
  const rest = path.slice(prefix.length + 1);
  return rest.includes('/') ? undefined : rest;
}

/** Clients expect status 200 even for a refusal: the reason stands in the body. */
function reply(response: ServerResponse, body: Bytes): void {
  response.writeHead(200, ['Content-Type', 'text/plain', 'Content-Length', String(body.length)]);
  response.end(body);
}

function notFound(response: ServerResponse): void {
  response.writeHead(404, ['Content-Type', 'text/plain', 'Content-Length', '10', 'Connection', 'close']);
  response.end('Not found\n');
}
