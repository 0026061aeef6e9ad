/**
 * Who is in the swarms of this tracker, told to the archive of the same library: it gives bytes to nobody else. Nothing is
 * kept here: a peer that is in a swarm has passed the gate when it announced, and passes it again at each look, so that
 * a take-down, a lapsed right or a pass that is over ends what is open.
 */
import { toHex } from '../core/bytes.ts';
import type { Clock } from '../core/ports.ts';
import type { KnownPeer, Presence, SwarmRole } from '../torrent/peers.ts';
import { admit } from './gate.ts';
import type { Rights } from './ports.ts';
import type { Swarms } from './swarm/swarms.ts';

/** A university behind one address: so many passes of its readers are told apart when a client does not say which one it is. */
const KEYS_AT_MAX = 256;

export function createPresence(rights: Rights, clock: Clock, swarms: Swarms): Presence {
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
      const [his, all] = [new Map<string, KnownPeer>(), new Map<string, KnownPeer>()];
      for (const { pass, subject: key, id } of swarms.at(toHex(file), address, port, now)) {
        const found = id === peerId ? his : all;
        const by = rights.isSelf(pass.issuer) ? undefined : pass.issuerHex;
        const name = `${key} ${by}`;
        if (found.has(name) || found.size >= KEYS_AT_MAX) continue;
        const admitted = admit(rights, pass, now);
        if (admitted.kind === 'accept') found.set(name, { key, role: admitted.value, by });
      }
      return [...(his.size > 0 ? his : all).values()];
    },
    waiting: (file) => swarms.waiting(toHex(file)),
    takenDown: (file) => rights.takenDown(file),
  };
}
