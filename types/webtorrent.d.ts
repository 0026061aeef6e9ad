/** What the archive and the demo use of webtorrent 3, as its source has it. */
declare module 'webtorrent' {
  import type { EventEmitter } from 'node:events';
  import type { ListenOptions, Server, Socket } from 'node:net';

  type Done<T = undefined> = (error: Error | null, value?: T) => void;

  /** https://github.com/mafintosh/abstract-chunk-store */
  export type ChunkStore = {
    readonly chunkLength: number;
    get(index: number, range: { offset?: number; length?: number } | null, done: Done<Uint8Array>): void;
    put(index: number, bytes: Uint8Array, done: Done): void;
    close(done: Done): void;
    destroy(done: Done): void;
  };

  /** What parse-torrent would return. It is taken as it is, info hash included. */
  export type ParsedTorrent = {
    readonly infoHash: string;
    readonly info: unknown;
    readonly name: string;
    readonly private: boolean;
    readonly announce: string[];
    readonly urlList: string[];
    readonly files: { path: string; name: string; length: number; offset: number }[];
    readonly length: number;
    readonly pieceLength: number;
    readonly lastPieceLength: number;
    readonly pieces: string[];
  };

  /** bittorrent-protocol's connection to one peer, with those of its inner parts that archive/ needs. */
  export type Wire = EventEmitter & {
    /** The peer wants pieces. */
    readonly peerInterested: boolean;
    /** It gives us nothing for now. */
    readonly peerChoking: boolean;
    /** We give it nothing for now. */
    readonly amChoking: boolean;
    /** With which the other end has shaken hands, hex. */
    readonly peerId: string | null;
    /** Bytes of pieces. */
    readonly uploaded: number;
    readonly downloaded: number;
    /** Bytes a second, over the last five. */
    downloadSpeed(): number;
    readonly remotePort: number;
    /** Both ends speak BEP 6. */
    readonly hasFast: boolean;
    readonly destroyed: boolean;
    /** Which pieces the peer has: one bit each, or an empty buffer when it has said nothing, or that it has all. */
    peerPieces: {
      readonly buffer: Uint8Array;
      get(index: number): boolean;
      set(index: number, value: boolean): void;
      readonly constructor: new (bits: Uint8Array) => Wire['peerPieces'];
    };
    /** Which pieces it gives although it chokes (BEP 6). */
    readonly peerAllowedFastSet: number[];
    /** "The peer has this piece no more", a BEP 10 extension of libtorrent. */
    readonly lt_donthave: { onMessage(payload: Uint8Array): void; _failRequests(index: number): void };
    /** What the peer is asked for. */
    readonly requests: readonly {
      readonly piece: number;
      readonly offset: number;
      readonly length: number;
    }[];
    choke(): void;
    unchoke(): void;
    interested(): void;
    uninterested(): void;
    keepAlive(): void;
    reject(index: number, offset: number, length: number): void;
    extended(name: unknown, message: unknown): void;
    have(index: number): void;
    haveAll(): void;
    haveNone(): void;
    bitfield(bits: unknown): void;
    piece(index: number, offset: number, bytes: Uint8Array): void;
    /** Of streamx: bytes that the connection has not taken yet. */
    readonly _readableState: { readonly buffered: number };
    /** Has come, and is not parsed yet: nothing, or in one piece; and in bytes. */
    _buffer: Uint8Array[];
    _bufferSize: number;
    /** So many are waited for. */
    readonly _parserSize: number;
    /** Parses what has come, as far as it is there. */
    _processBuffer(): void;
    /** Parses the length of a message; the handshake is done. */
    _onMessageLength(bytes: Uint8Array): void;
    /** Which extensions of BEP 10 we speak, by number. */
    readonly extendedMapping: { readonly [id: number]: string };
    /** @param id - one of ours; 0: the extended handshake. */
    _onExtended(id: number, payload: Uint8Array): void;
    /** @param parser - called when they are there. */
    _parse(size: number, parser: (bytes: Uint8Array) => void): void;
    /** Of streamx: bytes have come from the peer. */
    _write(bytes: Uint8Array, done: (error: Error | null) => void): void;
    /** Asks for a block. @param answered - webtorrent's is asynchronous. */
    request(
      index: number,
      offset: number,
      length: number,
      answered: (error: Error | null, bytes: Uint8Array | null) => unknown,
    ): void;
    /** The peer has not sent in time what it was asked for. */
    _onTimeout(): void;
    /** @param message - from its id on. */
    _onMessage(message: Uint8Array): void;
    _onKeepAlive(): void;
    _onChoke(): void;
    _onUnchoke(): void;
    _onHave(index: number): void;
    _onBitField(bits: Uint8Array): void;
    _onHaveAll(): void;
    _onHaveNone(): void;
    _onSuggest(index: number): void;
    _onAllowedFast(index: number): void;
    /** Numbers may be negative: they are read with a sign. */
    _onRequest(index: number, offset: number, length: number): void;
    _onCancel(index: number, offset: number, length: number): void;
    /** A block has come. */
    _onPiece(index: number, offset: number, bytes: Uint8Array): void;
    /** Says something to the peer. */
    _push(message: Uint8Array): void;
    /** Of streamx: few bytes wait for the connection, and more may come. */
    _read(done: (error: Error | null) => void): void;
    destroy(): void;
  };

  /** A connection, or somebody who is to be dialled. */
  export type Peer = {
    readonly conn: Socket | null;
    /** From the connection on. */
    readonly wire: Wire | null;
    swarm: Torrent | null;
    /** Of its client. */
    readonly throttleGroups: object;
    /** Makes the wire. */
    onConnect(): void;
    onHandshake(infoHash: string, peerId: string): void;
    readonly destroyed: boolean;
    destroy(error?: Error): void;
  };

  /** Of torrent-piece: blocks of a piece that is not whole. */
  export type Piece = {
    readonly length: number;
    /** Bytes. */
    readonly missing: number;
    /** All of it is here, and it is hashed or written. */
    readonly _flushed: boolean;
    /** From the first request on. */
    readonly _buffer: unknown;
    readonly constructor: new (length: number) => Piece;
  };

  export type Torrent = EventEmitter & {
    readonly infoHash: string;
    /** It is in its swarm, and knows which pieces it has. */
    readonly ready: boolean;
    readonly done: boolean;
    /** Bytes that have come, right or wrong. */
    readonly received: number;
    readonly destroyed: boolean;
    /** When it is ready: null is whole. */
    readonly pieces: (Piece | null)[];
    /** Bytes: of the file; of each piece but the last. */
    readonly length: number;
    readonly pieceLength: number;
    /** Set while the torrent is in its swarm. */
    readonly discovery: { readonly tracker: (EventEmitter & { update(): void }) | null } | null;
    /** @param peer - "host:port". */
    addPeer(peer: string, source: string): boolean;
    /** Those with whom hands are shaken. */
    readonly wires: readonly Wire[];
    /** By "host:port"; null when the torrent is gone. */
    readonly _peers: ReadonlyMap<string, Peer> | null;
    /** Who is to be dialled. */
    _queue: Peer[] | null;
    _addPeer(peer: unknown, type: string, source: string): Peer | null;
    _addIncomingPeer(peer: Peer): void;
    /** Asks those who may be asked for what is missing. */
    _update(): void;
    /** Hands are shaken with it, and the torrent is ready. */
    _onWireWithMetadata(wire: Wire): void;
    /** Asks all of them, in whatever order. */
    _updateWireWrapper(): void;
    /** Goes through all pieces: has it one that is missing? */
    _updateWireInterest(wire: Wire): void;
    /** Asks this one, for pieces in the order of the selections. */
    _updateWire(wire: Wire): void;
    /** @returns false: no block of the piece is to be asked for. */
    _request(wire: Wire, index: number, hotswap: boolean): boolean;
    _selections: {
      readonly length: number;
      get(i: number): { readonly from: number; readonly to: number };
      swap(i: number, j: number): void;
    };
    destroy(options: { destroyStore: boolean }, done: Done): void;
  };

  // biome-ignore lint/style/noDefaultExport: the package has no other export
  export default class WebTorrent extends EventEmitter {
    constructor(options: {
      dht: boolean;
      lsd: boolean;
      utPex: boolean;
      utp: boolean;
      natUpnp: boolean;
      natPmp: boolean;
      webSeeds: boolean;
      /** 0: no message stream encryption. */
      secure?: 0;
      tracker: { wrtc: false };
      /** Of one torrent; more are not dialled. */
      maxConns?: number;
      /** Handed to net.Server.listen as it is, so that a host can be named. */
      torrentPort: number | ListenOptions;
    });
    /** After "listening". */
    readonly torrentPort: number;
    readonly torrents: readonly Torrent[];
    /** Its peers have the same. */
    readonly throttleGroups: object;
    /** It asks `_client` for the torrent of each who comes. */
    readonly _connPool: { readonly tcpServer: Server; _client: Pick<WebTorrent, 'get'> };
    /** @param infoHash - in hex. */
    get(infoHash: string): Promise<Pick<Torrent, '_addIncomingPeer'> | null>;
    add(
      torrent: ParsedTorrent,
      options: {
        preloadedStore: ChunkStore;
        storeCacheSlots: number;
        /** So many may ask at a time: the fastest, and one drawn by lot. */
        uploads: number;
        skipVerify?: boolean;
        bitfield?: Uint8Array;
      },
    ): Torrent;
    /** @param torrent - a .torrent; its files go to the folder `path` under their own names. */
    add(torrent: Uint8Array, options: { path: string }): Torrent;
    destroy(done: Done): void;
  }
}

declare module 'webtorrent/lib/peer.js' {
  import type { Peer } from 'webtorrent';

  const PeerClass: { readonly prototype: Peer };
  // biome-ignore lint/style/noDefaultExport: the module has no other export
  export default PeerClass;
}
