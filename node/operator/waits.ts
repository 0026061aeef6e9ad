/**
 * Why no new block comes here, for people: the last block lies ahead of this clock, this clock is off, too few of the
 * authorities answer. Said in the log once, and once when it is over; `status`, `/ready` and the metrics have it as long
 * as it lasts. Changes nothing: who waits, waits by the rules (block times only ascend; a quorum must sign).
 */
import { limits } from '../../core/limits.ts';
import type { Clock, Log, LogData } from '../../core/ports.ts';
import type { Height, UnixMs } from '../../core/scalars.ts';
import type { ClockGap } from '../peers/hello/clocks.ts';
import { momentInWords, spanInWords } from '../process/time-words.ts';
import { Timers } from '../process/timers.ts';
import type { RollCall } from './roll-call.ts';

/** In the order in which they are told. */
export const WAITS = ['clock-off', 'block-ahead', 'authorities-missing', 'no-agreement'] as const;
export type Wait = {
  readonly reason: (typeof WAITS)[number];
  /** A sentence. */
  readonly detail: string;
};

type Head = {
  readonly height: Height;
  readonly time: UnixMs;
  /** Who proposed it; undefined of the genesis. */
  readonly leader: string | undefined;
};
type Ports = {
  readonly clock: Clock;
  readonly log: Log;
  head(): Head;
  /** undefined: no member has said its time lately. */
  clockGap(): ClockGap | undefined;
  /** Something waits for a block, or the views go by. */
  isDue(): boolean;
  /** The shortest time between two blocks, which every view has on top of its own. */
  blockIntervalMs(): number;
  /** Blocks are made, and are not here yet, or cannot be read here. */
  isBehind(): boolean;
  roll(): RollCall;
  /** A period is over in which those who are there have spoken. */
  heard(): void;
};
type Found = Wait & { readonly message: string; readonly data: LogData };

/** The others have said hello by then, and whose clock is off is known. */
const FIRST_MS = 5_000;
const LOOK_MS = 1_000;
/** Whoever is active says again every `standstillMs` what it has said: so often at least in a period. */
const PERIOD_MS = 1.5 * limits.standstillMs;

export class Waits {
  readonly #ports: Ports;
  readonly #timers: Timers;
  readonly #said = new Set<Wait['reason']>();
  #height = 0;
  /** For so long no block has come although something waits: counted, as clocks may be set. */
  #stillMs = 0;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
  }

  start(): void {
    this.#timers.set('look', FIRST_MS, () => this.#look());
    this.#timers.set('period', PERIOD_MS, () => this.#endPeriod());
  }

  stop(): void {
    this.#timers.cancelAll();
  }

  /** As things stand now; empty when nothing is waited for in vain. */
  list(): readonly Wait[] {
    return this.#found().map(({ reason, detail }) => ({ reason, detail }));
  }

  #look(): void {
    const { head, isDue, isBehind } = this.#ports;
    const { height } = head();
    const stands = height === this.#height && isDue() && !isBehind();
    this.#stillMs = stands ? this.#stillMs + LOOK_MS : 0;
    this.#height = height;
    this.#say();
    this.#timers.set('look', LOOK_MS, () => this.#look());
  }

  #endPeriod(): void {
    this.#ports.heard();
    this.#timers.set('period', PERIOD_MS, () => this.#endPeriod());
  }

  #say(): void {
    const { log } = this.#ports;
    const found = this.#found();
    for (const { reason, message, data } of found) {
      if (this.#said.has(reason)) continue;
      this.#said.add(reason);
      log.error(message, { reason, ...data });
    }
    for (const reason of this.#said) {
      if (found.some((one) => one.reason === reason)) continue;
      this.#said.delete(reason);
      log.warn(OVER[reason], { reason, height: this.#height });
    }
  }

  #found(): readonly Found[] {
    const off = this.#clockOff();
    // What lies ahead of a clock that is slow is nobody's fault but its own.
    const isOurs = off?.data.clock === 'behind' && !this.#said.has('block-ahead');
    const ahead = isOurs ? undefined : this.#blockAhead();
    return [off, ahead, ahead === undefined ? this.#standstill() : undefined].flatMap((one) => one ?? []);
  }

  #clockOff(): Found | undefined {
    const gap = this.#ports.clockGap();
    if (gap === undefined || Math.abs(gap.aheadMs) <= this.#bound('clock-off')) return undefined;
    const span = spanInWords(Math.abs(gap.aheadMs));
    const way = gap.aheadMs > 0 ? 'behind' : 'ahead of';
    const whose = gap.count === 1 ? 'that of the other library' : `most of those of ${gap.count} libraries`;
    const effect = gap.aheadMs > 0 ? 'it votes for no new block' : 'nobody votes for its blocks';
    return {
      reason: 'clock-off',
      detail: `this clock is ${span} ${way} ${whose}: ${effect} until the clocks agree; run a time daemon`,
      message: 'the clock of this library is off: it and those of the other libraries differ',
      data: { gap: span, clock: gap.aheadMs > 0 ? 'behind' : 'ahead', libraries: gap.count },
    };
  }

  #blockAhead(): Found | undefined {
    const { head, clock } = this.#ports;
    const { height, time, leader } = head();
    const now = clock.now();
    if (time - now <= this.#bound('block-ahead')) return undefined;
    const [ahead, until] = [spanInWords(time - now), momentInWords(time, now)];
    const what = leader === undefined ? 'the genesis' : 'the last block';
    const whose = leader === undefined ? 'its field "time", and this clock' : `the clock of ${leader}`;
    return {
      reason: 'block-ahead',
      detail: `${what} is ${ahead} ahead of this clock: no block comes until ${until}; check ${whose}`,
      message: 'the chain waits for real time: its last block lies ahead of this clock',
      data: { height, ahead, until, leader: leader ?? 'genesis' },
    };
  }

  #standstill(): Found | undefined {
    const { roll, blockIntervalMs } = this.#ports;
    const patienceMs = limits.standingStillMs + 3 * blockIntervalMs();
    if (this.#stillMs < patienceMs) return undefined;
    const { needed, answering, missing } = roll();
    const still = spanInWords(this.#stillMs);
    const names = missing.length === 0 ? 'none' : missing.join(', ');
    const count = `${answering} of ${needed} needed answer; missing: ${names}`;
    const data = { still, answering, needed, missing: names };
    // Who has just gone is still counted for a while: what is said of all of them is said later.
    if (answering >= needed && this.#stillMs < 2 * patienceMs) return undefined;
    return answering < needed
      ? {
          reason: 'authorities-missing',
          detail: `no block for ${still}: ${count}`,
          message: 'the chain stands still: not enough authorities answer',
          data,
        }
      : {
          reason: 'no-agreement',
          detail: `no block for ${still}, although ${count}`,
          message: 'the chain stands still, although enough authorities answer',
          data,
        };
  }

  /** What has been said is over only when nothing of it is left: it is not said anew at each tick of the edge. */
  #bound(reason: Wait['reason']): number {
    return this.#said.has(reason) ? LEFT_MS[reason] : limits.clockOffSaidMs;
  }
}

const LEFT_MS: Readonly<Record<Wait['reason'], number>> = {
  'clock-off': limits.proposalAheadMsMax,
  'block-ahead': 0,
  'authorities-missing': 0,
  'no-agreement': 0,
};

const OVER: Readonly<Record<Wait['reason'], string>> = {
  'clock-off': 'the clock of this library and those of the others agree again',
  'block-ahead': 'the last block does not lie ahead of this clock any more: blocks may come',
  'authorities-missing':
    'enough authorities answer, or a block has come: the chain does not wait for them any more',
  'no-agreement': 'a block has come, or it is known by now who is missing',
};
