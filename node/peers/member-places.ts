/**
 * Where a member is: a pass of its archive goes over the wire in plain text, and is to be worth nothing to whoever has seen
 * it there. Its addresses are those of its entry, names looked up, and where its line of libp2p ends. Held to the /64 of
 * IPv6, as everywhere. Edge: asks the resolver, at most once in a while for each name.
 */
import { lookup } from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { member } from '../../chain/queries.ts';
import type { StateView } from '../../chain/state/state.ts';
import { type Address, clientAddressOf, parseAddress } from '../../core/address.ts';
import { equalBytes } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import type { PublicKey32, UnixMs } from '../../core/scalars.ts';

type Ports = {
  readonly ledger: { head(): { readonly view: StateView } };
  readonly clock: Clock;
  /** Does an open line to this member end at that address? */
  isConnectedAt(key: PublicKey32, address: Address): boolean;
  readonly self: PublicKey32;
  /** Texts of addresses. Rejects for a name that leads nowhere. */
  readonly resolve?: (name: string) => Promise<readonly string[]>;
  /** Texts of the addresses of this machine. */
  readonly own?: () => readonly string[];
};
type Found = { readonly sinceMs: UnixMs; places: ReadonlySet<string> };

export class MemberPlaces {
  readonly #ports: Required<Ports>;
  /** By name: bounded by what stands in entries. */
  readonly #found = new Map<string, Found>();

  constructor(ports: Ports) {
    this.#ports = { resolve: resolveName, own: ownAddresses, ...ports };
  }

  /** Is this an address of that member? A name that was not looked up yet leads nowhere: an archive announces again. */
  memberAt(key: PublicKey32, address: Address): boolean {
    const { ledger, self, own, isConnectedAt } = this.#ports;
    if (equalBytes(key, self) && (isLocal(address) || own().some((text) => isAt(text, address)))) return true;
    if (isConnectedAt(key, address)) return true;
    const entry = member(ledger.head().view, key);
    const hosts =
      entry === undefined ? [] : [...entry.addresses.map(hostOf), ...[entry.tracker, entry.api].map(hostIn)];
    return hosts.some((host) => {
      if (host === undefined) return false;
      return parseAddress(host) === undefined ? this.#leadsTo(host, address) : isAt(host, address);
    });
  }

  #leadsTo(name: string, address: Address): boolean {
    const { clock, resolve } = this.#ports;
    const now = clock.now();
    let found = this.#found.get(name);
    if (found === undefined || Math.abs(now - found.sinceMs) >= limits.memberNameMs) {
      const before = found?.places ?? new Set<string>();
      const asked: Found = { sinceMs: now, places: before };
      found = asked;
      this.#found.delete(name);
      this.#found.set(name, asked);
      if (this.#found.size > limits.memberNamesMax) this.#found.delete(this.#found.keys().next().value!);
      resolve(name).then(
        (texts) => {
          asked.places = new Set(texts.flatMap((text) => parseAddress(text) ?? []).map(clientAddressOf));
        },
        () => undefined, // what it led to before still holds
      );
    }
    return found.places.has(clientAddressOf(address));
  }
}

/**
 * What only this machine, its container host or its own network can be: a router that leads a library back to itself shows
 * one of these (RFC 1918, RFC 6598, RFC 4193).
 */
function isLocal({ family, bytes }: Address): boolean {
  const [a = 0, b = 0] = bytes;
  if (family === 6) return (a & 0xfe) === 0xfc;
  return (
    a === 10 ||
    (a === 172 && (b & 0xf0) === 16) ||
    (a === 192 && b === 168) ||
    (a === 100 && (b & 0xc0) === 64)
  );
}

function isAt(text: string, address: Address): boolean {
  const known = parseAddress(text);
  return known !== undefined && clientAddressOf(known) === clientAddressOf(address);
}

/** Of "/ip4/192.0.2.1/tcp/4645" or "/dns4/lib.example/tcp/4645": what stands behind the first name. */
function hostOf(multiaddr: string): string | undefined {
  return /^\/(?:ip4|ip6|dns|dns4|dns6)\/([^/]+)/.exec(multiaddr)?.[1];
}

function hostIn(url: string): string | undefined {
  return URL.canParse(url) ? new URL(url).hostname.replace(/^\[|\]$/g, '') : undefined;
}

async function resolveName(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address);
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address));
}
