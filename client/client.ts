/**
 * A library, as a program of a reader sees it: the calls of the API, with what a wallet signs for them. Knows the world
 * through `fetch` only, and does nothing that a stranger with curl could not do.
 */
import { jsonAmount } from '../api/fields.ts';
import { checkFileSize } from '../chain/files/file-size.ts';
import { toBase64 } from '../core/base64.ts';
import { type Bytes, toHex } from '../core/bytes.ts';
import type { WrittenOfFile } from './acts.ts';
import { ClientError, unreadable } from './client-error.ts';
import { askSigned, createDesk, type Desk } from './desk.ts';
import type { EventPage, HistoryPage, LedgerEvent, OwnEvent } from './event-types.ts';
import {
  accountFacts,
  type CardFacts,
  type FoundFile,
  fileFacts,
  type RegisterFacts,
  registerFacts,
  type StatusFacts,
  type UploadFacts,
  uploadFacts,
} from './facts.ts';
import type { FollowOptions, PageSource } from './follow-events.ts';
import { followed, type WebSocketMaker, webSocketOf } from './followed.ts';
import { piecesRootOfStream } from './pieces-root.ts';
import type { Checkpoints, PlainCalls, SignedOptions, TorrentFormat, VerifyingCalls } from './proved.ts';
import { register } from './register.ts';
import { sendTransfer } from './transfer.ts';
import { type CallOptions, createTransport, type FormPart, type TorrentFile } from './transport.ts';
import { type Place, uploadInParts } from './upload-in-parts.ts';
import { verifyingCalls } from './verifying.ts';
import type { Wallet } from './wallet.ts';

export type ClientOptions = {
  /** Of the library, for example http://127.0.0.1:8645. */
  readonly url: string;
  /** 64 hex characters. Pinned, no library can have its readers sign for another chain; else it is asked for once. */
  readonly chainId?: string;
  readonly fetch?: typeof fetch;
  /**
   * What `events` are followed over, where the library has a place for it; the one of the browser or of Node when it is left out and
   * `fetch` is as well. null: none, pages are asked for.
   */
  readonly WebSocket?: WebSocketMaker | null;
  /** Unix time in milliseconds; that of the machine when it is left out. */
  readonly now?: () => number;
  /** So long in all a call waits for a library that says that it is busy, and asks again; half a minute when it is left out. */
  readonly patienceMs?: number;
  /**
   * Believe nothing that is not proved: `account`, `file`, `download`, `transfer` and `submit` say where it was, or throw
   * "client.unproved". Takes a `chainId`, from somebody whom one trusts. What `search` finds stays the word of the library.
   */
  readonly verify?: boolean;
  /** With `verify`: where to keep what was proved, so that the next proof is short. */
  readonly checkpoints?: Checkpoints;
  /** How it waits, in milliseconds, or until the signal of the call is aborted. */
  readonly wait?: (ms: number, signal?: AbortSignal) => Promise<void>;
};
/** `from`: the height of the checkpoint that the proof is to begin at; the genesis when it is left out. */
export type ProofOptions = CallOptions & { readonly expires?: number; readonly from?: number };
/** `expires`: until when the library may put it on the ledger, Unix time in seconds; 14 days when it is left out. */
export type UploadOptions = CallOptions & { readonly expires?: number; readonly format?: TorrentFormat };
export type FileOptions = UploadOptions & {
  /**
   * In parts, so that it goes on where it was when it breaks off, also by another call or another process with the same file and
   * wallet. Left out: what is larger than 8 MiB. A library that is too old for that gets a form.
   */
  readonly resume?: boolean;
  /** Bytes that the library has, as it has said; with a form, when it has them. */
  readonly onProgress?: (done: number, total: number) => void;
};
/** The torrent to seed with; or how the upload stands when it is not on the ledger yet. */
export type Uploaded =
  | { readonly torrent: TorrentFile; readonly facts: undefined }
  | { readonly torrent: undefined; readonly facts: UploadFacts };
export type EventOptions = CallOptions & {
  /** height:index; the oldest that the library keeps when it is left out. */
  readonly from?: string;
  readonly kinds?: readonly string[];
  /** 64 hex characters. */
  readonly file?: string;
  readonly wallet?: Wallet;
  readonly limit?: number;
  readonly wait?: number;
};
/** `limit`: of one question to the library. */
export type FollowedOptions = FollowOptions & Pick<EventOptions, 'kinds' | 'file' | 'wallet' | 'limit'>;
export type SearchPage = { readonly files: readonly FoundFile[]; readonly cursor: string | undefined };

/** Every call throws ClientError, or the reason of its signal, and nothing else. */
export type Client = PlainCalls & {
  status(options?: CallOptions): Promise<StatusFacts>;
  /**
   * Resolves once the key is on the ledger. Does the work that a busy library asks for.
   * @param options - `code`: of the librarian, where one is asked for.
   */
  register(publicKey: string, options?: CallOptions & { readonly code?: string }): Promise<RegisterFacts>;
  /**
   * The card of a registered key: lent now, or the one that it has from this library.
   * @param options - `code`: an invitation of the librarian; without one what the library lends to whoever comes.
   */
  takeCard(wallet: Wallet, options?: CallOptions & { readonly code?: string }): Promise<CardFacts>;
  search(
    query: string,
    page?: CallOptions & { readonly limit?: number; readonly cursor?: string },
  ): Promise<SearchPage>;
  /** The torrent of what this key has bought or uploaded, or brings to this library. */
  fetch(
    wallet: Wallet,
    hash: string,
    options?: Pick<SignedOptions, 'format' | 'signal'>,
  ): Promise<TorrentFile>;
  /** Gives the library the bytes; it seeds them, and puts the upload on the ledger, now or when it can. */
  uploadFile(wallet: Wallet, file: Blob, name: string, options?: FileOptions): Promise<Uploaded>;
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
  uploadState(wallet: Wallet, hash: string, options?: CallOptions): Promise<UploadFacts>;
  /** For anybody. @param publicKey - 64 hex characters. */
  isRegistered(publicKey: string, options?: CallOptions): Promise<boolean>;
  /** What happened to this key, the newest first. @param options - `cursor`: of the page before. */
  history(
    wallet: Wallet,
    options?: CallOptions & { readonly cursor?: string; readonly limit?: number },
  ): Promise<HistoryPage>;
  /**
   * What final blocks do, one event after the other, for as long as it is iterated over: what is public, and with a wallet what is
   * its own. Goes on over interruptions of the line and of the library. Leave out kinds that you do not know.
   */
  events(options?: FollowedOptions): AsyncIterable<LedgerEvent>;
  /**
   * One page of that. The next one is asked for with `from`: what this one has as `next`.
   * @param options - `wait`: where there is nothing yet, so many seconds for something to happen.
   */
  eventPage(options?: EventOptions): Promise<EventPage>;
  /** That this key has bought the file, or has not: for `verifyPurchase`. */
  proof(wallet: Wallet, hash: string, options?: ProofOptions): Promise<Bytes>;
  /** That the block at this height holds the transaction: for `verifyTransaction`. @param id - 64 hex characters. */
  inclusion(id: string, height: number, options?: Pick<ProofOptions, 'from' | 'signal'>): Promise<Bytes>;
  /**
   * What the librarians of this library do. @param librarian - one of them. @param library - its key, 64 hex characters, from
   * its operator: were it asked for here, another library could have its librarians sign for this one.
   */
  desk(librarian: Wallet, library: string): Desk;
};

/** Every call throws as those of `Client`, and ClientError("client.unproved"). */
export type VerifyingClient = Omit<Client, keyof VerifyingCalls> & VerifyingCalls;

const UNFIT = 'No library takes a file that is empty, or has exactly 64 bytes or too many.';

export function createClient(
  options: ClientOptions & { readonly verify: true; readonly chainId: string },
): VerifyingClient;
export function createClient(options: ClientOptions): Client;
export function createClient(options: ClientOptions): Client {
  const { url, fetch: send, patienceMs = PATIENCE_MS, wait = pause } = options;
  const { ask, sendForm, sendPart } = createTransport({ url, fetch: send, patienceMs, wait });
  const WebSocket = webSocketOf(options.WebSocket, send !== undefined);
  let { chainId } = options;

  const status = (options?: CallOptions): Promise<StatusFacts> => ask('status', {}, options);

  async function chain(signal?: AbortSignal): Promise<string> {
    chainId ??= (await status({ signal })).chain.id;
    return chainId;
  }

  const inSeconds = (ahead: number): number => Math.floor((options.now ?? Date.now)() / 1_000) + ahead;

  /** What every signed call for a file carries. */
  const claim = (wallet: Wallet, hash: string, signature: string) => {
    return { hash, public_key: wallet.publicKey, signed_hash: signature };
  };

  /** What is asked for as the owner of something. */
  async function owned(wallet: Wallet, hash: string, signal: AbortSignal | undefined) {
    const expires = inSeconds(FETCH_SECONDS);
    return { ...claim(wallet, hash, await wallet.signFetch(await chain(signal), hash, expires)), expires };
  }

  /** What is asked for with what the key may see of itself. */
  async function own(wallet: Wallet, signal: AbortSignal | undefined) {
    const expires = inSeconds(FETCH_SECONDS);
    const signed_hash = await wallet.signHistory(await chain(signal), expires);
    return { public_key: wallet.publicKey, expires, signed_hash };
  }

  type FetchOptions = Pick<SignedOptions, 'format' | 'signal'>;
  async function fetchTorrent(
    wallet: Wallet,
    hash: string,
    { format, signal }: FetchOptions = {},
  ): Promise<TorrentFile> {
    const { torrent } = await ask('fetch', { ...(await owned(wallet, hash, signal)), format }, { signal });
    return torrent ?? unreadable('a torrent');
  }

  async function uploadForm(
    wallet: Wallet,
    hash: string,
    part: FormPart,
    written: WrittenOfFile | undefined,
    { format, signal }: FetchOptions,
  ): Promise<Uploaded> {
    const signed = claim(wallet, hash, await wallet.signUpload(await chain(signal), hash, written));
    const shown = written && { ...written, size: jsonAmount(written.size) };
    const { torrent, underWay } = await sendForm({ ...signed, format, ...shown }, part, { signal });
    return torrent === undefined
      ? { torrent: undefined, facts: uploadFacts(underWay) }
      : { torrent, facts: undefined };
  }

  async function eventPage({ wallet, kinds, signal, ...options }: EventOptions = {}): Promise<EventPage> {
    const asked = { ...options, kinds: kinds?.join(), ...(wallet && (await own(wallet, signal))) };
    const page = await ask('events', asked, { signal });
    if (page.pause !== undefined) await wait(1_000 * page.pause, signal);
    signal?.throwIfAborted();
    return page as unknown as EventPage;
  }

  /** @returns false when the library takes no parts, or none of this one. */
  async function uploadParts(
    wallet: Wallet,
    hash: string,
    blob: Blob,
    written: WrittenOfFile,
    { format, signal, onProgress }: FileOptions,
  ): Promise<Uploaded | false> {
    const signed = claim(wallet, hash, await wallet.signUpload(await chain(signal), hash, written));
    const begin = async (): Promise<Place> => {
      const fields = { ...signed, ...written, size: jsonAmount(written.size) };
      const { url: path, offset } = await ask('upload-begin', fields, { signal });
      return { url: path, offset: Number(offset) };
    };
    const send = (place: Place, part: Blob) => sendPart(place.url, place.offset, part, { signal });
    try {
      await uploadInParts({ begin, send, wait }, blob, { signal, onProgress });
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      if (TAKES_NO_PARTS.has(error.code)) return false;
      // It is on the ledger, perhaps by a request whose answer was lost.
      if (error.code !== 'request.sign-fetch') throw error;
    }
    const { torrent, underWay } = await ask(
      'fetch',
      { ...(await owned(wallet, hash, signal)), format },
      { signal },
    );
    return torrent === undefined
      ? { torrent: undefined, facts: uploadFacts(underWay) }
      : { torrent, facts: undefined };
  }

  const client: Client = {
    status,
    register: (publicKey, { code, signal } = {}) =>
      register({
        ...{ publicKey, signal },
        chain: () => chain(signal),
        send: async (work) =>
          registerFacts(await ask('register', { public_key: publicKey, work, code }, { signal })),
      }),
    async takeCard(wallet, { code, signal } = {}) {
      const expires = inSeconds(FETCH_SECONDS);
      const signed_hash = await wallet.signTakeCard(await chain(signal), expires);
      const asked = { public_key: wallet.publicKey, code, expires, signed_hash };
      return (await ask('take-card', asked, { signal })).card;
    },
    async search(query, { signal, ...page } = {}) {
      const { items, cursor } = await ask('search', { query, ...page }, { signal });
      return { files: items, cursor };
    },
    async download(wallet, hash, { expires, format, signal } = {}) {
      const signature = await wallet.signDownload(await chain(signal), hash, expires);
      try {
        const fields = { ...claim(wallet, hash, signature), expires, format };
        return (await ask('download', fields, { signal })).torrent;
      } catch (error) {
        // Bought before, perhaps by a request whose answer was lost.
        if (!(error instanceof ClientError) || error.code !== 'request.sign-fetch') throw error;
        return fetchTorrent(wallet, hash, { ...(format !== undefined && { format }), signal });
      }
    },
    fetch: fetchTorrent,
    async uploadFile(wallet, blob, name, { expires = inSeconds(UPLOAD_SECONDS), ...options } = {}) {
      const sized = checkFileSize(BigInt(blob.size));
      if (sized.kind !== 'accept') throw new ClientError(sized.code, UNFIT);
      const root = await piecesRootOfStream(blob.stream(), options);
      if (root === undefined) throw new ClientError('file.empty', UNFIT);
      // As the library would write it: it is signed, so that nobody may change it afterwards.
      const written = { size: BigInt(blob.size), name: name.normalize('NFC'), expires };
      const { resume = blob.size > RESUMES_BYTES_MIN, onProgress } = options;
      const inParts = resume && (await uploadParts(wallet, toHex(root), blob, written, options));
      if (inParts !== false) return inParts;
      const uploaded = await uploadForm(wallet, toHex(root), { kind: 'file', blob }, written, options);
      onProgress?.(blob.size, blob.size);
      return uploaded;
    },
    async uploadTorrent(wallet, hash, bytes, signed = {}) {
      const { written, expires = inSeconds(UPLOAD_SECONDS), ...options } = signed;
      const part = { kind: 'torrent', blob: new Blob([bytes.slice()]) } as const;
      return uploadForm(wallet, hash, part, written && { ...written, expires }, options);
    },
    uploadState: async (wallet, hash, { signal } = {}) =>
      uploadFacts(await ask('upload-state', await owned(wallet, hash, signal), { signal })),
    async account(wallet, { expires = soon(), signal } = {}) {
      const signed_hash = await wallet.signHistory(await chain(signal), expires);
      const asked = { public_key: wallet.publicKey, expires, signed_hash };
      return accountFacts(await ask('account', asked, { signal }));
    },
    isRegistered: async (publicKey, options) =>
      (await ask('account', { public_key: publicKey }, options)).registered,
    file: async (hash, options) => fileFacts(await ask('file', { hash }, options)),
    async history(wallet, { signal, ...page } = {}) {
      const asked = { ...page, ...(await own(wallet, signal)) };
      const { items, cursor, begins } = await ask('history', asked, { signal });
      return { items: items as unknown as readonly OwnEvent[], cursor: cursor ?? undefined, begins };
    },
    events({ from, after, reached, signal, ...asked } = {}) {
      const pages: PageSource = (next, ended) =>
        eventPage({ ...asked, ...(next !== undefined && { from: next }), wait: WAIT_SECONDS, signal: ended });
      const options = { from, after, reached, signal };
      const { wallet, kinds, file } = asked;
      const fields = async (ended: AbortSignal | undefined) => {
        return { kinds: kinds?.join(), file, ...(wallet && (await own(wallet, ended))) };
      };
      return followed({ url, WebSocket, pages, fields, options, wait });
    },
    eventPage,
    async transfer(wallet, { expires = inSeconds(FETCH_SECONDS), signal, ...order }) {
      return (await sendTransfer(ask, await chain(signal), wallet, { ...order, expires, signal })).answer;
    },
    submit: (transaction, options) => ask('submit', { transaction: toBase64(transaction) }, options),
    async proof(wallet, hash, { expires, from, signal } = {}) {
      const signature = await wallet.signProof(await chain(signal), hash, expires);
      return ask('proof', { ...claim(wallet, hash, signature), expires, from }, { signal });
    },
    inclusion: (id, height, { from, signal } = {}) =>
      ask('inclusion', { transaction: id, height, from }, { signal }),
    desk(wallet, library) {
      const expires = (): number => inSeconds(FETCH_SECONDS);
      return createDesk(askSigned({ wallet, library, ask, chain, expires }));
    },
  };
  if (options.verify !== true) return client;
  if (chainId === undefined) throw new ClientError('client.unproved', 'To verify takes the id of the chain.');
  const { now = Date.now, checkpoints } = options;
  return { ...client, ...verifyingCalls({ ask, client, chainId, checkpoints, now }) };
}

/** Long enough for a clock that is minutes wrong. Unix time in seconds. */
function soon(): number {
  return Math.floor(Date.now() / 1_000) + 600;
}

const PATIENCE_MS = 30_000;

/** Leaves no timer behind. */
function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal?.addEventListener('abort', end);
    if (signal?.aborted === true) end();
  });
}

/** Of a page without an event, for the next one. */
const WAIT_SECONDS = 30;

/** Smaller ones take fewer requests in a form. */
const RESUMES_BYTES_MIN = 8 * 2 ** 20;
/** The library is older; or has more room for what comes whole. */
const TAKES_NO_PARTS: ReadonlySet<string> = new Set(['request.not-found', 'archive.full']);

/** Good for one call. */
const FETCH_SECONDS = 600;
/** A file may wait for its review, or for the next day. */
const UPLOAD_SECONDS = 14 * 86_400;
