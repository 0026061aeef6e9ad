/** Requests as strangers write them: fetch and nothing of our own client. */
import { createHash } from 'node:crypto';
import { expect } from 'chai';
import { problem } from '../../api/problem.ts';
import { hexToBytes, toHex, utf8 } from '../../core/bytes.ts';
import type { Hash32 } from '../../core/scalars.ts';
import type { SyncWallet } from './sync-wallet.ts';
import { START, type TinyLibrary } from './tiny-library.ts';

export type Fields = Record<string, unknown>;

export function get(library: TinyLibrary, path: string, fields: Fields = {}): Promise<Response> {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(fields)) query.set(name, String(value));
  return fetch(`${library.url}${path}?${query}`);
}

export function post(library: TinyLibrary, path: string, body: unknown): Promise<Response> {
  return fetch(`${library.url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

/** @param parts - in order; a Blob is a file. */
export function postForm(
  library: TinyLibrary,
  parts: readonly (readonly [string, string | File])[],
): Promise<Response> {
  const form = new FormData();
  for (const [name, value] of parts) form.append(name, value);
  return fetch(`${library.url}/api/upload`, { method: 'POST', body: form });
}

export type RpcAnswer = {
  readonly result: Fields;
  readonly error?: { readonly code: number; readonly message: string; readonly data: Fields };
};

export async function rpc(library: TinyLibrary, method: string, params: unknown): Promise<RpcAnswer> {
  const response = await post(library, '/rpc', { jsonrpc: '2.0', id: 1, method, params });
  return (await response.json()) as RpcAnswer;
}

export async function json(response: Promise<Response>): Promise<Fields> {
  return (await (await response).json()) as Fields;
}

/** The response is a problem document with this code, and tells nothing that it should not. */
export async function expectProblem(response: Response, code: string): Promise<void> {
  const text = await response.text();
  expect(response.headers.get('content-type'), text).to.equal('application/problem+json');
  const document = JSON.parse(text);
  expect(document.type, text).to.equal(code);
  expect(document.status).to.equal(response.status);
  expect(document.title).to.be.a('string');
  expect(document.request).to.equal(response.headers.get('x-request-id') ?? undefined);
  expect(document.retryable).to.equal([408, 423, 429, 503, 504, 507].includes(document.status));
  expect(problem.shape).to.include.keys(Object.keys(document));
  expect(text).not.to.match(/node_modules|\.ts\b|Error:|\bat \w+ \(/);
}

/** A small file, its hash (at most 16 KiB: plain SHA-256), and the form that uploads it. */
export function bookOf(name: string, content = `content of ${name}`) {
  const bytes = utf8(content);
  const hash = createHash('sha256').update(bytes).digest('hex');
  return { name, bytes, hash, size: bytes.length, file: new File([bytes], name) };
}
export type Book = ReturnType<typeof bookOf>;

/** Whose chain a signature is for. */
export type OnChain = { readonly ledger: { readonly chainId: Hash32 } };

export function uploadParts(library: OnChain, wallet: SyncWallet, book: Book): [string, string | File][] {
  return [
    ['public_key', wallet.publicKey],
    ['hash', book.hash],
    ['signed_hash', wallet.signUpload(chainOf(library), book.hash)],
    ['file', book.file],
  ];
}

/** On the ledger without its bytes, as if the library had read them. */
export async function publish(
  library: TinyLibrary,
  wallet: SyncWallet,
  file: { readonly hash: string; readonly name: string; readonly size: bigint },
): Promise<void> {
  const hash = hexToBytes(file.hash);
  const signature = hexToBytes(wallet.signUpload(chainOf(library), file.hash));
  const infoHashes = [1, 2, 3, 4].map((format) => hash.slice(format, format + 20));
  const claim = { hash, key: wallet.key, signature, expires: undefined, written: undefined };
  await library.archive.submit({ ...file, hash, infoHashes }, claim);
}

export function fetchFields(library: OnChain, wallet: SyncWallet, hash: string): Fields {
  const expires = START / 1_000 + 600;
  const signed_hash = wallet.signFetch(chainOf(library), hash, expires);
  return { hash, signed_hash, public_key: wallet.publicKey, expires };
}

export function downloadFields(library: OnChain, wallet: SyncWallet, hash: string): Fields {
  const signed_hash = wallet.signDownload(chainOf(library), hash);
  return { hash, signed_hash, public_key: wallet.publicKey };
}

export function uploadFields(library: OnChain, wallet: SyncWallet, hash: string): Fields {
  const signed_hash = wallet.signUpload(chainOf(library), hash);
  return { hash, signed_hash, public_key: wallet.publicKey };
}

/** What only the key itself may ask. @param expires - seconds since 1970. */
export function historyFields(library: OnChain, wallet: SyncWallet, expires = START / 1_000 + 600): Fields {
  const signed_hash = wallet.signHistory(chainOf(library), expires);
  return { public_key: wallet.publicKey, expires, signed_hash };
}

export const chainOf = (library: OnChain): string => toHex(library.ledger.chainId);

export const libraryOf = ({ ports }: Pick<TinyLibrary, 'ports'>): string => toHex(ports.sponsor.key);
