/**
 * Two statements of one authority that exclude each other: checked against the authorities of their epoch, kept for
 * ever in the store, a few of each, and passed on to every member: by gossip, and to whoever connects later. What is of
 * an epoch that has not begun here is asked for again when it has. Nobody is punished by a program; people see it in
 * `status` and may put a change of authorities to the vote.
 */
import type { Committee } from '../../consensus/config.ts';
import { decodeEvidence, encodeEvidence, verifyEvidence } from '../../consensus/evidence.ts';
import type { Evidence } from '../../consensus/messages.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { decode, decodeOwn, encode } from '../../core/codec.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Log, Network, PeerKey, Store } from '../../core/ports.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { accept, ignore, type Verdict } from '../../core/verdict.ts';
import { committeeAfter, type VerifySignature } from '../../light/trusted.ts';
import { evidenceKey, evidenceRange } from '../../store/keyspaces.ts';
import { committeeOf, trustedState } from '../ledger/committees.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { EVIDENCE_PROTOCOL, EVIDENCE_TOPIC } from '../peers/protocol-names.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly store: Store;
  readonly network: Network;
  readonly log: Log;
  readonly verify: VerifySignature;
  failed(error: unknown): void;
};

export type Accusation = {
  /** Who contradicts itself. */
  readonly authority: PublicKey32;
  readonly epoch: number;
  readonly view: number;
  /** Of the two statements. */
  readonly kinds: readonly [string, string];
  /** Canonical encoding of both, signatures included: anybody can judge. */
  readonly evidence: Bytes;
};

export class EvidenceKeeper {
  readonly #ports: Ports;
  /** By what makes it one accusation: who, when, of what. */
  readonly #kept = new Map<string, Accusation>();
  /** Members that know something of a later epoch, and of which first. */
  readonly #ahead = new Map<string, { readonly peer: PeerKey; readonly epoch: number }>();

  constructor(ports: Ports) {
    this.#ports = ports;
    ports.ledger.onCommit((_, events) => {
      if (events.some(({ kind }) => kind === 'authorities-changed')) this.#askAgain();
    });
  }

  async start(): Promise<void> {
    const rows = await this.#ports.store.range({ ...evidenceRange(), limit: limits.evidenceMax });
    for (const [, row] of rows) {
      const [authority, evidence] = decodeOwn<[PublicKey32, Bytes]>(row);
      const decoded = decodeEvidence(evidence);
      if (decoded.kind === 'accept') this.#keep(authority, decoded.value, evidence);
    }
  }

  /** Oldest first. */
  list(): readonly Accusation[] {
    return [...this.#kept.values()];
  }

  /** Our own consensus has seen it. */
  accuse(evidence: Evidence): void {
    const bytes = encodeEvidence(evidence);
    void this.#take(evidence, bytes).then((verdict) => {
      if (verdict.kind === 'accept') this.#ports.network.publish(EVIDENCE_TOPIC, bytes);
    }, this.#ports.failed);
  }

  /** All that we have, for a member that asks. */
  answer(): Bytes {
    return encode(this.list().map(({ evidence }) => evidence));
  }

  /** What does this member know that we missed? */
  connected(peer: PeerKey): void {
    void this.#ask(peer).catch(this.#ports.failed);
  }

  /** From another member. Accepted, and so passed on, once. @returns the verdicts of consensus/evidence.ts. */
  async receive(peer: PeerKey, bytes: Bytes): Promise<Verdict> {
    const evidence = decodeEvidence(bytes);
    if (evidence.kind !== 'accept') return evidence;
    const { epoch } = evidence.value.first;
    if (epoch > this.#now().epoch) this.#isAhead(peer, epoch);
    try {
      return await this.#take(evidence.value, bytes);
    } catch (error) {
      this.#ports.failed(error); // the disk: the network would only warn of it
      return ignore('node.not-ready');
    }
  }

  #isAhead(peer: PeerKey, epoch: number): void {
    const known = this.#ahead.get(toHex(peer));
    if (known === undefined || epoch < known.epoch) this.#ahead.set(toHex(peer), { peer, epoch });
  }

  #askAgain(): void {
    const { epoch: now } = this.#now();
    for (const [name, { peer, epoch }] of this.#ahead) {
      if (epoch > now) continue;
      this.#ahead.delete(name);
      this.connected(peer);
    }
  }

  async #ask(peer: PeerKey): Promise<void> {
    let bytes: Bytes;
    try {
      bytes = await this.#ports.network.request(peer, EVIDENCE_PROTOCOL, new Uint8Array(0));
    } catch (error) {
      if (error instanceof Fault) return; // another one will know, too
      throw error;
    }
    const decoded = decode(bytes, limits.frameBytesMax);
    if (decoded.kind !== 'accept' || !Array.isArray(decoded.value)) return;
    for (const item of decoded.value.slice(0, limits.evidenceMax)) {
      // One that is wrong shows what the rest is worth.
      if (!(item instanceof Uint8Array) || (await this.receive(peer, item)).kind === 'reject') return;
    }
  }

  async #take(evidence: Evidence, bytes: Bytes): Promise<Verdict> {
    const { store, log } = this.#ports;
    const { epoch, view, signer } = evidence.first;
    const committee = committeeOf(this.#ports, epoch);
    if (committee === undefined) return ignore('consensus.wrong-epoch'); // not here yet, or not known any more
    const authority = committee.authorities[signer];
    if (authority !== undefined && !this.#isWanted(authority, evidence)) return ignore('consensus.known');
    const verdict = verifyEvidence(committee, evidence);
    if (verdict.kind !== 'accept' || authority === undefined) return verdict;
    const { kinds } = this.#keep(authority, evidence, bytes);
    log.error('an authority contradicts itself', { authority: toHex(authority), epoch, view });
    const key = evidenceKey(epoch, view, authority, kinds.join('+'));
    await store.write([{ type: 'put', key, value: encode([authority, bytes]) }], { sync: true });
    return accept();
  }

  #now(): Committee {
    return committeeAfter(trustedState(this.#ports.ledger.head()), this.#ports.verify);
  }

  /** Is it new, and is there room for it? */
  #isWanted(authority: PublicKey32, evidence: Evidence): boolean {
    if (this.#kept.has(nameOf(authority, evidence)) || this.#kept.size >= limits.evidenceMax) return false;
    const hex = toHex(authority);
    const own = this.list().filter((other) => toHex(other.authority) === hex);
    return own.length < limits.evidencePerAuthorityMax;
  }

  #keep(authority: PublicKey32, evidence: Evidence, bytes: Bytes): Accusation {
    const { epoch, view } = evidence.first;
    const accusation: Accusation = { authority, epoch, view, kinds: kindsOf(evidence), evidence: bytes };
    this.#kept.set(nameOf(authority, evidence), accusation);
    return accusation;
  }
}

function kindsOf({ first, second }: Evidence): [string, string] {
  const [one, other] = [first.kind, second.kind].sort();
  return [one!, other!];
}

function nameOf(authority: PublicKey32, evidence: Evidence): string {
  const { epoch, view } = evidence.first;
  return [toHex(authority), epoch, view, ...kindsOf(evidence)].join(':');
}
