/**
 * Who may hold connections to the API. Strangers count by address and by network, and no ten networks can hold all of
 * their places; a connection over which a paying key has signed counts by that key, in places of its own: a reading
 * room of two hundred readers stands behind one address, and has half of them before its network counts. Where a bound is full, a connection that waits for its next
 * request, or moves its bytes too slowly, loses its place to one who comes. Behind proxies of the operator the
 * connections are theirs, and what counts are the requests under way.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Address } from '../core/address.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { Pace } from '../core/pace.ts';
import { type Bound, onceCrowded, type Place, Places } from '../core/places.ts';
import type { Clock } from '../core/ports.ts';
import type { PublicKey32, UnixMs } from '../core/scalars.ts';
import { clientName, networkName } from './client-name.ts';

type Held = {
  readonly place: Place;
  /** client-name.ts */
  readonly network: string;
  readonly pace: Pace;
  /** Answers that have not gone out yet. */
  underWay: Set<{ readonly request: IncomingMessage; readonly response: ServerResponse }>;
  /** When it began to wait for a request. */
  idleSince: UnixMs;
  /** The key by which it counts, in hex. */
  reader?: string;
  /** Of a WebSocket: milliseconds for which it follows nothing and asks for nothing; undefined: it keeps its place. */
  unused?: () => number | undefined;
};

export class Connections {
  readonly #clock: Clock;
  readonly #places = new Places();
  readonly #held = new WeakMap<Socket | IncomingMessage, Held>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns false when there is no place for it. */
  connected(socket: Socket, from: Address | undefined): boolean {
    const held = this.#take(from, socket, socket);
    if (held === undefined) return false;
    socket.once('close', () => held.place.leave());
    return true;
  }

  /** A request over a connection that has a place. */
  requested(request: IncomingMessage, response: ServerResponse): void {
    const held = this.#held.get(request.socket);
    if (held === undefined) return;
    const exchange = { request, response };
    held.underWay.add(exchange);
    response.once('close', () => {
      held.underWay.delete(exchange);
      held.idleSince = this.#clock.now();
    });
  }

  /** A request of a client behind a proxy. @returns false when there is no place for it. */
  forwarded(request: IncomingMessage, response: ServerResponse, from: Address | undefined): boolean {
    const held = this.#take(from, request, request.socket);
    if (held === undefined) return false;
    held.underWay.add({ request, response });
    response.once('close', () => held.place.leave());
    return true;
  }

  /** The request becomes a WebSocket, and counts as such. @returns false when there is no place for one. */
  upgraded(request: IncomingMessage, from: Address | undefined, unused: () => number | undefined): boolean {
    const { socket } = request;
    const connected = this.#held.get(socket);
    if (connected !== undefined) {
      const { reader, network } = connected;
      const bounds = reader === undefined ? strangers(from, SOCKETS) : readers(reader, network, SOCKETS);
      connected.unused = unused;
      return connected.place.move(bounds);
    }
    const held = this.#take(from, request, socket, SOCKETS);
    if (held === undefined) return false;
    held.unused = unused;
    socket.once('close', () => held.place.leave());
    return true;
  }

  /** A paying key has signed this request: from now on its connection counts by the key, if that has a place left. */
  signed(request: IncomingMessage, key: PublicKey32): void {
    const held = this.#heldBy(request);
    const reader = toHex(key);
    if (held?.reader === reader) return; // it would count as one who comes, where there may be too many since
    const kind = held?.unused === undefined ? REQUESTS : SOCKETS;
    if (held?.place.move(readers(reader, held.network, kind)) === true) held.reader = reader;
  }

  /** The paying key that has signed over the connection of this request last, in hex. */
  readerOf(request: IncomingMessage): string | undefined {
    return this.#heldBy(request)?.reader;
  }

  #heldBy(request: IncomingMessage): Held | undefined {
    return this.#held.get(request) ?? this.#held.get(request.socket);
  }

  #take(
    from: Address | undefined,
    owner: Socket | IncomingMessage,
    socket: Socket,
    kind = REQUESTS,
  ): Held | undefined {
    const now = this.#clock.now();
    const held: Omit<Held, 'place'> = {
      network: networkName(from, false),
      pace: new Pace(limits.apiPaceMs, now, moved(socket)),
      underWay: new Set<{ readonly request: IncomingMessage; readonly response: ServerResponse }>(),
      idleSince: now,
    };
    const place = this.#places.take(strangers(from, kind), {
      slack: () => this.#slack(held, socket),
      lost: () => owner.destroy(),
    });
    if (place === undefined) return undefined;
    const whole = Object.assign(held, { place });
    this.#held.set(owner, whole);
    return whole;
  }

  /** Milliseconds for which it has done nothing; of one that crawls, as if it had done so since a pace is told of it. */
  #slack({ underWay, idleSince, pace, unused }: Omit<Held, 'place'>, socket: Socket): number | undefined {
    if (unused !== undefined) return unused();
    const now = this.#clock.now();
    const speed = pace.read(now, moved(socket));
    if (underWay.size === 0) {
      const idleMs = now - idleSince;
      return idleMs >= limits.apiIdleMs ? idleMs : undefined;
    }
    const waitsForUs = [...underWay].every(({ request, response }) => {
      return request.complete && !response.writableEnded;
    });
    if (waitsForUs || speed === undefined || speed >= limits.apiPaceBytesMin) return undefined;
    return limits.apiPaceMs;
  }
}

/** Connections for requests, and WebSockets: who holds all of the one kind may have none of the other. */
type Kind = {
  readonly name: string;
  readonly strangersMax: number;
  readonly perNetworkMax: number;
  readonly perAddressMax: number;
  readonly readersMax: number;
  readonly readersPerNetworkMax: number;
  readonly perKeyMax: number;
};
const REQUESTS: Kind = {
  name: '',
  strangersMax: limits.apiStrangersMax,
  perNetworkMax: limits.apiPerNetworkMax,
  perAddressMax: limits.apiPerAddressMax,
  readersMax: limits.apiReadersMax,
  readersPerNetworkMax: limits.apiReadersPerNetworkMax,
  perKeyMax: limits.apiPerKeyMax,
};
const SOCKETS: Kind = {
  name: 'WebSockets of ',
  strangersMax: limits.webSocketsStrangersMax,
  perNetworkMax: limits.webSocketsPerNetworkMax,
  perAddressMax: limits.webSocketsPerAddressMax,
  readersMax: limits.webSocketsReadersMax,
  readersPerNetworkMax: limits.webSocketsReadersPerNetworkMax,
  perKeyMax: limits.webSocketsPerKeyMax,
};

function strangers(from: Address | undefined, kind: Kind): readonly Bound[] {
  return [
    { name: `${kind.name}strangers`, max: kind.strangersMax },
    { name: `${kind.name}network ${networkName(from, false)}`, max: kind.perNetworkMax },
    { name: `${kind.name}address ${clientName(from, false)}`, max: kind.perAddressMax },
  ];
}

function readers(key: string, network: string, kind: Kind): readonly Bound[] {
  const all = { name: `${kind.name}readers`, max: kind.readersMax };
  const here = { name: `${kind.name}readers in ${network}`, max: kind.readersPerNetworkMax };
  return [{ name: `${kind.name}key ${key}`, max: kind.perKeyMax }, all, onceCrowded(all, here)];
}

function moved({ bytesRead, bytesWritten }: Socket): number {
  return bytesRead + bytesWritten;
}
