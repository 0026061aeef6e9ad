/**
 * Who is in the swarms of this tracker, told to the archive of the same library: it gives bytes to nobody else. Nothing is
 * kept here: a peer that is in a swarm has passed the gate when it announced, and passes it again at each look, so that
 * a take-down, a lapsed right or a pass that is over ends what is open.
 */
import { toHex } from '../core/bytes.ts';
import type { Clock } from '../core/ports.ts';
import type { UnixMs } from '../core/scalars.ts';
import type { KnownPeer, Presence, SwarmRole } from '../torrent/peers.ts';
import { admit } from './gate.ts';
import type { Rights } from './ports.ts';
import type { Peer } from './swarm/swarm.ts';
import type { Swarms } from './swarm/swarms.ts';

/** A university behind one address: so many passes of its readers are told apart when a client does not say which one it is. */
const KEYS_AT_MAX = 256;

export function createPresence(rights: Rights, clock: Clock, swarms: Swarms): Presence {
  const byOf = ({ issuer, issuerHex }: Peer['pass']) => (rights.isSelf(issuer) ? undefined : issuerHex);
  /** The gate is asked of no more keys than are told: behind one address there may be hundreds. */
  const known = (peers: Iterable<Peer>, now: UnixMs): readonly KnownPeer[] => {
    const found = new Map<string, KnownPeer>();
    for (const { pass, subject: key } of peers) {
      const by = byOf(pass);
      const name = `${key} ${by}`;
      if (found.has(name)) continue;
      const admitted = admit(rights, pass, now);
      if (admitted.kind === 'accept') found.set(name, { key, role: admitted.value, by });
      if (found.size >= KEYS_AT_MAX) break;
    }
    return [...found.values()];
  };
  return {
    roleAt(file, address, port) {
      const now = clock.now();
      let best: SwarmRole | undefined;
      for (const { pass } of swarms.at(toHex(file), address, port, now)) {
        const admitted = admit(rights, pass, now);
        if (admitted.kind !== 'accept') continue;
        if (admitted.value !== 'intake') return admitted.value;
        best = 'intake';
      }
      return best;
    },
    whoAt(file, address, port, peerId) {
      const now = clock.now();
      const all = [...swarms.at(toHex(file), address, port, now)];
      const his = known(
        all.filter(({ id }) => id === peerId),
        now,
      );
      return his.length > 0 ? his : known(all, now);
    },
    byId(file, address, peerId) {
      const now = clock.now();
      for (const { id, pass, subject: key } of swarms.at(toHex(file), address, undefined, now)) {
        if (id !== peerId) continue;
        const admitted = admit(rights, pass, now);
        if (admitted.kind === 'accept') return { key, role: admitted.value, by: byOf(pass) };
      }
      return undefined;
    },
    waiting: (file) => swarms.waiting(toHex(file)),
    takenDown: (file) => rights.takenDown(file),
  };
}
