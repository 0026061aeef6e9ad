/**
 * Where the archive of this library was met last at its own tracker. A torrent is opened when somebody wants it, so that
 * the archive comes a moment behind the first reader; whom it can dial it dials. Most readers stand behind a NAT, and
 * nobody can: they would find the swarm empty, and clients ask again after two to five minutes. So they are told where
 * it will be, and where it is, whoever else is named: not all that a swarm names is there. Who comes before the torrent is
 * open waits at the door (archive/peers/door.ts).
 */
import { type Bytes, concat } from '../core/bytes.ts';
import { type Endpoint, entryBytesOf, findPeer } from '../torrent/compact-peers.ts';
import type { CompactPeers } from './announce.ts';

export class OwnArchive {
  #at4: Endpoint | undefined;
  #at6: Endpoint | undefined;

  /** It has announced from there. */
  cameFrom(at: Endpoint): void {
    if (at.address.family === 4) this.#at4 = at;
    else this.#at6 = at;
  }

  /** @param shown - to a reader. @returns as it is, when it names ours, or ours has never announced. */
  addTo<T extends CompactPeers>(shown: T): T {
    return { ...shown, peers: naming(this.#at4, shown.peers), peers6: naming(this.#at6, shown.peers6) };
  }
}

function naming(at: Endpoint | undefined, peers: Bytes): Bytes {
  if (at === undefined) return peers;
  const { address, port } = at;
  const isNamed = findPeer(peers, peers.length / entryBytesOf(address.family), address, port) >= 0;
  return isNamed ? peers : concat(address.bytes, Uint8Array.of(port >> 8, port & 0xff), peers);
}
