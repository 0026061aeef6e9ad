/**
 * The BitTorrent client of this node: webtorrent with everything off but TCP and HTTP trackers. It knows files
 * only by open handles, so that no name becomes a path. Its errors and warnings hold announce URLs, hence
 * passes: their text is never logged.
 */
import type { FileHandle } from 'node:fs/promises';
import type { Socket } from 'node:net';
import bencode from 'bencode';
import type WebTorrent from 'webtorrent';
import type { Torrent } from 'webtorrent';
import { AssertionFailed } from '../core/assert.ts';
import { type Bytes, toHex, utf8 } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import { cannotListen } from '../core/listening.ts';
import type { Log, Startable } from '../core/ports.ts';
import { type Hash32, INFO_HASH_BYTES, type InfoHash20 } from '../core/scalars.ts';
import { endOfValue } from '../torrent/bencode-guard.ts';
import type { Endpoint } from '../torrent/compact-peers.ts';
import type { MetainfoV1 } from '../torrent/metainfo.ts';
import { DataStore, type Writing } from './disk/chunk-store.ts';
import type { Admission, AdmissionPorts } from './peers/admission.ts';
import { wallPeers } from './peers/contain.ts';
import { Door } from './peers/door.ts';
import { PeerGuard } from './peers/guard.ts';
import { curbTrackers } from './trackers/ask.ts';

/** One swarm to join: the v1 pieces serve every format, because a single file has the same pieces in all. */
export type Swarming = {
  readonly file: Hash32;
  readonly infoHash: InfoHash20;
  /** The info dictionary of the format, for peers that ask for it. */
  readonly info: unknown;
  readonly metainfo: MetainfoV1;
  readonly announceUrls: readonly string[];
};

/** What whoever fetches hears of, and is asked. */
export type Fetching = Writing & {
  /** All pieces are there, each with its SHA-1. */
  done(): void;
  failed(): void;
  /** A piece came that is not what it should be. */
  wrongPiece(): void;
};

/** A swarm that this node is in. */
export type Membership = {
  readonly torrent: Torrent;
  readonly store: DataStore;
  /** Whoever is in may be there no longer. */
  unwatch(): void;
};
type Ports = { readonly log: Log; readonly clock: AdmissionPorts['clock'] };

export class SwarmClient implements Startable {
  readonly #log: Log;
  readonly #listen: { readonly host: string; readonly port: number };
  readonly #door: Door;
  /** Made when the first file is seeded or fetched: it takes 40 MB, and most libraries are idle most of the time. */
  #opening: Promise<WebTorrent> | undefined;

  constructor(
    { log, clock }: Ports,
    admission: Admission,
    listen: { readonly host: string; readonly port: number },
  ) {
    this.#log = log;
    this.#door = new Door(clock, admission, new PeerGuard());
    this.#listen = listen;
  }

  /** @throws Fault("port.taken" | "host.unusable" | "archive.failed") when a port that the operator chose cannot be had. */
  async start(): Promise<void> {
    if (this.#listen.port !== 0) await this.#client();
  }

  async stop(): Promise<void> {
    this.#door.stop();
    const opening = this.#opening;
    this.#opening = undefined;
    const client = await opening?.catch(() => undefined); // whoever wanted it has heard why it failed
    if (client !== undefined) await new Promise<void>((resolve) => client.destroy(() => resolve()));
  }

  /** Joins with the whole file. The handle belongs to the torrent from now on. */
  seed(swarming: Swarming, file: FileHandle, failed: () => void): Promise<Membership> {
    return this.#join(swarming, file, { skipVerify: true }, failed, NOTHING, false);
  }

  /**
   * Joins with what is here of a file, whose handle belongs to the torrent from now on.
   * @param have - one bit a piece; it is believed.
   * @param from - where the reader's peers are who brings it; of nobody else who brings it is read.
   */
  async fetch(
    swarming: Swarming,
    file: FileHandle,
    have: Bytes,
    fetching: Fetching,
    from?: () => readonly Endpoint[],
  ): Promise<Membership> {
    const { done, failed, wrongPiece } = fetching;
    const membership = await this.#join(
      swarming,
      file,
      { bitfield: have },
      failed,
      fetching,
      from !== undefined,
    );
    membership.torrent.once('done', done);
    const begin = () => {
      for (const at of from?.() ?? []) this.meet(membership, at);
    };
    if (membership.torrent.ready) begin();
    else membership.torrent.once('ready', begin);
    membership.torrent.on('warning', (warning: Error) => {
      if (/^Piece \d+ failed verification$/.test(warning.message)) wrongPiece();
    });
    return membership;
  }

  /** Asks the trackers now, not after their interval: somebody has come. */
  announce({ torrent }: Membership): void {
    if (!torrent.destroyed) torrent.discovery?.tracker?.update();
  }

  /** Somebody has announced: he is dialled where the tracker saw him, unless he is here. */
  dial({ torrent }: Membership, at: Endpoint): void {
    this.#door.dial(torrent, at);
  }

  /** As `dial`, whoever else is there. */
  meet({ torrent }: Membership, at: Endpoint): void {
    this.#door.dial(torrent, at, true);
  }

  /** Is somebody here who wants the bytes, and takes them? */
  isRead({ torrent }: Membership): boolean {
    return this.#door.isRead(torrent);
  }

  /** Bytes of pieces that have been given in it. */
  given({ torrent }: Membership): number {
    return this.#door.given(torrent);
  }

  /** Is somebody here who wants bytes, at whatever pace? */
  isWanted({ torrent }: Membership): boolean {
    return this.#door.isWanted(torrent);
  }

  /** A right has ended, or the members have changed: closes what is not admitted any more. */
  recheck(file?: Hash32): void {
    this.#door.recheck(file);
  }

  /** Resolves when the torrent is gone and its file is closed. */
  async leave({ torrent, store, unwatch }: Membership): Promise<void> {
    unwatch();
    if (!torrent.destroyed) {
      await new Promise<void>((resolve) => torrent.destroy({ destroyStore: false }, () => resolve()));
    }
    await store.closeFile();
  }

  async #join(
    { file, infoHash, info, metainfo, announceUrls }: Swarming,
    data: FileHandle,
    options: { skipVerify?: boolean; bitfield?: Uint8Array },
    failed: () => void,
    writing: Writing,
    reads: boolean,
  ): Promise<Membership> {
    const client = await this.#client().catch(async (error) => {
      await data.close();
      throw error;
    });
    const { name, size, pieceLength, pieces } = metainfo;
    const parsed = {
      infoHash: toHex(infoHash),
      info,
      name,
      private: true,
      announce: [...announceUrls],
      urlList: [],
      files: [{ path: 'data', name: 'data', length: size, offset: 0 }],
      length: size,
      pieceLength,
      lastPieceLength: size % pieceLength || pieceLength,
      pieces: split(pieces),
    };
    const store = new DataStore(data, size, pieceLength, writing);
    const torrent = client.add(parsed, {
      preloadedStore: store,
      // No cache: it would hold 20 pieces of up to 16 MiB per torrent; the kernel has one.
      storeCacheSlots: 0,
      // Whoever has a place may ask; else the ten fastest might. One slot is for somebody drawn by lot.
      uploads: limits.peerConnectionsMax + 1,
      ...options,
    });
    const unwatch = this.#door.watch(torrent, file, reads);
    torrent.on('error', () => {
      this.#log.warn('archive: a torrent failed', { infoHash: parsed.infoHash });
      failed();
    });
    torrent.on('warning', () => this.#log.debug('archive: a tracker or peer misbehaves'));
    return { torrent, store, unwatch };
  }

  /** A peer was closed for it. webtorrent's faults are known; one of ours is said aloud, and a peer cannot stop the node by it. */
  #threw(error: unknown): void {
    if (error instanceof AssertionFailed)
      this.#log.error('archive: a mistake in what a peer has caused', { error });
    else this.#log.debug('archive: a peer said something that broke off');
  }

  #cannotListen(cause: unknown): Fault {
    const place = { what: 'the port of the archive', option: '--torrent-port', ...this.#listen };
    const fault = cannotListen(place, cause);
    return fault.code === 'network.unreachable'
      ? new Fault('archive.failed', 'cannot listen', { cause })
      : fault;
  }

  #client(): Promise<WebTorrent> {
    this.#opening ??= this.#open();
    return this.#opening;
  }

  async #open(): Promise<WebTorrent> {
    const { default: Client } = await import('webtorrent');
    guardDecoder();
    await curbTrackers();
    const containPeers = await wallPeers();
    const client = new Client({
      dht: false,
      lsd: false,
      utPex: false,
      utp: false,
      natUpnp: false,
      natPmp: false,
      webSeeds: false,
      // An encrypted handshake would be answered before the door knows who has come, and hides nothing from anybody.
      secure: 0,
      tracker: { wrtc: false },
      torrentPort: { ...this.#listen },
      maxConns: limits.peersPerTorrentMax,
    });
    containPeers(client, (error) => this.#threw(error));
    await new Promise<void>((resolve, reject) => {
      client.once('listening', resolve);
      client.once('error', (error) => reject(this.#cannotListen(error)));
    });
    // webtorrent makes much for each connection: it gets those that may come.
    const { tcpServer } = client._connPool;
    const takers = tcpServer.listeners('connection');
    tcpServer.removeAllListeners('connection');
    tcpServer.on('connection', (socket: Socket) => {
      if (this.#opening === undefined) return void socket.destroy(); // it is being stopped
      this.#door.arrived(socket, () => {
        for (const take of takers) take.call(tcpServer, socket);
      });
    });
    const get = async (infoHash: string) => (await client.get(infoHash)) ?? this.#door.closed(infoHash);
    client._connPool._client = Object.create(client, { get: { value: get } });
    client.removeAllListeners('error');
    client.on('error', () => this.#log.error('archive: the BitTorrent client failed'));
    return client;
  }
}

const decode = bencode.decode;
/**
 * webtorrent decodes bencode of strangers with a decoder that never returns for some of it: one peer could stop the node.
 * Both share one decoder object; this puts the guard in front of it.
 */
function guardDecoder(): void {
  bencode.decode = (data, ...rest) => {
    const bytes = typeof data === 'string' ? utf8(data) : data;
    if (endOfValue(bytes) === undefined) throw new Error('not bencode');
    return decode(data, ...rest);
  };
}

/** Who has the whole file writes nothing. */
const NOTHING: Writing = { mayWrite: async () => false, wrote: async () => {} };

function split(pieces: Uint8Array): string[] {
  const hashes: string[] = [];
  for (let at = 0; at < pieces.length; at += INFO_HASH_BYTES) {
    hashes.push(toHex(pieces.subarray(at, at + INFO_HASH_BYTES)));
  }
  return hashes;
}
