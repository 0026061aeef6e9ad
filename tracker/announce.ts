/**
 * What a wire asks of the tracker and is answered, whatever bytes it travels in. A wire (http/) reads a request, hands it
 * to service.ts and spells the answer; it holds no rule, and the service knows no wire. Pure.
 */
import type { Address } from '../core/address.ts';
import type { Bytes } from '../core/bytes.ts';
import type { InfoHash20 } from '../core/scalars.ts';

export type AnnounceEvent = 'started' | 'stopped' | 'completed' | undefined;

/** What a peer says of itself: claims, all of it. */
export type PeerClaims = {
  readonly infoHash: InfoHash20;
  /** 20 bytes. */
  readonly peerId: Bytes;
  /** 1 … 65535. */
  readonly port: number;
  /** undefined, as `downloaded` and `left`: the client did not say, or said what is no amount (-1, nothing, NaN, 2^64). */
  readonly uploaded: bigint | undefined;
  readonly downloaded: bigint | undefined;
  readonly left: bigint | undefined;
  readonly event: AnnounceEvent;
  /** 0 … limits.peersReturnedMax. */
  readonly wanted: number;
};

/** Who asks: the pass as text, as the wire has it ('' = none), and from where it was seen to come, never what it says. */
export type Bearer = { readonly pass: string; readonly source: Address };
export type AnnounceRequest = Bearer & PeerClaims;
/** `infoHashes`: none = all of the file. */
export type ScrapeRequest = Bearer & { readonly infoHashes: readonly InfoHash20[] };

export type Counts = { readonly complete: number; readonly incomplete: number; readonly downloaded: number };
/** Compact peers: 6 bytes each (BEP 23) and 18 bytes each (BEP 7). */
export type CompactPeers = { readonly peers: Bytes; readonly peers6: Bytes };
/** What a swarm shows to one who announces. */
export type PeersShown = Counts &
  CompactPeers & {
    /** So many of the peers, in front, are archives of members, with all the bytes. Told to nobody. */
    readonly archives: number;
  };

/**
 * For the archive of a member, so that it gives bytes to nobody else: all who are in the swarms of the file with a right
 * to its bytes. `upSeconds`: how long the tracker has known them; who came before may be forgotten, not gone.
 */
export type Admitted = CompactPeers & { readonly upSeconds: number };

export type AnnounceReply = Counts &
  CompactPeers & {
    readonly intervalSeconds: number;
    readonly minIntervalSeconds: number;
    /** Where the tracker saw the peer (BEP 24). */
    readonly external: Address;
    /** For members only; no client knows these. A wire that has no room for them leaves them out. */
    readonly admitted?: Admitted;
  };

export type ScrapeRow = readonly [infoHash: InfoHash20, counts: Counts];
