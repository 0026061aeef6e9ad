/** Requests to a library of this machine, each from a network of its own: nobody is allowed to ask so much from one (Linux). */
import { Agent, request } from 'node:http';

export type Asked = {
  readonly path: string;
  /** Of a POST. */
  readonly body?: string | Uint8Array;
  /** JSON, unless said otherwise. */
  readonly type?: string;
};
export type Answered = { readonly status: number; readonly body: Buffer; readonly tookMs: number };

/** Any of 127.0.0.0/8 is this machine. @param number - of the network, from 0 on; 32,000 are distinct. */
export function addressIn(number: number): string {
  return `127.${128 + (number >> 8)}.${number & 255}.1`;
}

/** @returns when the answer has come whole; `tookMs` until its first byte. */
export function askWith(agent: Agent | undefined, api: string, asked: Asked): Promise<Answered> {
  const { path, body, type = 'application/json' } = asked;
  return new Promise((resolve, reject) => {
    const headers =
      body === undefined ? {} : { 'content-type': type, 'content-length': String(Buffer.byteLength(body)) };
    const method = body === undefined ? 'GET' : 'POST';
    const from = process.hrtime.bigint();
    const asking = request(api + path, { ...(agent && { agent }), headers, method });
    asking.on('error', reject);
    asking.on('response', (response) => {
      const tookMs = Number(process.hrtime.bigint() - from) / 1_000_000;
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks), tookMs }),
      );
    });
    asking.end(body);
  });
}

/** Over a connection that is used for nothing else. @returns `tookMs` until the answer has come whole. */
export async function askFrom(network: number, api: string, asked: Asked): Promise<Answered> {
  const agent = new Agent({ keepAlive: false, localAddress: addressIn(network) });
  const from = performance.now();
  const answered = await askWith(agent, api, asked);
  agent.destroy();
  return { ...answered, tookMs: performance.now() - from };
}
