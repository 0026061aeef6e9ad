/**
 * Is this node where the ledger tells everybody that it is? The others dial the addresses of its entry and let its archive
 * in from there, their torrents name the tracker of the entry, and its API is where a stranger asks. A node that was started
 * elsewhere works by itself, and to the others seems to be down. Changes nothing: it is said in the log, once at the start
 * and when the entry has changed.
 */
import { isIP } from 'node:net';
import type { Member } from '../../../chain/federation/member.ts';
import { parseAddress } from '../../../core/address.ts';
import { equalBytes } from '../../../core/bytes.ts';
import type { Clock, Log } from '../../../core/ports.ts';
import { type Config, isLoopback } from '../../process/config.ts';
import { Timers } from '../../process/timers.ts';

export type Flags = Pick<
  Config,
  'host' | 'p2pPort' | 'trackerPort' | 'trackerUrl' | 'httpPort' | 'trustedProxies'
>;
type Ports = {
  readonly clock: Clock;
  readonly log: Log;
  readonly flags: Flags;
  /** undefined: the ledger does not know this key, which is another trouble (stranger.ts). */
  entry(): Member | undefined;
  /** Blocks are missing: what the ledger says here is of long ago. */
  isBehind(): boolean;
};

/** By then it is heard from somebody how far the ledger is, or nobody is there, perhaps for this very reason. */
const FIRST_MS = 10_000;
/** Blocks that come one after the other are looked at once. */
const LOOK_MS = 1_000;

export class OwnEntry {
  readonly #ports: Ports;
  readonly #timers: Timers;
  #said = '';
  #hasLooked = false;
  #stopped = true;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
  }

  start(): void {
    this.#stopped = false;
    this.#timers.set('look', FIRST_MS, () => this.#look());
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
  }

  /** The ledger says something else of a member. */
  changed(): void {
    if (!this.#stopped && this.#hasLooked) this.#timers.set('look', LOOK_MS, () => this.#look());
  }

  #look(): void {
    const { entry, flags, isBehind, log } = this.#ports;
    this.#hasLooked = true;
    if (isBehind()) {
      this.changed();
      return;
    }
    const own = entry();
    const found = own === undefined ? [] : unlike(own, flags);
    const data = Object.fromEntries(
      found.map(({ field, entry: said, flags: given }) => [field, `${said || '(none)'}, not ${given}`]),
    );
    const now = JSON.stringify(data);
    if (found.length > 0 && now !== this.#said) log.warn(UNLIKE, data);
    this.#said = now;
  }
}

const UNLIKE =
  'entry.unlike: the ledger tells the others of this library other addresses than it was started with, and they look for it there. Start it with what its entry says, or have the entry changed with propose update-member; only where a proxy or a router of yours hands on from there to here, all is well';

export type Unlike = {
  /** Of the entry. */
  readonly field: 'addresses' | 'tracker' | 'api';
  readonly entry: string;
  /** As they would be typed. */
  readonly flags: string;
};

/** What of the entry is nowhere to be found at a node with these flags. What only a proxy can know is not looked at. */
export function unlike(entry: Member, flags: Flags): readonly Unlike[] {
  const { addresses, tracker, api } = entry;
  const { host, p2pPort, trackerPort, trackerUrl, httpPort } = flags;
  const at = (option: string, port: number): string => `--host ${host} --${option} ${port}`;
  const found: Unlike[] = [];
  const leadsHere = (one: string): boolean => {
    return one.startsWith('/dnsaddr/') || isAt(placeOfMultiaddr(one), host, p2pPort);
  };
  if (addresses.length > 0 && !addresses.some(leadsHere)) {
    found.push({ field: 'addresses', entry: addresses.join(' '), flags: at('p2p-port', p2pPort) });
  }
  if (trackerUrl !== undefined) {
    if (!isSameUrl(trackerUrl, tracker)) {
      found.push({ field: 'tracker', entry: tracker, flags: `--tracker-url ${trackerUrl}` });
    }
  } else if (!isServed(tracker, flags, trackerPort)) {
    found.push({ field: 'tracker', entry: tracker, flags: at('tracker-port', trackerPort) });
  }
  if (!isServed(api, flags, httpPort)) {
    found.push({ field: 'api', entry: api, flags: at('http-port', httpPort) });
  }
  return found;
}

type Place = { readonly host: string; readonly port: number };

/** Of "/ip4/192.0.2.1/tcp/4645", as far as a node listens there. */
function placeOfMultiaddr(text: string): Place | undefined {
  const [, protocol, host = '', transport, port] = text.split('/');
  const isHost = protocol === 'ip4' || protocol === 'ip6' || /^dns[46]?$/.test(protocol ?? '');
  return isHost && transport === 'tcp' ? { host, port: Number(port) } : undefined;
}

/** TLS and what trusted proxies are in front of is not this node's own. */
function isServed(url: string, { host, trustedProxies }: Flags, port: number): boolean {
  if (url === '' || trustedProxies > 0 || !URL.canParse(url)) return true;
  const { protocol, hostname, port: named } = new URL(url);
  if (protocol !== 'http:') return true;
  const place = { host: hostname.replace(/^\[|\]$/g, ''), port: named === '' ? HTTP_PORT : Number(named) };
  return isAt(place, host, port);
}
const HTTP_PORT = 80;

/** Whether a name leads here nobody knows; but what listens for this machine alone is not reached from others. */
function isAt(place: Place | undefined, host: string, port: number): boolean {
  if (place === undefined || place.port !== port) return false;
  if (isLoopback(host)) return isLoopback(place.host);
  const [here, there] = [host, place.host].map(parseAddress);
  const isEverywhere = here?.bytes.every((byte) => byte === 0) === true;
  if (isEverywhere || isIP(place.host) === 0) return true;
  return here !== undefined && there !== undefined && equalBytes(here.bytes, there.bytes);
}

function isSameUrl(one: string, other: string): boolean {
  if (!URL.canParse(one) || !URL.canParse(other)) return false;
  const [a, b] = [one, other].map((text) => new URL(text).href.replace(/\/+$/, ''));
  return a === b;
}
