/**
 * How a call travels to a library, and its answer back, read by the contract: a program built on it must not find `undefined`
 * in a balance, or sign over half an answer. The only file of the SDK that knows HTTP. Source: docs/decisions/contract.md.
 */
import * as z from 'zod/mini';
import type { Call, Shape } from '../api/call.ts';
import { CALLS, type CallName, type SentFields, type ShapeOf } from '../api/calls.ts';
import type { Bytes } from '../core/bytes.ts';
import { ClientError, errorOf, unreadable } from './client-error.ts';
import { filledPath, queryPath } from './paths.ts';
import { type Patience, patiently } from './patience.ts';

export type TorrentFile = { readonly bytes: Bytes; readonly filename: string };

/** What the library answers to this call. */
export type Reply<N extends CallName> = ReplyIn<ShapeOf<N>>;

type ReplyIn<S> = S extends { kind: 'json'; schema: infer J extends z.ZodMiniType }
  ? z.output<J>
  : S extends { kind: 'page'; item: infer I extends z.ZodMiniType }
    ? { readonly items: readonly z.output<I>[]; readonly cursor: string | undefined }
    : S extends { kind: 'torrent'; underWay: infer U extends z.ZodMiniType }
      ? Torrent | { readonly torrent: undefined; readonly underWay: z.output<U> }
      : S extends { kind: 'torrent' }
        ? Torrent
        : Bytes;
type Torrent = { readonly torrent: TorrentFile; readonly underWay: undefined };

/** What comes behind the fields of an upload. */
export type FormPart = { readonly kind: 'file' | 'torrent'; readonly blob: Blob };

/** What every call takes. `signal`: aborted, it ends the call with all that the call has begun, and the call throws its reason. */
export type CallOptions = { readonly signal?: AbortSignal | undefined };

/** Every call throws ClientError, or the reason of its signal, and nothing else. */
export type Transport = {
  ask<N extends CallName>(name: N, fields: SentFields<N>, options?: CallOptions): Promise<Reply<N>>;
  /** An upload with bytes, or with a torrent. */
  sendForm(fields: SentFields<'upload'>, part: FormPart, options?: CallOptions): Promise<Reply<'upload'>>;
  /** A part of an upload that resumes (tus 1.0.0). @returns how much of it the library has. */
  sendPart(url: string, offset: number, part: Blob, options?: CallOptions): Promise<number>;
};

export type TransportOptions = Patience & {
  /** Of the library, for example http://127.0.0.1:8645. */
  readonly url: string;
  readonly fetch?: typeof fetch | undefined;
};

export function createTransport({ url, fetch: send = fetch, ...patience }: TransportOptions): Transport {
  const base = url.replace(/\/+$/, '');

  /** Asks, and reads what is answered: as long as it comes in, the signal may end it. */
  async function call<T>(
    [path, init = {}]: [string, RequestInit?],
    signal: AbortSignal | undefined,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    signal?.throwIfAborted();
    const once = signal === undefined ? init : { ...init, signal };
    try {
      return await patiently(patience, async () => read(await callOnce(path, once)), signal);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    }
  }

  async function callOnce(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await send(base + path, init);
    } catch (cause) {
      throw new ClientError('client.unreachable', 'The library does not answer.', { cause });
    }
    if (response.ok) return response;
    throw errorOf(response.status, await json(response).catch(() => undefined));
  }

  return {
    async ask<N extends CallName>(name: N, fields: SentFields<N>, { signal }: CallOptions = {}) {
      const contract: Call = CALLS[name];
      const read = (response: Response) => readReply(contract.answer, response);
      return (await call(requestOf(name, contract, fields), signal, read)) as Reply<N>;
    },
    async sendForm(fields, { kind, blob }, { signal } = {}) {
      const form = new FormData();
      for (const [field, value] of Object.entries(fields)) {
        if (value !== undefined) form.append(field, String(value));
      }
      form.append(kind, blob, kind); // the last one: the library reads the fields first
      const read = (response: Response) => readReply(CALLS.upload.answer, response);
      return (await call(['/api/upload', { method: 'POST', body: form }], signal, read)) as Reply<'upload'>;
    },
    sendPart(url, offset, part, { signal } = {}) {
      const headers = {
        ...{ 'tus-resumable': '1.0.0', 'upload-offset': String(offset) },
        'content-type': 'application/offset+octet-stream',
      };
      return call([url, { method: 'PATCH', headers, body: part }], signal, async (response) => {
        const told = response.headers.get('upload-offset') ?? '';
        return /^[0-9]{1,15}$/.test(told) ? Number(told) : unreadable('an offset');
      });
    },
  };
}

/**
 * What changes something goes by POST, as does what librarians ask: the library must see from which page it comes. And whatever is
 * signed: proxies keep addresses, and until it expires a signature opens to whoever has it what is its key's alone.
 */
function requestOf(name: CallName, { changes, who, inPath }: Call, given: unknown): [string, RequestInit?] {
  const fields = given as { readonly signed_hash?: unknown }; // typed where it was asked for
  if (who === 'desk' || changes || fields.signed_hash !== undefined) {
    const headers = { 'content-type': 'application/json' };
    return [`/api/${name}`, { method: 'POST', headers, body: JSON.stringify(fields) }];
  }
  return [inPath === undefined ? queryPath(name, fields) : filledPath(name, inPath, fields)];
}

async function readReply(shape: Shape, response: Response): Promise<unknown> {
  switch (shape.kind) {
    case 'json':
      return readAnswer(shape.schema, await json(response));
    case 'page':
      return { items: readAnswer(z.array(shape.item), await json(response)), cursor: cursorOf(response) };
    case 'torrent':
      if (response.status !== UNDER_WAY) return { torrent: await torrentOf(response), underWay: undefined };
      if (shape.underWay === undefined) return unreadable('a torrent');
      return { torrent: undefined, underWay: readAnswer(shape.underWay, await json(response)) };
    case 'proof':
      return bytes(response);
  }
}
const UNDER_WAY = 202;

/** @throws ClientError("client.unreadable") that names the field, and never what stood there. */
export function readAnswer<T extends z.ZodMiniType>(schema: T, value: unknown): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  return unreadable(`a right value for ${parsed.error.issues[0]?.path.join('.') || 'its result'}`);
}

async function torrentOf(response: Response): Promise<TorrentFile> {
  return { bytes: await bytes(response), filename: filenameOf(response) };
}

async function bytes(response: Response): Promise<Bytes> {
  try {
    return new Uint8Array(await response.arrayBuffer());
  } catch (cause) {
    throw new ClientError('client.unreachable', 'The answer broke off.', { cause });
  }
}

async function json(response: Response): Promise<unknown> {
  const text = new TextDecoder().decode(await bytes(response));
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ClientError('client.unreadable', 'The answer is not JSON.', { cause, status: response.status });
  }
}

/** RFC 8288: the address of the next page holds the cursor. */
function cursorOf(response: Response): string | undefined {
  const next = /<([^>]*)>;\s*rel="next"/.exec(response.headers.get('link') ?? '')?.[1];
  if (next === undefined) return undefined;
  return new URL(next, 'http://library').searchParams.get('cursor') ?? undefined;
}

/** RFC 6266: the encoded form when there is one. */
function filenameOf(response: Response): string {
  const header = response.headers.get('content-disposition') ?? '';
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(header)?.[1];
  try {
    if (encoded !== undefined) return decodeURIComponent(encoded);
  } catch (cause) {
    throw new ClientError('client.unreadable', 'The name of the torrent cannot be read.', { cause });
  }
  const plain = /filename="((?:[^"\\]|\\.)*)"/.exec(header)?.[1] ?? /filename=([^;]+)/.exec(header)?.[1];
  return plain?.replace(/\\(.)/g, '$1') ?? unreadable('a file name');
}
