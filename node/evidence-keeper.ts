/**
 * Two statements of one authority that exclude each other: checked against the authorities of the present epoch,
 * kept for ever in the store, a few of each, and passed on to every member. Nobody is punished by a program; people
 * see it in `status` and may put a change of authorities to the vote.
 */
import { decodeEvidence, encodeEvidence, verifyEvidence } from '../consensus/evidence.ts';
import type { Evidence } from '../consensus/messages.ts';
import { type Bytes, toHex } from '../core/bytes.ts';
import { decodeOwn, encode } from '../core/codec.ts';
import { limits } from '../core/limits.ts';
import type { Log, Network, Store } from '../core/ports.ts';
import type { PublicKey32 } from '../core/scalars.ts';
import { accept, ignore, type Verdict } from '../core/verdict.ts';
import { committeeAfter, type VerifySignature } from '../light/trusted.ts';
import { evidenceKey, evidenceRange } from '../store/keyspaces.ts';
import { trustedState } from './epoch.ts';
import type { Ledger } from './ledger.ts';
import { EVIDENCE_TOPIC } from './protocols.ts';

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

  constructor(ports: Ports) {
    this.#ports = ports;
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

  /** From another member. Accepted, and so passed on, once. @returns the verdicts of consensus/evidence.ts. */
  async receive(bytes: Bytes): Promise<Verdict> {
    const evidence = decodeEvidence(bytes);
    return evidence.kind === 'accept' ? this.#take(evidence.value, bytes) : evidence;
  }

  async #take(evidence: Evidence, bytes: Bytes): Promise<Verdict> {
    const { ledger, store, verify, log } = this.#ports;
    const committee = committeeAfter(trustedState(ledger.head()), verify);
    const { epoch, view, signer } = evidence.first;
    if (epoch !== committee.epoch) return ignore('consensus.wrong-epoch'); // here or there the epoch has turned
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
