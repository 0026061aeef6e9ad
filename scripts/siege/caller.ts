/** HTTP from one of the addresses of the attackers: as the SDK's `fetch`, or with headers and paces that fetch refuses. */
import { Agent, type IncomingMessage, request as send } from 'node:http';
import { type Client, createClient } from '../../client/client.ts';
import { createOperator, type Operator } from '../../client/operator.ts';
import type { Field, Gate } from './field.ts';

export type Call = {
  readonly url: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Buffer | undefined;
};
export type HttpAnswer = {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
};

/** To each library and port. */
const SOCKETS = 8;
const ANSWER_MS = 30_000;
/** In one go, of a body that is sent slowly. */
const SLOW_CHUNK = 1_024;

export class Caller {
  readonly #agent: Agent;
  readonly #field: Field;
  readonly #slowBytesPerSecond: number | undefined;

  /** @param slowBytesPerSecond - at which bodies leave, on connections that are not kept. */
  constructor(field: Field, localAddress: string, slowBytesPerSecond?: number) {
    this.#field = field;
    this.#slowBytesPerSecond = slowBytesPerSecond;
    const own = slowBytesPerSecond === undefined ? { keepAlive: true, maxSockets: SOCKETS } : {};
    this.#agent = new Agent({ ...own, localAddress });
  }

  client({ api }: Gate): Client {
    return createClient({ url: api, chainId: this.#field.chainId, fetch: this.#fetch });
  }

  operator({ api }: Gate): Operator {
    return createOperator({ url: api, fetch: this.#fetch });
  }

  /** @throws when the connection breaks, or nothing comes for half a minute. */
  call({ url, method = 'GET', headers = {}, body }: Call): Promise<HttpAnswer> {
    return new Promise((resolve, reject) => {
      const length = body === undefined ? {} : { 'content-length': String(body.length) };
      const outgoing = send(url, { agent: this.#agent, method, headers: { ...headers, ...length } });
      if (this.#slowBytesPerSecond === undefined) {
        outgoing.setTimeout(ANSWER_MS, () => outgoing.destroy(new Error('no answer')));
      }
      outgoing.on('error', reject);
      outgoing.on('response', (incoming) => read(incoming).then(resolve, reject));
      if (body === undefined || this.#slowBytesPerSecond === undefined) outgoing.end(body);
      else this.#drip(outgoing, body, this.#slowBytesPerSecond);
    });
  }

  close(): void {
    this.#agent.destroy();
  }

  readonly #fetch: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    const { status, headers, body } = await this.call({
      url: request.url,
      method: request.method,
      headers: Object.fromEntries(request.headers),
      body: request.body === null ? undefined : Buffer.from(await request.arrayBuffer()),
    });
    const empty = status === 204 || status === 304;
    return new Response(empty ? null : new Uint8Array(body), { status, headers });
  };

  #drip(outgoing: ReturnType<typeof send>, body: Buffer, bytesPerSecond: number): void {
    let at = 0;
    const timer = setInterval(
      () => {
        if (at >= body.length || outgoing.destroyed) {
          clearInterval(timer);
          outgoing.end();
          return;
        }
        outgoing.write(body.subarray(at, at + SLOW_CHUNK));
        at += SLOW_CHUNK;
      },
      (1_000 * SLOW_CHUNK) / bytesPerSecond,
    );
    outgoing.once('close', () => clearInterval(timer));
  }
}

async function read(incoming: IncomingMessage): Promise<HttpAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  return { status: incoming.statusCode ?? 0, headers, body: Buffer.concat(chunks) };
}

/** An answer in a word: served, or the code of the refusal. */
export function outcomeOf({ status, body }: HttpAnswer): string {
  const text = body.subarray(0, 2_000).toString('latin1');
  const code = /"(?:type|code)":"([a-z]+\.[a-z-]+)"/.exec(text)?.[1];
  if (code !== undefined) return code;
  return status < 300 ? 'served' : `status ${status}`;
}
