/** The desk of a library: who its librarians are, and that each of their requests is good once. */
import type { Clock, Log, Store } from '../../core/ports.ts';
import type { Librarians as Port } from '../../rpc/ports.ts';
import type { Part } from '../process/lifecycle.ts';
import { Librarians } from './librarians.ts';
import { Nonces } from './nonces.ts';

type Ports = { readonly store: Store; readonly clock: Clock; readonly log: Log };

export type Desk = { readonly librarians: Port; readonly parts: readonly Part[] };

/** @param home - the folder of the library. @throws Fault("config.invalid") when the list of librarians cannot be read. */
export function openDesk({ store, clock, log }: Ports, home: string): Desk {
  const librarians = new Librarians(home, log);
  const nonces = new Nonces({ store, clock });
  return {
    librarians: {
      knows: async (key) => librarians.knows(key),
      spend: (request, pay) => nonces.spend(request, pay),
    },
    parts: [{ name: 'desk', start: () => nonces.start(), stop() {} }],
  };
}
