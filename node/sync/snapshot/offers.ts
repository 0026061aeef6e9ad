/**
 * A round of asking for states. Some members are asked at once, in a given order, and another one beside them whenever
 * nothing has come for a moment; what they offer is compared as it comes, each with each. Nobody is waited for who is late:
 * not for what it is asked about an offer, not for long once enough have offered one chain, nor for much longer than the
 * first state that could be taken. So a round lasts as long as those need who answer, however many are silent.
 */
import type { Genesis } from '../../../chain/block/genesis.ts';
import { type Bytes, toHex } from '../../../core/bytes.ts';
import { Fault } from '../../../core/fault.ts';
import { limits } from '../../../core/limits.ts';
import type { Clock, Network, PeerKey } from '../../../core/ports.ts';
import type { Height } from '../../../core/scalars.ts';
import { Timers } from '../../process/timers.ts';
import type { ForkRecord } from '../fork-record.ts';
import type { Offered, Relation } from './one-chain.ts';
import { Sides } from './sides.ts';

type Asked = Pick<Network, 'request'>;
type Ports = {
  readonly clock: Clock;
  readonly network: Asked;
  /** @param network - over which to ask. @returns "nothing": it offers none that can be believed. */
  offer(peer: PeerKey, network: Asked): Promise<Offered | 'nothing' | 'silent'>;
  compare(one: Offered, other: Offered, network: Asked): Promise<Relation>;
  /** @throws when nobody has decided which side is right. */
  forked(record: ForkRecord): Promise<void>;
};
type Wanted = {
  readonly genesis: Genesis;
  /** A state at this height or below it is of no use. */
  readonly above: Height;
  /** Whom to ask, in this order. */
  readonly peers: readonly PeerKey[];
  /** So many at once at most. */
  readonly atOnce: number;
};

/** Of which the newest is taken: each costs whoever makes it some room for a while. */
const ENOUGH = 3;

export class OfferRound {
  readonly #ports: Ports;
  readonly #wanted: Wanted;
  readonly #timers: Timers;
  readonly #over = Promise.withResolvers<void>();
  readonly #waiting: PeerKey[];
  readonly #asked = new Set<string>();
  /** Whose answer has not come, or came late. */
  readonly #silent = new Set<string>();
  /** In the order in which they were asked for, not in which they came. */
  readonly #offers = new Map<number, Offered>();
  /** Pairs of offers that are of one chain. */
  readonly #related = new Set<string>();
  /** By member: the last question about an offer. The next one waits for it. */
  readonly #queues = new Map<string, Promise<unknown>>();
  readonly #late = new Set<string>();
  #asking = 0;
  #comparing = 0;
  #isOver = false;

  constructor(ports: Ports, wanted: Wanted) {
    this.#ports = ports;
    this.#wanted = wanted;
    this.#timers = new Timers(ports.clock);
    this.#waiting = [...wanted.peers];
  }

  /** Who was asked, hex. */
  get asked(): ReadonlySet<string> {
    return this.#asked;
  }

  /** Who kept us waiting, hex. */
  get silent(): ReadonlySet<string> {
    return this.#silent;
  }

  /** @returns what was offered in time. @throws what the ports throw. */
  async run(): Promise<Sides> {
    for (let i = 0; i < ENOUGH; i++) this.#ask();
    this.#askBeside();
    this.#look();
    await this.#over.promise.finally(() => this.stop());
    return this.#sides();
  }

  /** From now on nobody is asked anything. */
  stop(): void {
    this.#isOver = true;
    this.#timers.cancelAll();
    this.#over.resolve();
  }

  /** Somebody may be silent. */
  #askBeside(): void {
    this.#timers.set('beside', limits.answerPatienceMs, () => {
      this.#ask();
      this.#askBeside();
    });
  }

  #ask(): void {
    const isFull = this.#offers.size + this.#asking >= limits.offersComparedMax;
    if (this.#isOver || isFull || this.#asking >= this.#wanted.atOnce) return;
    const peer = this.#waiting.shift();
    if (peer === undefined) return;
    const place = this.#asked.size;
    this.#asked.add(toHex(peer));
    this.#silent.add(toHex(peer));
    this.#asking += 1;
    void this.#take(place, peer).catch(this.#over.reject);
  }

  async #take(place: number, peer: PeerKey): Promise<void> {
    const { network } = this.#ports;
    const offered = await this.#ports.offer(peer, {
      request: async (...question) => (this.#isOver ? tooLate() : network.request(...question)),
    });
    this.#asking -= 1;
    if (this.#isOver) return;
    if (offered !== 'silent') this.#silent.delete(toHex(peer));
    if (typeof offered === 'string') this.#ask();
    else {
      for (const [at, other] of this.#offers) void this.#compare([at, other], [place, offered]);
      this.#offers.set(place, offered);
    }
    this.#look();
  }

  async #compare(one: readonly [number, Offered], other: readonly [number, Offered]): Promise<void> {
    this.#comparing += 1;
    try {
      const network = { request: (...question: Question) => this.#inTurn(question) };
      const relation = await this.#ports.compare(one[1], other[1], network);
      if (this.#isOver) return;
      if (relation === 'one chain') this.#related.add(pairOf(one[0], other[0]));
      else if (relation !== 'not shown') await this.#ports.forked(relation);
      this.#comparing -= 1;
      this.#look();
    } catch (error) {
      this.#over.reject(error);
    }
  }

  /** One question at a time to each member. */
  #inTurn(question: Question): Promise<Bytes> {
    const name = toHex(question[0]);
    const before = this.#queues.get(name) ?? Promise.resolve();
    const answer = before.then(() => this.#inTime(name, question));
    const settled = answer.catch(() => {});
    this.#queues.set(name, settled);
    return answer;
  }

  /** Who was late once is not waited for again. */
  async #inTime(name: string, question: Question): Promise<Bytes> {
    if (this.#isOver || this.#late.has(name)) return tooLate();
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#ports.clock.after(limits.rangePatienceMs, resolve);
    const answer = this.#ports.network.request(...question);
    return Promise.race([answer, late.then(() => this.#wasLate(name))]).finally(cancel);
  }

  #wasLate(name: string): never {
    this.#late.add(name);
    this.#silent.add(name);
    return tooLate();
  }

  /** Is that enough, or all? */
  #look(): void {
    const sides = this.#sides();
    const { above } = this.#wanted;
    const { only } = sides;
    const isSettled = this.#comparing === 0;
    const isClear = only !== undefined && only.voices >= ENOUGH && only.height > above;
    if (isSettled && !isClear && this.#asking === 0) this.#ask();
    if (isSettled && (isClear || this.#asking === 0)) this.#over.resolve();
    if (sides.loudest > 0) this.#endIn(limits.requestTimeoutMs, 'late');
    if (sides.loudest >= ENOUGH) this.#endIn(limits.rangePatienceMs, 'enough');
  }

  #endIn(ms: number, why: 'late' | 'enough'): void {
    if (!this.#isOver && !this.#timers.has(why)) this.#timers.set(why, ms, () => this.#over.resolve());
  }

  #sides(): Sides {
    const { genesis, above } = this.#wanted;
    const places = [...this.#offers.keys()].sort((a, b) => a - b);
    const placeOf = new Map([...this.#offers].map(([place, offered]) => [offered, place]));
    const sides = new Sides(genesis, above);
    for (const place of places) {
      sides.add(this.#offers.get(place)!, (one, other) =>
        this.#related.has(pairOf(placeOf.get(one)!, placeOf.get(other)!)),
      );
    }
    return sides;
  }
}

type Question = Parameters<Network['request']>;

function pairOf(one: number, other: number): string {
  return one < other ? `${one} ${other}` : `${other} ${one}`;
}

function tooLate(): never {
  throw new Fault('network.timeout', 'This round waits for it no more.');
}
