/**
 * Keeps a connection to every member: dials, waits with a growing delay and jitter, dials again, for as long as
 * the member is one. Decides when; how to dial is the caller's. The node with the lower key begins, so that two
 * members seldom dial each other at once.
 */
import { type Bytes, compareBytes, toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log, MemberAddress, PeerKey, Random } from '../core/ports.ts';

const FIRST_MS = 20;
/** How long the node with the higher key leaves the other one time to dial. */
const YIELD_MS = 1_000;
const REDIAL_MS_MIN = 250;

export type DialerPorts = {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly dial: (member: MemberAddress, signal: AbortSignal) => Promise<void>;
  readonly isConnected: (peer: PeerKey) => boolean;
};

type Target = {
  member: MemberAddress;
  failures: number;
  cancel: () => void;
  readonly controller: AbortController;
};

export class Dialer {
  readonly #ports: DialerPorts;
  readonly #self: PeerKey;
  readonly #targets = new Map<string, Target>();
  #running = true;

  constructor(ports: DialerPorts, self: PeerKey) {
    this.#ports = ports;
    this.#self = self;
  }

  /** From now on these are the members; those that left are dialled no more. */
  set(members: readonly MemberAddress[]): void {
    const wanted = new Map(members.map((member) => [toHex(member.key), member]));
    wanted.delete(toHex(this.#self));
    for (const [hex, target] of this.#targets) {
      if (!wanted.has(hex)) this.#forget(hex, target);
    }
    for (const [hex, member] of wanted) {
      const known = this.#targets.get(hex);
      if (known === undefined) this.#add(hex, member);
      else known.member = member;
    }
  }

  /** The peer is connected and has answered: the next failure is the first one again. */
  reached(peer: PeerKey): void {
    const target = this.#targets.get(toHex(peer));
    if (target === undefined) return;
    target.failures = 0;
    target.cancel();
  }

  /** The last connection to the peer has ended. */
  lost(peer: PeerKey): void {
    const target = this.#targets.get(toHex(peer));
    if (target !== undefined) this.#again(target);
  }

  stop(): void {
    this.#running = false;
    for (const [hex, target] of this.#targets) this.#forget(hex, target);
  }

  #add(hex: string, member: MemberAddress): void {
    const target: Target = { member, failures: 0, cancel: () => {}, controller: new AbortController() };
    this.#targets.set(hex, target);
    const patienceMs = compareBytes(this.#self, member.key) < 0 ? 0 : YIELD_MS;
    this.#schedule(target, patienceMs + this.#jitter(FIRST_MS));
  }

  #forget(hex: string, target: Target): void {
    this.#targets.delete(hex);
    target.cancel();
    target.controller.abort();
  }

  #again(target: Target): void {
    const delayMs = Math.min(limits.redialMsMax, REDIAL_MS_MIN * 2 ** target.failures);
    target.failures += 1;
    this.#schedule(target, delayMs / 2 + this.#jitter(delayMs / 2));
  }

  #schedule(target: Target, delayMs: number): void {
    target.cancel();
    if (!this.#running || target.controller.signal.aborted) return;
    target.cancel = this.#ports.clock.after(delayMs, () => void this.#dial(target));
  }

  /** Never rejects. */
  async #dial(target: Target): Promise<void> {
    if (this.#ports.isConnected(target.member.key) || target.member.addresses.length === 0) return;
    try {
      await this.#ports.dial(target.member, target.controller.signal);
    } catch (error) {
      this.#ports.log.debug('a member cannot be reached', {
        peer: toHex(target.member.key),
        error: error as Error,
      });
      this.#again(target);
    }
  }

  /** 0 … `rangeMs`. */
  #jitter(rangeMs: number): number {
    const [high, low] = this.#ports.random.bytes(2) as Bytes & [number, number];
    return (rangeMs * (high * 256 + low)) / 65_535;
  }
}
