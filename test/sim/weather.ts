/**
 * The lines between nodes: decides for every message whether and when it arrives. Frames of one line keep their
 * order, as the port promises, unless the plan lets them overtake each other (consensus does not rely on it).
 */
import type { Bytes } from '../../core/bytes.ts';
import type { DeliveryKind } from '../../network/memory.ts';
import type { Coverage } from './coverage.ts';
import type { Weather } from './plan.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { Trace } from './trace.ts';

type Ports = {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly coverage: Coverage;
  readonly trace: Trace;
};

const GOOD: Weather = { delayMs: [1, 20], loss: 0, duplication: 0, overtaking: false };

export class Lines {
  readonly #ports: Ports;
  #weather: Weather;
  /** "from>to" of lines that swallow everything, in this direction. */
  #blocked = new Set<string>();
  /** When the last frame of a line arrives. */
  readonly #lastMs = new Map<string, number>();

  constructor(ports: Ports, weather: Weather) {
    this.#ports = ports;
    this.#weather = weather;
  }

  /** @param from - names of nodes. */
  deliver(from: string, to: string, kind: DeliveryKind, bytes: Bytes, run: () => void): void {
    const { random, coverage } = this.#ports;
    const line = `${from}>${to}`;
    if (kind === 'frame') coverage.count('frames');
    if (kind === 'gossip') coverage.count('gossip');
    if (kind === 'request') coverage.count('requests');
    if (this.#blocked.has(line)) coverage.count('messages blocked');
    else if (random.chance(this.#weather.loss)) coverage.count('messages lost');
    else this.#send(line, kind, bytes, run);
  }

  block(from: string, to: string): void {
    this.#blocked.add(`${from}>${to}`);
  }

  unblock(): void {
    this.#blocked = new Set();
  }

  heal(): void {
    this.unblock();
    this.#weather = GOOD;
  }

  #send(line: string, kind: DeliveryKind, bytes: Bytes, run: () => void): void {
    const { random, coverage, trace, schedule } = this.#ports;
    const copies = random.chance(this.#weather.duplication) ? 2 : 1;
    coverage.count('messages duplicated', copies - 1);
    for (let i = 0; i < copies; i++) {
      const atMs = this.#arrival(line, kind);
      schedule.after(atMs - schedule.now(), () => {
        trace.detail(schedule.now(), `${line} ${kind} ${bytes.length}`);
        run();
      });
    }
  }

  #arrival(line: string, kind: DeliveryKind): number {
    const { random, schedule, coverage } = this.#ports;
    const { delayMs, overtaking } = this.#weather;
    const [least, most] = delayMs;
    const atMs = schedule.now() + least + random.below(Math.max(1, most - least + 1));
    if (kind !== 'frame') return atMs;
    const lastMs = this.#lastMs.get(line) ?? 0;
    if (atMs < lastMs && overtaking) coverage.count('frames overtaken');
    const arrival = overtaking ? atMs : Math.max(atMs, lastMs);
    this.#lastMs.set(line, Math.max(arrival, lastMs));
    return arrival;
  }
}
