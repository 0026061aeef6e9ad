/**
 * Readers announce at the tracker of one library; the bytes may lie in the archive of another. What is wanted
 * here and not held here is told to all members, signed, at most once a minute and file; whoever holds it begins to
 * seed, and its archive announces at every tracker, also when it has done so before.
 *
 * What is told is paid for by the member that has signed it, never by who passes it on: so a member that tells too much
 * is not listened to, and the others hear of one another what they would hear without it.
 */

import { LRUCache } from 'lru-cache';
import type { Archive } from '../../archive/archive.ts';
import type { Bytes } from '../../core/bytes.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Network } from '../../core/ports.ts';
import type { Hash32, PublicKey32, UnixMs } from '../../core/scalars.ts';
import { accept, ignore, reject, type Verdict } from '../../core/verdict.ts';
import type { VerifySignature } from '../../light/trusted.ts';
import type { Want } from '../../torrent/peers.ts';
import { Allowance } from '../peers/allowance.ts';
import type { GossipHandler } from '../peers/protocol.ts';
import { WANT_TOPIC } from '../peers/protocol-names.ts';
import type { Identity } from '../process/identity.ts';
import { decodeWant, encodeWant, type FileWant, wantHash } from './messages.ts';

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
/** As many as are listened to within the time in which they could be repeated. */
const HEARD_MAX = limits.wantsPerMemberMax + (FRESH_MS / 1_000) * limits.wantsPerMemberPerSecond;

type Heard = {
  /** When the member has told something last, by its own clock. */
  latest: UnixMs;
  /** What it has told, oldest first. */
  readonly told: Set<string>;
};

export class Wants {
  readonly #ports: Ports;
  /** By info hash: when it was told last. */
  readonly #told = new LRUCache<string, UnixMs>({ max: TOLD_MAX });

  /** By member, hex. */
  readonly #heard = new Map<string, Heard>();
  /** What others listen to of us, and we to each of them. */
  readonly #ours: Allowance;
  readonly #theirs: Allowance;

  constructor(ports: Ports) {
    this.#ports = ports;
    const bounds = { perSecond: limits.wantsPerMemberPerSecond, most: limits.wantsPerMemberMax };
    this.#ours = new Allowance(ports.clock, bounds);
    this.#theirs = new Allowance(ports.clock, bounds);
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
    // Who has shown a pass of another library is told of by that one as well: half is kept for readers of our own.
    const kept = want.by === undefined ? 0 : limits.wantsPerMemberMax / 2;
    if (this.#ours.left(identity.publicKey) < kept) return false;
    if (!this.#ours.take(identity.publicKey, 1)) return false; // told when the reader announces next
    this.#told.set(name, toldMs);
    const told = { file: want.file, infoHash: want.infoHash, toldMs, by: identity.publicKey };
    network.publish(WANT_TOPIC, encodeWant({ ...told, signature: identity.sign(wantHash(chainId, told)) }));
    return false;
  }

  /** A want is at the cost of its author, not of who passes it on. */
  get protocols(): readonly GossipHandler[] {
    return [{ topic: WANT_TOPIC, cost: 0, receive: (_, bytes) => this.receive(bytes) }];
  }

  /** At another library's tracker. Whose share is spent costs no signature; nobody pays but for what he has signed, once. */
  receive(bytes: Bytes): Verdict {
    const want = decodeWant(bytes);
    if (want.kind !== 'accept') return want;
    const { archive, chainId, isMember, verify } = this.#ports;
    const { file, infoHash, by, signature } = want.value;
    if (!isMember(by)) return ignore('member.unknown'); // we may be behind
    if (this.#theirs.left(by) < 1 || !this.#isNews(want.value)) return ignore('gossip.too-much');
    if (!verify(by, wantHash(chainId, want.value), signature)) return reject('signature.wrong');
    this.#theirs.take(by, 1);
    this.#remember(want.value);
    archive.sought(file, infoHash, toHex(by));
    return accept();
  }

  /**
   * What a member has told may be repeated by anybody: what it has told just now is known, and the rest is too old. One of
   * two clocks may be wrong, or be set back.
   */
  #isNews(want: FileWant): boolean {
    const now = this.#ports.clock.now();
    const { latest = now, told } = this.#heard.get(toHex(want.by)) ?? {};
    if (want.toldMs < latest - FRESH_MS && Math.abs(now - want.toldMs) > FRESH_MS) return false;
    return told?.has(nameOf(want)) !== true;
  }

  #remember(want: FileWant): void {
    const name = toHex(want.by);
    const heard = this.#heard.get(name) ?? { latest: 0, told: new Set<string>() };
    if (!this.#heard.has(name) && this.#heard.size >= limits.membersMax) this.#heard.clear(); // they come and go
    this.#heard.set(name, heard);
    heard.latest = Math.max(heard.latest, want.toldMs);
    heard.told.add(nameOf(want));
    const [oldest] = heard.told;
    if (heard.told.size > HEARD_MAX) heard.told.delete(oldest!);
  }
}

function nameOf({ infoHash, toldMs }: FileWant): string {
  return `${toHex(infoHash)} ${toldMs}`;
}
