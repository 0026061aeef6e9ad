/**
 * Says hello to every member that is connected, each minute, and as soon as something is new; answers theirs. From what
 * it hears follows whether somebody of this chain is there, who keeps another ledger, and whether this node has a twin.
 */

import type { Bytes } from '../../../core/bytes.ts';
import { equalBytes, toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Log, Network, PeerKey, Random } from '../../../core/ports.ts';
import type { Hash32, Height, UnixMs } from '../../../core/scalars.ts';
import type { VerifySignature } from '../../../light/trusted.ts';
import type { Identity } from '../../process/identity.ts';
import { Timers } from '../../process/timers.ts';
import type { RequestHandler } from '../protocol.ts';
import { HELLO_PROTOCOL } from '../protocol-names.ts';
import { type ClockGap, Clocks } from './clocks.ts';
import {
  BOOT_BYTES,
  decodeAnswer,
  decodeHello,
  encodeAnswer,
  encodeHello,
  type Hello,
  hashToSign,
} from './message.ts';
import { Seen } from './seen.ts';
import { Twins } from './twins.ts';

export type GreeterPorts = {
  readonly network: Pick<Network, 'peers' | 'request'>;
  readonly clock: Clock;
  /** Milliseconds since some moment, however the clock is set. */
  uptimeMs(): number;
  readonly random: Random;
  readonly log: Log;
  readonly identity: Identity;
  readonly verify: VerifySignature;
  readonly chainId: Hash32;
  height(): Height;
  readonly rules: number;
  readonly program: string;
  /** Another process has our key. Called once. */
  twin(): void;
  /** It keeps another ledger: lets go of it for a while. */
  part(peer: PeerKey): void;
  /** A member of this chain has said hello. @param roundTripMs - of its answer; undefined when it spoke first. */
  heard(peer: PeerKey, height: Height, roundTripMs: number | undefined): void;
  /** For metrics. */
  refused(code: 'chain.other' | 'signature.wrong' | 'codec.malformed'): void;
};

/** Once another boot of our key has been heard of, it is soon clear whether it lives. */
const EAGER_MS = 10_000;
const EAGER_TIMES = 12;
/** A first hello that has got lost, or found another one under way, is not put off until the next minute. */
const MEET_AGAIN_MS = 3_000;
const MEET_TIMES = 4;
/** The answer to a hello of another chain is to arrive before the connection ends. */
const PART_MS = 1_000;
/** Clock and uptime that differ by so much more than before: the machine has slept, or is a copy. */
const JUMP_MS = 5_000;

export class Greeter {
  readonly #ports: GreeterPorts;
  readonly #timers: Timers;
  readonly #twins: Twins;
  readonly #seen = new Seen();
  readonly #clocks = new Clocks();
  readonly #asking = new Set<string>();
  /** By peer, hex: when it was said in the log. Not by chain, which a liar names anew each time. Members only. */
  readonly #said = new Map<string, UnixMs>();
  #answered = false;
  #eager = 0;
  #offset: number;
  #stopped = true;

  constructor(ports: GreeterPorts) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
    this.#twins = new Twins(ports.random.bytes(BOOT_BYTES));
    this.#offset = this.#offsetNow();
  }

  start(): void {
    this.#stopped = false;
    this.#again();
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
  }

  /** Has a member of this chain said hello since the start? */
  get answered(): boolean {
    return this.#answered;
  }

  get isTwin(): boolean {
    return this.#twins.found;
  }

  /** How far this clock is from those of the members. */
  get clockGap(): ClockGap | undefined {
    const { network, uptimeMs } = this.#ports;
    return this.#clocks.gap(network.peers(), uptimeMs());
  }

  connected(peer: PeerKey): void {
    if (!this.#stopped) void this.#meet(peer, MEET_TIMES);
  }

  async #meet(peer: PeerKey, times: number): Promise<void> {
    const isAnswered = await this.#say(peer);
    if (isAnswered || times === 1 || this.#stopped) return;
    this.#timers.set(`meet ${toHex(peer)}`, MEET_AGAIN_MS, () => void this.#meet(peer, times - 1));
  }

  get protocols(): readonly RequestHandler[] {
    const answer: RequestHandler['answer'] = (from, question) => this.answer(from, question);
    return [{ request: HELLO_PROTOCOL, costBytes: limits.answerCostBytes, answer }];
  }

  /** @throws Fault("network.unreachable") for a hello that is none. */
  async answer(from: PeerKey, bytes: Bytes): Promise<Bytes> {
    const hello = decodeHello(bytes);
    if (hello.kind !== 'accept') return this.#refuse('codec.malformed');
    if (!this.#holds(hello.value) || !equalBytes(hello.value.key, from))
      return this.#refuse('signature.wrong');
    this.#hear(from, hello.value);
    const seen = this.#seen.others(from, hello.value.boot, this.#ports.clock.now());
    return encodeAnswer({ own: this.#own(), seen });
  }

  /** @returns whether it was answered. */
  async #say(peer: PeerKey): Promise<boolean> {
    const name = toHex(peer);
    if (this.#asking.has(name)) return false;
    this.#asking.add(name);
    const askedMs = this.#ports.uptimeMs();
    try {
      const bytes = await this.#ports.network.request(peer, HELLO_PROTOCOL, encodeHello(this.#own()));
      if (!this.#stopped) this.#hearAnswer(peer, bytes, askedMs);
      return true;
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      return false; // asked again
    } finally {
      this.#asking.delete(name);
    }
  }

  #hearAnswer(peer: PeerKey, bytes: Bytes, askedMs: number): void {
    const { clock, uptimeMs } = this.#ports;
    if (bytes.length === 0) return; // it joins itself, and has nothing to say yet
    const answer = decodeAnswer(bytes);
    if (answer.kind !== 'accept') {
      this.#ports.refused('codec.malformed');
      return;
    }
    const { own, seen } = answer.value;
    if (!this.#holds(own) || !equalBytes(own.key, peer)) {
      this.#ports.refused('signature.wrong');
      return;
    }
    this.#hear(peer, own, uptimeMs() - askedMs);
    this.#clocks.heard(peer, own.time - clock.now(), { askedMs, heardMs: uptimeMs() });
    for (const hello of seen) this.#hearOwn(hello);
  }

  /** @param hello - of this peer itself; its signature holds. */
  #hear(peer: PeerKey, hello: Hello, roundTripMs?: number): void {
    if (equalBytes(hello.chain, this.#ports.chainId)) {
      this.#answered = true;
      this.#ports.heard(peer, hello.height, roundTripMs);
      this.#seen.add(hello, this.#ports.clock.now());
    } else {
      this.#other(peer, hello);
    }
  }

  /** What a member has kept of our own key. */
  #hearOwn(hello: Hello): void {
    const { identity, chainId, log, twin, refused } = this.#ports;
    const isOurs = equalBytes(hello.key, identity.publicKey) && equalBytes(hello.chain, chainId);
    if (!isOurs || !this.#holds(hello)) {
      refused('signature.wrong');
      return;
    }
    const before = this.#twins.found;
    const isNew = this.#twins.hear(hello);
    if (this.#twins.found && !before) {
      log.error(TWIN, { key: toHex(identity.publicKey) });
      twin();
    }
    if (!isNew) return;
    this.#eager = EAGER_TIMES;
    this.#timers.set('again', 0, () => this.#again());
  }

  #other(peer: PeerKey, hello: Hello): void {
    const { clock, log, chainId, refused, part } = this.#ports;
    refused('chain.other');
    const name = toHex(peer);
    const now = clock.now();
    const last = this.#said.get(name);
    if (last === undefined || Math.abs(now - last) > limits.helloKeptMs) {
      this.#said.set(name, now);
      log.error(OTHER, { peer: toHex(peer), theirs: toHex(hello.chain), ours: toHex(chainId) });
    }
    // From its first word: who says hello again and again puts nothing off.
    if (!this.#timers.has(`part ${name}`)) this.#timers.set(`part ${name}`, PART_MS, () => part(peer));
  }

  #again(): void {
    this.#drawAnewAfterJump();
    for (const peer of this.#ports.network.peers()) void this.#say(peer);
    if (this.#eager > 0) this.#eager -= 1;
    this.#timers.set('again', this.#eager > 0 ? EAGER_MS : limits.helloEveryMs, () => this.#again());
  }

  #drawAnewAfterJump(): void {
    const offset = this.#offsetNow();
    const jumped = Math.abs(offset - this.#offset) > JUMP_MS;
    this.#offset = offset;
    if (!jumped) return;
    this.#twins.rename(this.#ports.random.bytes(BOOT_BYTES));
    this.#clocks.forget(); // what they were ahead of was another time
  }

  #offsetNow(): number {
    return this.#ports.clock.now() - this.#ports.uptimeMs();
  }

  #own(): Hello {
    const { chainId, identity, clock, height, rules, program } = this.#ports;
    const { boot, heard } = this.#twins;
    const key = identity.publicKey;
    const rest = { chain: chainId, key, boot, heard, time: clock.now(), height: height(), rules, program };
    return { ...rest, signature: identity.sign(hashToSign(rest)) };
  }

  #holds(hello: Hello): boolean {
    return this.#ports.verify(hello.key, hashToSign(hello), hello.signature);
  }

  #refuse(code: 'signature.wrong' | 'codec.malformed'): never {
    this.#ports.refused(code);
    throw new Fault('network.unreachable', 'not a hello');
  }
}

const OTHER =
  'chain.other: a library that this one is connected to keeps another ledger. Compare the chain id with its operator; who is wrong takes the genesis of the federation and an empty home';
const TWIN =
  'node.twin: another process runs with the key of this library. Neither signs anything now: stop one of the two for good, then restart the other';
