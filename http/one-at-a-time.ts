/**
 * One request at a time. Node answers everything that has come over a connection in one go: 64 KiB of the shortest requests
 * are 1,800, which kept a library from anything else for a second, and a hundred connections from one address for twenty.
 * Here what has come is cut where the head of a request ends (RFC 9112, section 2.1: an empty line); the next one is read
 * when the one before it has its answer (section 9.3.2 lets a client send them so, and a server take its time), and of all
 * connections only a few in one turn of the loop. Who waits, waits by network, address and connection (core/fair-queue.ts).
 * Memory: what has been read of a connection and not been looked at is a chunk of 64 KiB, and what Node reads until it sees
 * that it is to wait, as much again or twice.
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { clientAddressOf, clientNetworkOf, parseAddress } from '../core/address.ts';
import { assert } from '../core/assert.ts';
import { FairQueue, type QueueName } from '../core/fair-queue.ts';
import { limits } from '../core/limits.ts';
import { HeadEnd } from './head-end.ts';

export type OneAtATime = {
  /** Whoever listens to 'upgrade' calls it first: from then on the connection is read by nobody here. */
  handOver(socket: Socket): void;
};

/** Call it before anybody else listens for requests, and once for each server. */
export function takeOneAtATime(server: Server): OneAtATime {
  const queue = new FairQueue({
    atOnceMax: limits.requestsPerTurnMax,
    perQueueMax: 1,
    waitingMax: Number.POSITIVE_INFINITY, // one of each connection: those are bounded
  });
  const turn = new Turn();
  const readers = new WeakMap<Socket, Reader>();
  let count = 0;
  server.on('connection', (socket) => {
    count += 1;
    readers.set(socket, new Reader(socket, nameOf(socket, count), queue, turn));
  });
  server.prependListener('request', (request, response) =>
    readers.get(request.socket)?.began(request, response),
  );
  // From then on it is no HTTP. Whoever listens ends it; without one Node would.
  server.prependListener('connect', (_request, socket) => {
    readers.get(socket as Socket)?.leave();
    if (server.listenerCount('connect') === 1) socket.destroy();
  });
  return { handOver: (socket) => readers.get(socket)?.handOver() };
}

/** Stands between a connection and Node's parser of HTTP. */
class Reader {
  readonly #socket: Socket;
  readonly #name: QueueName;
  readonly #queue: FairQueue;
  readonly #turn: Turn;
  readonly #parse: (chunk: Buffer) => void;
  readonly #listen: (chunk: Buffer) => void;
  readonly #pause: () => Socket;
  readonly #resume: () => Socket;
  readonly #end = new HeadEnd();
  /** Came, and is not parsed yet. */
  #chunk: Buffer | undefined;
  /** The last one whose head was read. Its body may go on behind its answer, and costs as much then. */
  #request: IncomingMessage | undefined;
  #isAnswered = true;
  /** Of a body whose length was said. */
  #bodyBytesLeft = 0;
  /** Of empty lines before the next request; undefined: it has begun. */
  #emptyBytes: number | undefined = 0;
  /** Waits for its turn. */
  #leaveQueue: (() => void) | undefined;
  /** Node wants nothing more for now: a body, or an answer, is not taken. */
  #isHeld = false;
  #isParsing = false;
  /** The connection is somebody else's. */
  #hasLeft = false;

  constructor(socket: Socket, name: QueueName, queue: FairQueue, turn: Turn) {
    this.#socket = socket;
    this.#name = name;
    this.#queue = queue;
    this.#turn = turn;
    const [parse] = socket.listeners('data') as ((chunk: Buffer) => void)[];
    assert(parse !== undefined, 'Node listens to a connection before anybody else does');
    this.#parse = parse.bind(socket);
    socket.off('data', parse);
    // Node and we may both want a connection to wait: it goes on when neither does.
    this.#pause = socket.pause.bind(socket);
    this.#resume = socket.resume.bind(socket);
    socket.pause = () => {
      this.#isHeld = true;
      this.#pause();
      return socket;
    };
    socket.resume = () => {
      this.#isHeld = false;
      this.#goOn();
      return socket;
    };
    this.#listen = (chunk) => this.#came(chunk);
    socket.on('data', this.#listen);
    socket.once('close', () => this.leave());
  }

  /** Node has read the head of a request. */
  began(request: IncomingMessage, response: ServerResponse): void {
    this.#request = request;
    this.#isAnswered = false;
    this.#bodyBytesLeft = Number(request.headers['content-length'] ?? 0);
    this.#emptyBytes = 0;
    response.once('close', () => {
      this.#isAnswered = true;
      this.#goOn();
    });
  }

  /** It speaks HTTP no more. */
  leave(): void {
    this.#leaveQueue?.();
    this.#leaveQueue = undefined;
    this.#chunk = undefined;
  }

  /** Whoever listens to it from now on gets what has come behind the head as well, and may let it wait. */
  handOver(): void {
    const chunk = this.#chunk;
    this.leave();
    this.#hasLeft = true;
    this.#socket.off('data', this.#listen);
    this.#socket.pause = this.#pause;
    this.#socket.resume = this.#resume;
    if (chunk !== undefined) this.#socket.unshift(chunk);
  }

  #came(chunk: Buffer): void {
    if (this.#isOver()) return;
    this.#chunk = this.#chunk === undefined ? chunk : Buffer.concat([this.#chunk, chunk]);
    this.#goOn();
    if (this.#chunk !== undefined) this.#pause();
  }

  #goOn(): void {
    if (this.#isParsing) return; // whoever parses goes on himself
    if (this.#isOver()) this.leave();
    if (this.#bodyBytesLeft > 0 && this.#chunk !== undefined && !this.#isHeld) this.#giveBody(this.#chunk);
    if (this.#isHeld) return;
    const chunk = this.#chunk;
    if (chunk === undefined) this.#resume();
    else if (this.#leaveQueue === undefined && (this.#isAnswered || this.#isInBody())) this.#enter();
  }

  /** Nobody reads more of it: the last answer is on its way, or it is closed. */
  #isOver(): boolean {
    return this.#hasLeft || this.#socket.destroyed || this.#socket.writableEnded;
  }

  #isInBody(): boolean {
    return this.#request?.complete === false;
  }

  #giveBody(chunk: Buffer): void {
    const bytes = Math.min(this.#bodyBytesLeft, chunk.length);
    this.#bodyBytesLeft -= bytes;
    this.#give(chunk, bytes);
  }

  /** A head, or a part of a body of unsaid length. */
  #enter(): void {
    let hasBegun = false;
    const leave = this.#queue.enter(this.#name, {
      begin: (done) => {
        hasBegun = true;
        this.#leaveQueue = undefined;
        this.#turn.over(done);
        const chunk = this.#chunk;
        if (chunk === undefined || this.#isHeld || this.#isOver()) return;
        const part = this.#isInBody() ? chunk.subarray(0, limits.requestPieceBytesMax) : chunk;
        const bytes = this.#end.find(part) ?? part.length;
        if (!this.#isInBody() && this.#isTooEmpty(part.subarray(0, bytes)))
          return void this.#socket.destroy();
        this.#give(chunk, bytes);
        this.#goOn();
      },
      pushedOut: () => this.#socket.destroy(),
    });
    if (!hasBegun) this.#leaveQueue = leave;
  }

  /**
   * Empty lines before a request are read over (RFC 9112, section 2.2, asks for one, which some clients send behind a body).
   * They are no request, and cost nothing: who sends more of them sends nothing else.
   */
  #isTooEmpty(part: Buffer): boolean {
    if (this.#emptyBytes === undefined) return false;
    const found = part.findIndex((byte) => byte !== CR && byte !== LF);
    const bytes = this.#emptyBytes + (found < 0 ? part.length : found);
    this.#emptyBytes = found < 0 ? bytes : undefined;
    return bytes > 2 * limits.emptyLinesMax;
  }

  #give(chunk: Buffer, bytes: number): void {
    this.#chunk = bytes < chunk.length ? chunk.subarray(bytes) : undefined;
    this.#isParsing = true;
    this.#parse(chunk.subarray(0, bytes));
    this.#isParsing = false;
  }
}

const CR = 0x0d;
const LF = 0x0a;

/** What was done in this turn of the loop counts until the next one. */
class Turn {
  readonly #done: (() => void)[] = [];

  over(done: () => void): void {
    if (this.#done.push(done) > 1) return;
    setImmediate(() => {
      for (const one of this.#done.splice(0)) one();
    });
  }
}

function nameOf({ remoteAddress = '' }: Socket, count: number): QueueName {
  const from = parseAddress(remoteAddress);
  if (from === undefined) return ['', '', String(count)];
  return [clientNetworkOf(from), clientAddressOf(from), String(count)];
}
