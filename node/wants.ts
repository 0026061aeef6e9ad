/**
 * Readers announce at the tracker of one library; the bytes may lie in the archive of another. What is wanted
 * here and not held here is told to all members, signed, at most once a minute and file; whoever holds it begins to
 * seed, and its archive announces at every tracker, also when it has done so before.
 */

import { LRUCache } from 'lru-cache';
import type { Bytes } from '../core/bytes.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Network } from '../core/ports.ts';
import type { Hash32, PublicKey32, UnixMs } from '../core/scalars.ts';
import { accept, ignore, reject, type Verdict } from '../core/verdict.ts';
import type { Archive } from '../tracker/archive/archive.ts';
import type { Want } from '../tracker/ports.ts';
import type { Identity, VerifySignature } from './epoch.ts';
import { decodeWant, encodeWant, type FileWant, WANT_TOPIC, wantHash } from './protocols.ts';

type Ports = {
  readonly archive: Pick<Archive, 'want' | 'has' | 'sought'>;
  readonly network: Network;
  readonly clock: Clock;
  readonly chainId: Hash32;
  readonly identity: Identity;
  readonly verify: VerifySignature;
  isMember(key: PublicKey32): boolean;
};

const TOLD_MAX = 10_000;
const MINUTE_MS = 60_000;
const FRESH_MS = 5 * MINUTE_MS;

export class Wants {
  readonly #ports: Ports;
  /** By info hash: when it was told last. */
  readonly #told = new LRUCache<string, UnixMs>({ max: TOLD_MAX });

  /** By member, hex: when it has told something last, by its own clock. */
  readonly #latest = new Map<string, UnixMs>();

  constructor(ports: Ports) {
    this.#ports = ports;
  }

  /** At our tracker. Quick: it is called at every announce. @returns whether our archive has the file, and comes with it. */
  wanted(want: Want): boolean {
    const { archive, network, clock, chainId, identity } = this.#ports;
    const has = archive.want(want);
    if (want.role !== 'reader' || want.complete || has) return has;
    const toldMs = clock.now();
    const name = toHex(want.infoHash);
    const before = this.#told.get(name);
    if (before !== undefined && toldMs - before < MINUTE_MS) return false;
    this.#told.set(name, toldMs);
    const told = { file: want.file, infoHash: want.infoHash, toldMs, by: identity.publicKey };
    network.publish(WANT_TOPIC, encodeWant({ ...told, signature: identity.sign(wantHash(chainId, told)) }));
    return false;
  }

  /** At another library's tracker. */
  receive(bytes: Bytes): Verdict {
    const want = decodeWant(bytes);
    if (want.kind !== 'accept') return want;
    const { archive, chainId, isMember, verify } = this.#ports;
    const { file, infoHash, by, signature } = want.value;
    if (!isMember(by)) return ignore('member.unknown'); // we may be behind
    if (!verify(by, wantHash(chainId, want.value), signature)) return reject('signature.wrong');
    if (!this.#isNews(want.value)) return ignore('gossip.too-much');
    archive.sought(file, infoHash, toHex(by));
    return accept();
  }

  /** What a member has told long ago may be repeated by anybody. One of two clocks may be wrong, or be set back. */
  #isNews({ by, toldMs }: FileWant): boolean {
    const name = toHex(by);
    const latest = this.#latest.get(name) ?? 0;
    if (toldMs < latest - FRESH_MS && Math.abs(this.#ports.clock.now() - toldMs) > FRESH_MS) return false;
    if (this.#latest.size >= limits.membersMax) this.#latest.clear(); // they come and go
    this.#latest.set(name, Math.max(latest, toldMs));
    return true;
  }
}
