/**
 * The bytes of a file that was bought, from its swarm: webtorrent, which is loaded only when it is wanted, checks every piece, and
 * this file the whole against the hash that the reader has paid for. For Node.js: a browser reaches no tracker of a library.
 */
import { type Bytes, fromHex, toHex } from '../core/bytes.ts';
import { HASH_BYTES } from '../core/scalars.ts';
import { ClientError } from './client-error.ts';
import { piecesRootOfStream } from './pieces-root.ts';
import type { CallOptions, TorrentFile } from './transport.ts';

export type SwarmOptions = CallOptions & {
  /** Of the file, 64 hex characters. */
  readonly hash: string;
  /** Where it goes, under the name that the torrent has for it. What is there of it already is checked, and not fetched again. */
  readonly folder: string;
  /** Called as pieces come, in bytes. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Where this reader listens for peers; every address, at any free port, when it is left out. */
  readonly listen?: { readonly host?: string; readonly port?: number };
};
/** `name`: of the file in the folder. */
export type Downloaded = { readonly name: string; readonly bytes: number };

/**
 * Resolves when the file is whole, and what it needed is closed. Waits as long as it takes: give it a signal.
 * @throws ClientError("file.wrong-hash") when the swarm has given a file with another hash; the reason of the signal; and what
 * webtorrent throws.
 */
export async function downloadFromSwarm(
  torrent: Pick<TorrentFile, 'bytes'> | Bytes,
  { hash, folder, signal, onProgress, listen = {} }: SwarmOptions,
): Promise<Downloaded> {
  const wanted = fromHex(hash, HASH_BYTES);
  if (wanted === undefined) throw new ClientError('request.wrong-hex', 'A hash has 64 hex characters.');
  signal?.throwIfAborted();
  const { default: WebTorrent } = (await import('webtorrent')) as unknown as { default: Swarms };
  const swarms = new WebTorrent({ ...QUIET, torrentPort: { port: 0, ...listen } });
  const cancelled = Promise.withResolvers<never>();
  const cancel = (): void => cancelled.reject(signal?.reason);
  cancelled.promise.catch(() => undefined);
  signal?.addEventListener('abort', cancel);
  try {
    signal?.throwIfAborted();
    const added = swarms.add(torrent instanceof Uint8Array ? torrent : torrent.bytes, { path: folder });
    await Promise.race([whole(swarms, added, onProgress), cancelled.promise]);
    const [file] = added.files;
    if (file === undefined || added.files.length > 1) {
      throw new ClientError('client.unreadable', 'A torrent of a library has one file.');
    }
    const root = await piecesRootOfStream(file, { signal });
    if (root === undefined || toHex(root) !== toHex(wanted)) {
      throw new ClientError('file.wrong-hash', 'The swarm has given a file with another hash.');
    }
    return { name: file.name, bytes: file.length };
  } finally {
    signal?.removeEventListener('abort', cancel);
    await new Promise<void>((resolve) => swarms.destroy(() => resolve()));
  }
}

function whole(swarms: Events, torrent: Torrent, onProgress: SwarmOptions['onProgress']): Promise<void> {
  return new Promise((resolve, reject) => {
    const tell = (): void => onProgress?.(Math.min(torrent.downloaded, torrent.length), torrent.length);
    swarms.on('error', reject);
    torrent.on('error', reject);
    torrent.on('download', tell);
    torrent.on('done', () => {
      onProgress?.(torrent.length, torrent.length);
      resolve();
    });
  });
}

/** A private torrent: by its tracker and by TCP only. */
const QUIET = {
  dht: false,
  lsd: false,
  utPex: false,
  utp: false,
  natUpnp: false,
  natPmp: false,
  webSeeds: false,
  tracker: { wrtc: false },
} as const;

/** What is used of webtorrent: its own types are not there for whoever installs the SDK without it. */
type Events = { on(event: string, listener: (error: Error) => void): unknown };
type Torrent = Events & {
  readonly length: number;
  readonly downloaded: number;
  readonly files: readonly (AsyncIterable<Bytes> & { readonly name: string; readonly length: number })[];
};
type Swarms = new (
  options: object,
) => Events & {
  add(torrent: Bytes, options: { path: string }): Torrent;
  destroy(done: () => void): void;
};
