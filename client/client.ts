/**
 * A library, as a program sees it: every call of the reader's API (protocol.md), typed. Knows the world through
 * `fetch` only, and does nothing that a stranger with curl could not do.
 */
import { checkFileSize } from '../chain/files/file-size.ts';
import { type Bytes, toHex } from '../core/bytes.ts';
import { CODES } from '../core/codes.ts';
import {
  type AccountFacts,
  type FileFacts,
  type FoundFile,
  readAccount,
  readFile,
  readFoundFile,
  readRegistered,
  readStatus,
  readUpload,
  type StatusFacts,
  type UploadFacts,
  unreadable,
} from './answers.ts';
import { ClientError, errorOf } from './client-error.ts';
import { filePath, queryPath } from './paths.ts';
import { patiently } from './patience.ts';
import { piecesRootOfStream } from './pieces-root.ts';
import { register } from './register.ts';
import type { Wallet, WrittenOfFile } from './wallet.ts';

export type ClientOptions = {
  /** Of the library, for example http://127.0.0.1:8645. */
  readonly url: string;
  /** 64 hex characters. Pinned, no library can have its readers sign for another chain; else it is asked for once. */
  readonly chainId?: string;
  readonly fetch?: typeof fetch;
  /** Unix time in milliseconds; that of the machine when it is left out. */
  readonly now?: () => number;
  /** So long in all a call waits for a library that says that it is busy, and asks again; half a minute when it is left out. */
  readonly patienceMs?: number;
  /** How it waits, in milliseconds. */
  readonly wait?: (ms: number) => Promise<void>;
};
export type TorrentFormat = 'v1' | 'hybrid' | 'v2';
/** `expires`: Unix time in seconds from which on a signed purchase is worthless. */
export type SignedOptions = { readonly expires?: number; readonly format?: TorrentFormat };
/** `from`: the height of the checkpoint that the proof is to begin at; the genesis when it is left out. */
export type ProofOptions = { readonly expires?: number; readonly from?: number };
/** `expires`: until when the library may put it on the ledger, Unix time in seconds; 14 days when it is left out. */
export type UploadOptions = { readonly expires?: number; readonly format?: TorrentFormat };
/** The torrent to seed with; or how the upload stands when it is not on the ledger yet. */
export type Uploaded =
  | { readonly torrent: TorrentFile; readonly facts: undefined }
  | { readonly torrent: undefined; readonly facts: UploadFacts };
export type TorrentFile = { readonly bytes: Bytes; readonly filename: string };
export type SearchPage = { readonly files: readonly FoundFile[]; readonly cursor: string | undefined };

/** Every call throws ClientError, and nothing else. */
export type Client = {
  status(): Promise<StatusFacts>;
  /**
   * Resolves once the key is on the ledger. Does the work that a busy library asks for.
   * @param options - `code`: of the librarian, where one is asked for.
   */
  register(publicKey: string, options?: { readonly code?: string }): Promise<void>;
  search(query: string, page?: { readonly limit?: number; readonly cursor?: string }): Promise<SearchPage>;
  /** Buys the file, once, and gives the torrent with this reader's pass; of what the key owns already as `fetch`. */
  download(wallet: Wallet, hash: string, options?: SignedOptions): Promise<TorrentFile>;
  /** The torrent of what this key has bought or uploaded, or brings to this library. */
  fetch(wallet: Wallet, hash: string, options?: Pick<SignedOptions, 'format'>): Promise<TorrentFile>;
  /** Gives the library the bytes; it seeds them, and puts the upload on the ledger, now or when it can. */
  uploadFile(wallet: Wallet, file: Blob, name: string, options?: UploadOptions): Promise<Uploaded>;
  /**
   * Gives the library a torrent; the reader seeds until the library has read the bytes. With `written` the reader
   * signs name and size. @param hash - of the file, 64 hex characters.
   */
  uploadTorrent(
    wallet: Wallet,
    hash: string,
    torrent: Bytes,
    options?: UploadOptions & { readonly written?: Pick<WrittenOfFile, 'size' | 'name'> },
  ): Promise<Uploaded>;
  /** How the upload of this key stands at this library. */
  uploadState(wallet: Wallet, hash: string): Promise<UploadFacts>;
  /** What only the key itself may see. @param options - `expires`: at most an hour ahead; ten minutes when left out. */
  account(wallet: Wallet, options?: Pick<SignedOptions, 'expires'>): Promise<AccountFacts>;
  /** For anybody. @param publicKey - 64 hex characters. */
  isRegistered(publicKey: string): Promise<boolean>;
  file(hash: string): Promise<FileFacts>;
  /** That this key has bought the file, or has not: for `verifyPurchase`. */
  proof(wallet: Wallet, hash: string, options?: ProofOptions): Promise<Bytes>;
  /** That the block at this height holds the transaction: for `verifyTransaction`. @param id - 64 hex characters. */
  inclusion(id: string, height: number, options?: Pick<ProofOptions, 'from'>): Promise<Bytes>;
};

export function createClient(options: ClientOptions): Client {
  const base = options.url.replace(/\/+$/, '');
  const send = options.fetch ?? fetch;
  let chainId = options.chainId;

  const { patienceMs = PATIENCE_MS, wait = pause } = options;
  const call = (path: string, init: RequestInit = {}): Promise<Response> =>
    patiently({ patienceMs, wait }, () => callOnce(path, init));

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

  async function status(): Promise<StatusFacts> {
    return readStatus(await json(await call('/api/status')));
  }

  async function chain(): Promise<string> {
    chainId ??= (await status()).chain.id;
    return chainId;
  }

  async function torrent(path: string): Promise<TorrentFile> {
    return torrentOf(await call(path));
  }

  const inSeconds = (ahead: number): number => Math.floor((options.now ?? Date.now)() / 1_000) + ahead;

  /** What is asked for as the owner of something. */
  async function owned(wallet: Wallet, hash: string, format?: TorrentFormat) {
    const expires = inSeconds(FETCH_SECONDS);
    return claim(wallet, hash, wallet.signFetch(await chain(), hash, expires), { expires, format });
  }

  async function fetchTorrent(wallet: Wallet, hash: string, format?: TorrentFormat): Promise<TorrentFile> {
    return torrent(queryPath('fetch', await owned(wallet, hash, format)));
  }

  /** What every signed call carries. */
  function claim(
    wallet: Wallet,
    hash: string,
    signature: string,
    {
      expires,
      format,
    }: { readonly expires?: number | undefined; readonly format?: TorrentFormat | undefined },
  ) {
    return { hash, public_key: wallet.publicKey, signed_hash: signature, expires, format };
  }

  async function uploadForm(
    wallet: Wallet,
    hash: string,
    part: Readonly<{ kind: 'file' | 'torrent'; blob: Blob }>,
    written: WrittenOfFile | undefined,
    format: TorrentFormat | undefined,
  ): Promise<Uploaded> {
    const signature = wallet.signUpload(await chain(), hash, written);
    const form = new FormData();
    const fields = { ...claim(wallet, hash, signature, { expires: written?.expires, format }), ...written };
    for (const [name, value] of Object.entries(fields)) {
      if (value !== undefined) form.append(name, String(value));
    }
    form.append(part.kind, part.blob, part.kind); // the last one: the library reads the fields first
    const response = await call('/api/upload', { method: 'POST', body: form });
    if (response.status === UNDER_WAY) return { torrent: undefined, facts: readUpload(await json(response)) };
    return { torrent: await torrentOf(response), facts: undefined };
  }

  return {
    status,
    register: (publicKey, { code } = {}) =>
      register({
        publicKey,
        chain,
        async send(work) {
          // By POST: the library must see from which page it comes, if it comes from one.
          const headers = { 'content-type': 'application/json' };
          const body = JSON.stringify({ public_key: publicKey, work, code });
          await call('/api/register', { method: 'POST', headers, body });
        },
      }),
    async search(query, page = {}) {
      const response = await call(queryPath('search', { query, ...page }));
      const items = await json(response);
      if (!Array.isArray(items)) return unreadable('the list');
      return { files: items.map(readFoundFile), cursor: cursorOf(response) };
    },
    async download(wallet, hash, signed = {}) {
      const signature = wallet.signDownload(await chain(), hash, signed.expires);
      try {
        return await torrent(queryPath('download', claim(wallet, hash, signature, signed)));
      } catch (error) {
        // Bought before, perhaps by a request whose answer was lost.
        if (!(error instanceof ClientError) || error.code !== 'request.sign-fetch') throw error;
        return fetchTorrent(wallet, hash, signed.format);
      }
    },
    fetch: (wallet, hash, { format } = {}) => fetchTorrent(wallet, hash, format),
    async uploadFile(wallet, blob, name, { expires = inSeconds(UPLOAD_SECONDS), format } = {}) {
      const sized = checkFileSize(BigInt(blob.size));
      if (sized.kind !== 'accept') throw new ClientError(sized.code, CODES[sized.code].title);
      const root = await piecesRootOfStream(blob.stream());
      if (root === undefined) throw new ClientError('file.empty', CODES['file.empty'].title);
      // As the library would write it: it is signed, so that nobody may change it afterwards.
      const written = { size: BigInt(blob.size), name: name.normalize('NFC'), expires };
      return uploadForm(wallet, toHex(root), { kind: 'file', blob }, written, format);
    },
    async uploadTorrent(wallet, hash, bytes, signed = {}) {
      const { written, expires = inSeconds(UPLOAD_SECONDS), format } = signed;
      const part = { kind: 'torrent', blob: new Blob([bytes.slice()]) } as const;
      return uploadForm(wallet, hash, part, written && { ...written, expires }, format);
    },
    async uploadState(wallet, hash) {
      return readUpload(await json(await call(queryPath('upload-state', await owned(wallet, hash)))));
    },
    async account(wallet, { expires = soon() } = {}) {
      const signed_hash = wallet.signHistory(await chain(), expires);
      const fields = { public_key: wallet.publicKey, expires, signed_hash };
      return readAccount(await json(await call(queryPath('account', fields))));
    },
    async isRegistered(publicKey) {
      return readRegistered(await json(await call(queryPath('account', { public_key: publicKey }))));
    },
    file: async (hash) => readFile(await json(await call(filePath(hash)))),
    async proof(wallet, hash, { expires, from } = {}) {
      const signature = wallet.signProof(await chain(), hash, expires);
      const fields = { hash, public_key: wallet.publicKey, signed_hash: signature, expires, from };
      return bytes(await call(queryPath('proof', fields)));
    },
    async inclusion(id, height, { from } = {}) {
      return bytes(await call(queryPath('inclusion', { transaction: id, height, from })));
    },
  };
}

/** Long enough for a clock that is minutes wrong. Unix time in seconds. */
function soon(): number {
  return Math.floor(Date.now() / 1_000) + 600;
}

const PATIENCE_MS = 30_000;
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Good for one call. */
const FETCH_SECONDS = 600;
/** A file may wait for its review, or for the next day. */
const UPLOAD_SECONDS = 14 * 86_400;
const UNDER_WAY = 202;

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
  try {
    return await response.json();
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
