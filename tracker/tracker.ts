/**
 * The private tracker of a library: lets a peer into a swarm when the ledger says so, and issues the passes of
 * this node. Assembly only: the rule is gate.ts, the swarms are swarm/; service.ts knows no wire, and http/ is one.
 */
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Startable } from '../core/ports.ts';
import type { Hash32, PublicKey32 } from '../core/scalars.ts';
import type { Presence, Seeding, Want } from '../torrent/peers.ts';
import { type HttpOptions, HttpTrackerServer } from './http/server.ts';
import { httpWire } from './http/wire.ts';
import { issue } from './pass/pass.ts';
import type { PassIssuer, TrackerNames } from './ports.ts';
import { createPresence } from './presence.ts';
import { type ServicePorts, TrackerService } from './service.ts';
import { Swarms } from './swarm/swarms.ts';

export type TrackerPorts = ServicePorts & { readonly identity: PassIssuer; readonly names: TrackerNames };
export type TrackerOptions = HttpOptions & { readonly chainId: Hash32 };

export type Tracker = Startable & {
  /** The port that it listens on; after `start`. */
  port(): number;
  /** A pass of this node, good for limits.passLifeMs. */
  issuePass(subject: PublicKey32, file: Hash32): string;
  /** Clients at this tracker now; who is in two swarms of the file counts once. */
  stats(file: Hash32): { readonly seeders: number; readonly leechers: number };
  /** Called at every announce of those who bring a file. One listener: who fetches it. */
  onSeeded(tell: (seeding: Seeding) => void): void;
  /** Called at every other announce that was let in. One listener: the archive, which says whether it comes with the file. */
  onWanted(tell: (want: Want) => boolean): void;
  /** Who is in the swarms now: for the archive. */
  readonly presence: Presence;
  /** The file was taken down: its readers and those who brought it leave the swarms. */
  takenDown(file: Hash32): void;
  /** For metrics. */
  size(): { readonly swarms: number; readonly peers: number };
};

const PURGE_EVERY_MS = 60_000;

export function createTracker(ports: TrackerPorts, options: TrackerOptions): Tracker {
  const chainId = toHex(options.chainId);
  const swarms = new Swarms(ports.identity.key);
  const service = new TrackerService(ports, chainId, swarms);
  const server = new HttpTrackerServer(httpWire(service), ports, options);
  let cancel = () => {};

  function purgeLater(): void {
    cancel = ports.clock.after(PURGE_EVERY_MS, () => {
      swarms.purge(ports.clock.now());
      purgeLater();
    });
  }

  return {
    async start() {
      await server.start();
      purgeLater();
      ports.log.info('tracker: listening', { host: options.host, port: server.port() });
    },
    async stop() {
      cancel();
      service.stop();
      await server.stop();
    },
    port: () => server.port(),
    issuePass(subject, file) {
      const expires = Math.floor((ports.clock.now() + limits.passLifeMs) / 1_000);
      return issue(ports.identity, chainId, subject, file, expires);
    },
    stats: (file) => swarms.stats(toHex(file), ports.clock.now()),
    presence: createPresence(ports.rights, ports.clock, swarms),
    takenDown: (file) => swarms.removeReaders(toHex(file)),
    onSeeded: (tell) => service.onSeeded(tell),
    onWanted: (tell) => service.onWanted(tell),
    size: () => ({ swarms: swarms.size, peers: swarms.peers }),
  };
}
