/**
 * Where the peers of those are who seed what they bring to this library: each has announced at its tracker with the pass
 * that this library has issued to this key for this file (tracker/gate.ts): no other member names peers for it. A place is the peer of whoever has named it first: nobody passes off the peer of another
 * reader at the same address as his own. Bounded by the intakes, and by limits.peersPerPassMax of each.
 */
import { equalBytes, toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import type { Hash32, PublicKey32, UnixMs } from '../../../core/scalars.ts';
import type { Endpoint } from '../../../torrent/compact-peers.ts';

type Seen = { readonly at: Endpoint; readonly seenMs: UnixMs };

export class IntakePeers {
  /** By file, then by key; of each the latest last. */
  readonly #files = new Map<string, Map<string, readonly Seen[]>>();

  /** @returns true when it was not there before, and is nobody else's. */
  announced(hash: Hash32, key: PublicKey32, at: Endpoint, seenMs: UnixMs): boolean {
    const [file, own] = [toHex(hash), toHex(key)];
    const keys = this.#files.get(file) ?? new Map<string, readonly Seen[]>();
    for (const [other, peers] of keys) {
      if (other !== own && peers.some((one) => isSame(one.at, at) && isAlive(one, seenMs))) return false;
    }
    const known = keys.get(own) ?? [];
    const others = known.filter((one) => !isSame(one.at, at));
    keys.set(own, [...others, { at, seenMs }].slice(-limits.peersPerPassMax));
    this.#files.set(file, keys);
    return others.length === known.length;
  }

  of(hash: Hash32, key: PublicKey32, now: UnixMs): readonly Endpoint[] {
    const known = this.#files.get(toHex(hash))?.get(toHex(key)) ?? [];
    return known.filter((one) => isAlive(one, now)).map(({ at }) => at);
  }

  forget(hash: Hash32, key: PublicKey32): void {
    const file = toHex(hash);
    const keys = this.#files.get(file);
    keys?.delete(toHex(key));
    if (keys?.size === 0) this.#files.delete(file);
  }
}

/** A clock may be set back. */
function isAlive({ seenMs }: Seen, now: UnixMs): boolean {
  return Math.abs(now - seenMs) < limits.peerLifeMs;
}

function isSame(a: Endpoint, b: Endpoint): boolean {
  return a.port === b.port && equalBytes(a.address.bytes, b.address.bytes);
}
