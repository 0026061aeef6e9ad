/**
 * Brings the final blocks that come next, from whoever is fastest: one range is under way while the one before it is
 * verified and executed. A member that is late is left for another one as long as there is one, and asked last from
 * then on; one that has nothing new, or gives what is wrong, is asked no more in this run. What is asked for follows the ledger:
 * consensus may be faster, and what it has brought is nobody's work here.
 */
import { equalBytes, toHex } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import type { Clock, Log, Network, PeerKey } from '../../core/ports.ts';
import type { Height, UnixMs } from '../../core/scalars.ts';
import type { Verdict } from '../../core/verdict.ts';
import { decodeRange, encodeRangeRequest, type RangeEntry } from '../ledger/messages.ts';
import { RANGE_PROTOCOL } from '../peers/protocol-names.ts';
import type { ResponseTimes } from './response-times.ts';
import { cut, NO_REST, type Rest, type Segment } from './segments.ts';

type Ports = {
  readonly network: Network;
  readonly clock: Clock;
  readonly log: Log;
  readonly times: ResponseTimes;
  /** Of our head. */
  height(): Height;
  /** What it has reported has been empty: others are asked first. */
  isSpent(peer: PeerKey): boolean;
  /** It has not kept the block of this height. */
  pruned(peer: PeerKey, from: Height): void;
  /** It was asked for more than this height, and gave nothing new, or what is wrong, or no answer. */
  vain(peer: PeerKey, upTo: Height): void;
};
type Asked = {
  readonly peer: PeerKey;
  readonly from: Height;
  readonly count: number;
  readonly since: UnixMs;
  /** Undefined: it is out of reach. */
  readonly answer: Promise<Verdict<readonly RangeEntry[]> | undefined>;
};
export type Fetched = { readonly peer: PeerKey; readonly segments: readonly Segment[] };

/** Blocks without a certificate of their own come from one member, as long as it is not so much slower than another. */
const SLOWER = 4;

export class RangeFetcher {
  readonly #ports: Ports;
  /** Who is asked no more. */
  readonly #left = new Set<string>();
  readonly #late = new Set<string>();
  /** Who had no more. */
  readonly #exhausted = new Set<string>();
  /** At which height each was asked again that had had no more. */
  readonly #cameBack = new Map<string, Height>();
  /** Ends the wait for whoever is silent. */
  #wake: (news: PeerKey) => void = () => {};
  readonly #turn: number;
  #from: Height;
  #rest: Rest = NO_REST;
  #restOf: PeerKey | undefined;
  #ahead: Asked | undefined;
  /** Nothing new has come for too long. */
  #isOver = false;

  /** @param from - the height to begin at. @param turn - which member begins, of those that nobody knows. */
  constructor(ports: Ports, from: Height, turn: number) {
    this.#ports = ports;
    this.#from = from;
    this.#turn = turn;
  }

  /**
   * @param target - beyond this height nothing is asked for ahead.
   * @param forMs - so long it may take. Whoever has given blocks without a certificate by then has given nothing, however
   *   many; and no answer that is under way puts off the end.
   * @returns one segment at least; undefined when nobody who may be asked has more, or the time is over: for good.
   */
  async next(target: Height, forMs: number): Promise<Fetched | undefined> {
    const { promise: over, resolve } = Promise.withResolvers<undefined>();
    const cancel = this.#ports.clock.after(Math.max(0, forMs), () => {
      this.#isOver = true;
      if (this.#restOf !== undefined) this.#ports.vain(this.#restOf, this.#ports.height());
      resolve(undefined);
    });
    return Promise.race([this.#next(target), over]).finally(cancel);
  }

  async #next(target: Height): Promise<Fetched | undefined> {
    while (!this.#isOver) {
      const asked = this.#ahead ?? this.#ask();
      this.#ahead = undefined;
      if (asked === undefined) return undefined;
      const segments = await this.#segmentsOf(asked);
      if (segments === undefined || this.#isOver) continue;
      if (this.#from <= target) this.#ahead = this.#ask();
      if (segments.length > 0) return { peer: asked.peer, segments };
    }
    return undefined;
  }

  /** Begins again from this height. */
  restart(from: Height): void {
    this.#from = from;
    this.#rest = NO_REST;
    this.#restOf = undefined;
    this.#ahead = undefined;
  }

  /** It is asked no more. */
  leave(peer: PeerKey): void {
    this.#left.add(toHex(peer));
    if (this.#restOf !== undefined && equalBytes(this.#restOf, peer)) this.#dropRest();
  }

  /**
   * Who had no more says that it has some by now. It is asked again, once at each height, so that no reports keep a run from its
   * end; and who has been silent for long, or is much slower, is not waited for.
   */
  again(peer: PeerKey): void {
    const name = toHex(peer);
    const height = this.#ports.height();
    if (!this.#exhausted.has(name) || this.#cameBack.get(name) === height) return;
    this.#cameBack.set(name, height);
    this.#exhausted.delete(name);
    this.#left.delete(name);
    this.#wake(peer);
  }

  /** @returns undefined when nothing has come of it. */
  async #segmentsOf(asked: Asked): Promise<readonly Segment[] | undefined> {
    const { clock, times, log, height, pruned, vain } = this.#ports;
    const { peer, from, since } = asked;
    const answer = await this.#inTime(asked);
    if (answer === 'left') {
      this.leave(peer);
      if (clock.now() - since >= times.patienceMs) vain(peer, from - 1);
      else this.#exhausted.add(toHex(peer));
      return undefined;
    }
    if (answer === 'late') {
      this.#late.add(toHex(peer));
      times.late(peer, times.patienceMs);
      this.#dropRest();
      return undefined;
    }
    // It may have been too much for the line: also when there is nobody else to ask.
    if (answer === undefined && clock.now() - since >= limits.rangePatienceMs)
      times.late(peer, clock.now() - since);
    const found = answer?.kind === 'accept' ? cut(this.#rest, from, answer.value) : answer;
    if (found?.kind !== 'accept') {
      this.leave(peer);
      if (found?.kind === 'reject' && found.code === 'range.pruned') {
        pruned(peer, from);
        return undefined;
      }
      if (found !== undefined) log.warn('range refused', { peer: toHex(peer), code: found.code });
      vain(peer, from - 1);
      return undefined;
    }
    const count = answer?.kind === 'accept' ? answer.value.length : 0;
    const { segments, rest } = found.value;
    const upTo = from + count - 1;
    if (count === 0 || upTo <= height()) {
      this.#exhausted.add(toHex(peer));
      this.leave(peer);
      // Whoever gives all that it is asked for is not to blame when consensus was faster.
      if (count < asked.count) vain(peer, upTo);
      return undefined;
    }
    if (!isBounded(rest)) {
      this.leave(peer);
      vain(peer, from - 1);
      return undefined;
    }
    this.#from = from + count;
    this.#rest = rest;
    this.#restOf = rest.blocks.length === 0 ? undefined : peer;
    return segments;
  }

  #ask(): Asked | undefined {
    const { network, clock, times, height } = this.#ports;
    if (this.#from <= height()) this.restart(height() + 1);
    const peer = this.#whom();
    if (peer === undefined) return undefined;
    const from = this.#from;
    const count = times.blocks;
    const since = clock.now();
    const request = encodeRangeRequest({ from, count });
    const answer = reached(async () => {
      const range = decodeRange(await network.request(peer, RANGE_PROTOCOL, request));
      times.took(peer, clock.now() - since, range.kind === 'accept' ? range.value.length : 0);
      return range;
    });
    return { peer, from, count, since, answer };
  }

  /** The fastest; but whoever has given blocks without their certificate gives that as well, if it can. */
  #whom(): PeerKey | undefined {
    const { times } = this.#ports;
    const peers = this.#peers();
    const prompt = peers.filter((peer) => this.#isPrompt(peer));
    const best = times.best(prompt.length > 0 ? prompt : peers);
    const owner = this.#restOf;
    if (owner === undefined || best === undefined || equalBytes(owner, best)) return best;
    if (times.of(owner) <= SLOWER * times.of(best)) return owner;
    this.#dropRest();
    return best;
  }

  /** Those that may be asked, as they are connected now. */
  #peers(): readonly PeerKey[] {
    const peers = this.#ports.network.peers();
    const start = this.#turn % Math.max(1, peers.length);
    const inTurn = [...peers.slice(start), ...peers.slice(0, start)];
    return inTurn.filter((peer) => !this.#left.has(toHex(peer)));
  }

  #isPrompt(peer: PeerKey): boolean {
    return !this.#late.has(toHex(peer)) && !this.#ports.isSpent(peer);
  }

  #dropRest(): void {
    this.#from -= this.#rest.blocks.length;
    this.#rest = NO_REST;
    this.#restOf = undefined;
  }

  async #inTime({ peer, answer }: Asked): Promise<Awaited<Asked['answer']> | 'late' | 'left'> {
    const others = this.#peers().filter((other) => !equalBytes(other, peer) && this.#isPrompt(other));
    const { clock, times } = this.#ports;
    const { patienceMs } = times;
    const { promise: over, resolve } = Promise.withResolvers<'late' | 'left'>();
    // Else there is nobody to be faster, unless one comes by, or the network's own patience is shorter.
    const isRace = others.length > 0 && patienceMs < limits.requestTimeoutMs;
    let hasNews = false;
    let patient = true;
    const cancel = clock.after(patienceMs, () => {
      patient = false;
      if (isRace) resolve('late');
      else if (hasNews) resolve('left');
    });
    this.#wake = (news) => {
      hasNews = true;
      const time = times.of(news);
      if (!patient || (time > 0 && times.of(peer) > SLOWER * time)) resolve('left');
    };
    try {
      return await Promise.race([answer, over]);
    } finally {
      cancel();
      this.#wake = () => {};
    }
  }
}

function isBounded({ blocks, bytes }: Rest): boolean {
  return blocks.length <= limits.uncertifiedBlocksMax && bytes <= limits.uncertifiedBytesMax;
}

/** @returns undefined when the peer is out of reach. */
export async function reached<T>(request: () => Promise<T>): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (error instanceof Fault) return undefined;
    throw error;
  }
}
