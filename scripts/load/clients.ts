/**
 * A thread with the clients of `npm run load`: readers who search, each over a connection of his own and after a while of
 * thinking, and programs that follow the ledger over WebSockets. Each has an address of its own.
 */
import { Agent } from 'node:http';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { WebSocket } from 'ws';
import { NOTE_METHOD } from '../../api/subscriptions.ts';
import { addressIn, askWith } from '../bench/networks.ts';

export type Clients = {
  readonly api: string;
  readonly http: number;
  readonly ws: number;
  /** Between an answer and the next question, on the average. */
  readonly thinkMs: number;
  /** Words that are looked for. */
  readonly words: readonly string[];
};
export type ToClients = { readonly kind: 'begin' } | { readonly kind: 'end' };
export type Seen = {
  /** Milliseconds until the answer to each search began. */
  readonly searchMs: readonly number[];
  /** Answers that were refusals, and connections that failed. */
  readonly refused: number;
  /** Of all subscribers together. */
  readonly events: number;
  /** Milliseconds from the time of a block until its events came, one for each. */
  readonly toldMs: readonly number[];
  /** Of those that should have lived. */
  readonly closed: number;
};

/** Networks behind those of the readers. */
const FOLLOWERS_FROM = 2_000;

class Load {
  readonly #clients: Clients;
  #searchMs: number[] = [];
  #toldMs: number[] = [];
  #refused = 0;
  #closed = 0;
  #events = 0;
  #isOn = false;
  #readers: Promise<void>[] = [];
  #sockets: WebSocket[] = [];

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  begin(): void {
    this.#isOn = true;
    const { http, ws } = this.#clients;
    this.#readers = Array.from({ length: http }, (_, number) => this.#read(number));
    this.#sockets = Array.from({ length: ws }, (_, number) => this.#follow(number));
  }

  async end(): Promise<Seen> {
    this.#isOn = false;
    for (const socket of this.#sockets.splice(0)) socket.terminate();
    await Promise.all(this.#readers);
    const seen = {
      ...{ searchMs: this.#searchMs, toldMs: this.#toldMs, events: this.#events },
      ...{ refused: this.#refused, closed: this.#closed },
    };
    this.#searchMs = [];
    this.#toldMs = [];
    [this.#refused, this.#closed, this.#events] = [0, 0, 0];
    return seen;
  }

  async #read(number: number): Promise<void> {
    const { api, thinkMs, words } = this.#clients;
    const agent = new Agent({ keepAlive: true, maxSockets: 1, localAddress: addressIn(number) });
    const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
    await wait(Math.random() * thinkMs);
    while (this.#isOn) {
      const word = words[Math.floor(Math.random() * words.length)];
      try {
        const { status, tookMs } = await askWith(agent, api, { path: `/api/search?query=${word}` });
        if (status === 200) this.#searchMs.push(tookMs);
        else this.#refused += 1;
      } catch {
        this.#refused += 1;
      }
      for (let left = 2 * Math.random() * thinkMs; left > 0 && this.#isOn; left -= 500) {
        await wait(Math.min(left, 500));
      }
    }
    agent.destroy();
  }

  #follow(number: number): WebSocket {
    const url = `${this.#clients.api.replace('http', 'ws')}/rpc`;
    const localAddress = addressIn(FOLLOWERS_FROM + number);
    const socket = new WebSocket(url, { localAddress, perMessageDeflate: false });
    socket.on('open', () => {
      const status = { jsonrpc: '2.0', id: 1, method: 'node_v1_status' };
      socket.send(JSON.stringify(status));
    });
    socket.on('message', (data) => this.#heard(socket, JSON.parse(String(data))));
    socket.on('error', () => {
      this.#refused += 1;
    });
    socket.on('close', () => {
      if (this.#isOn) this.#closed += 1;
    });
    return socket;
  }

  #heard(socket: WebSocket, message: Heard): void {
    if (message.id === 1) {
      const params = { from: `${(message.result?.height ?? 0) + 1}:0` };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id: 2, method: 'ledger_v1_subscribe', params }));
    }
    if (message.error !== undefined) this.#refused += 1;
    if (message.method !== NOTE_METHOD) return;
    for (const { time } of message.params?.events ?? []) {
      this.#events += 1;
      this.#toldMs.push(Date.now() - time);
    }
  }
}

type Heard = {
  readonly id?: number;
  readonly method?: string;
  readonly error?: unknown;
  readonly result?: { readonly height?: number };
  readonly params?: { readonly events?: readonly { readonly time: number }[] };
};

if (!isMainThread) {
  const load = new Load(workerData as Clients);
  parentPort!.on('message', async (message: ToClients) => {
    if (message.kind === 'begin') load.begin();
    else parentPort!.postMessage(await load.end());
  });
}
