/**
 * Where the archive of this library was met last at its own tracker. A torrent is opened when somebody wants it, so that
 * the archive comes a moment behind the first reader; whom it can dial it dials. Most readers stand behind a NAT, and
 * nobody can: they would find the swarm empty, and clients ask again after two to five minutes. So they are told where
 * it will be. Who comes before the torrent is open waits at the door (archive/door.ts).
 */
import { type Bytes, concat } from '../core/bytes.ts';
import type { Endpoint } from './compact-peers.ts';
import type { Answer } from './swarm.ts';

export class OwnArchive {
  #entry4: Bytes | undefined;
  #entry6: Bytes | undefined;

  /** It has announced from there. */
  cameFrom({ address, port }: Endpoint): void {
    const entry = concat(address.bytes, Uint8Array.of(port >> 8, port & 0xff));
    if (address.family === 4) this.#entry4 = entry;
    else this.#entry6 = entry;
  }

  /** @param answer - to a reader who was shown nobody. @returns as it is, when the archive has never announced. */
  addTo(answer: Answer): Answer {
    return { ...answer, peers: this.#entry4 ?? answer.peers, peers6: this.#entry6 ?? answer.peers6 };
  }
}
