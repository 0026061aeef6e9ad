/** One who speaks JSON-RPC over a WebSocket, as a stranger writes it: `ws` and nothing of our own client. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import { eventually } from '../e2e/fixtures/eventually.ts';
import type { Fields, RpcAnswer } from './calls.ts';

export type Told = {
  readonly subscription: string;
  readonly events?: readonly (Fields & { readonly at: string; readonly kind: string })[];
  readonly next?: string;
  readonly pause?: Fields;
  readonly stop?: Fields & { readonly code: string; readonly next: string };
};
type Answer = RpcAnswer & { readonly id: number | string | null };
export type LiveOptions = {
  readonly origin?: string;
  readonly headers?: Record<string, string>;
  readonly localAddress?: string;
  readonly autoPong?: boolean;
};

export class LiveClient {
  readonly ws: WebSocket;
  readonly told: Told[] = [];
  /** What came that nobody has waited for: answers without an id. */
  readonly others: Answer[] = [];
  readonly #waiting = new Map<unknown, (answer: Answer) => void>();
  #ids = 0;
  /** With its code and reason. */
  readonly closed: Promise<readonly [number, string]>;

  private constructor(ws: WebSocket) {
    this.ws = ws;
    this.closed = new Promise((resolve) =>
      ws.once('close', (code, reason) => resolve([code, reason.toString()])),
    );
    ws.on('error', () => undefined);
    ws.on('message', (data) => {
      const message = JSON.parse(data.toString()) as Answer & { method?: string; params: Told };
      if (message.method !== undefined) return void this.told.push(message.params);
      const tell = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (tell === undefined) this.others.push(message);
      else tell(message);
    });
  }

  /** @param url - of the library. @throws an error with the status of the refusal in its words. */
  static open(url: string, options: LiveOptions = {}): Promise<LiveClient> {
    const ws = new WebSocket(`${url.replace('http', 'ws')}/rpc`, { ...options, perMessageDeflate: false });
    const client = new LiveClient(ws);
    return new Promise((resolve, reject) => {
      ws.once('open', () => resolve(client)).once('error', reject);
    });
  }

  /** Under the WebSocket. */
  get socket(): Socket {
    return (this.ws as unknown as { readonly _socket: Socket })._socket;
  }

  ask(method: string, params: unknown = {}): Promise<Answer> {
    this.#ids += 1;
    const id = this.#ids;
    const { promise, resolve } = Promise.withResolvers<Answer>();
    this.#waiting.set(id, resolve);
    this.ws.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    return promise;
  }

  /** @returns the name of the subscription. */
  async subscribe(params: Fields = {}): Promise<string> {
    const { result, error } = await this.ask('ledger_v1_subscribe', params);
    if (error !== undefined) throw new Error(String(error.data.code));
    return String(result.subscription);
  }

  /** All events that were told. */
  events(): NonNullable<Told['events']> {
    return this.told.flatMap(({ events = [] }) => events);
  }

  async until(what: string, is: () => boolean): Promise<void> {
    await eventually(what, async () => is());
  }

  close(): void {
    this.ws.terminate();
  }
}
