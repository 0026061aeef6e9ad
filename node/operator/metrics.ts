/** What a machine reads at /metrics: counters of outcomes by code, and gauges asked for when somebody looks. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Code } from '../../core/codes.ts';
import type { TrackerMetrics } from '../../tracker/ports.ts';
import { LoopWork } from './loop-work.ts';
import { UNREADY } from './readiness.ts';
import { WAITS } from './waits.ts';

export type Readings = {
  height(): number;
  view(): number;
  behind(): number;
  peers(): number;
  poolTransactions(): number;
  poolBytes(): number;
  swarms(): number;
  swarmPeers(): number;
  /** Uploads that resume, begun and not ended; and their bytes. */
  unfinished(): { readonly count: number; readonly bytes: number };
  lastBlockAgeSeconds(): number;
  /** 1, or 0 for a node that has forgotten what it signed or does not know the rules of the next block. */
  sound(): number;
  evidence(): number;
  /** 1: another process runs with the key of this one. */
  twin(): number;
  unready(): readonly string[];
  /** Cards that this library lends; of those the ones that went to whoever came today; and how much of what it may lend that is. */
  cards(): { readonly lent: number; readonly openToday: number; readonly share: number };
  /** Why no new block comes. */
  waits(): readonly string[];
};

/** Why a subscription is stopped that nobody ends (rpc/live/subscription.ts). */
const SUBSCRIPTION_STOPS: readonly Code[] = [
  'subscription.too-slow',
  'request.expired',
  'events.pruned',
  'node.not-ready',
];

export class Metrics {
  readonly #registry = new Registry();
  readonly tracker: TrackerMetrics;
  readonly helloRefused: (code: string) => void;
  readonly broughtEnded: (outcome: string) => void;
  /** Of those who follow over a WebSocket. */
  readonly subscriptions: { began(): void; ended(code: string | undefined): void };
  readonly #transactions: Counter;
  readonly #blocks: Counter;

  constructor(readings: Readings) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry, prefix: 'digitallib_' });
    for (const [name, help, read] of gauges(readings)) {
      new Gauge({
        name: `digitallib_${name}`,
        help,
        registers,
        collect() {
          this.set(read());
        },
      });
    }
    measureLoop(registers);
    countReasons(registers, {
      name: 'not_ready',
      help: '1 for each reason why readers should not be sent here',
      all: UNREADY,
      read: readings.unready,
    });
    countReasons(registers, {
      name: 'waits',
      help: '1 for each reason why no new block comes (docs/operations.md)',
      all: WAITS,
      read: readings.waits,
    });
    const refused = new Counter({
      name: 'digitallib_hellos_refused_total',
      help: 'Hellos of other nodes that were of no use, by code',
      labelNames: ['code'],
      registers,
    });
    this.helloRefused = (code) => refused.inc({ code });
    const following = new Gauge({
      name: 'digitallib_subscriptions',
      help: 'What is followed over WebSockets now',
      registers,
    });
    const stopped = new Counter({
      name: 'digitallib_subscriptions_stopped_total',
      help: 'Subscriptions that the library has stopped, by code',
      labelNames: ['code'],
      registers,
    });
    for (const code of SUBSCRIPTION_STOPS) stopped.inc({ code }, 0); // what has not happened yet can be watched, too
    this.subscriptions = {
      began: () => following.inc(),
      ended(code) {
        following.dec();
        if (code !== undefined) stopped.inc({ code });
      },
    };
    const brought = outcomeCounter('brought_total', 'Fetches of what readers seed, by outcome', registers);
    this.broughtEnded = (outcome) => brought.inc({ outcome });
    const announces = outcomeCounter('announces_total', 'Announces by outcome', registers);
    const scrapes = outcomeCounter('scrapes_total', 'Scrapes by outcome', registers);
    this.tracker = {
      announced: (outcome) => announces.inc({ outcome }),
      scraped: (outcome) => scrapes.inc({ outcome }),
    };
    this.#blocks = new Counter({ name: 'digitallib_blocks_total', help: 'Final blocks', registers });
    this.#transactions = new Counter({
      name: 'digitallib_transactions_total',
      help: 'Final transactions by kind',
      labelNames: ['kind'],
      registers,
    });
  }

  committed(kinds: readonly string[]): void {
    this.#blocks.inc();
    for (const kind of kinds) this.#transactions.inc({ kind });
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

function gauges(readings: Readings): readonly (readonly [string, string, () => number])[] {
  return [
    ['height', 'Height of the last final block', readings.height],
    ['consensus_view', 'Present view of consensus', readings.view],
    ['blocks_behind', 'Final blocks known to be missing here', readings.behind],
    ['peers', 'Members connected', readings.peers],
    ['pool_transactions', 'Transactions that wait for a block', readings.poolTransactions],
    ['pool_bytes', 'Bytes of the transactions that wait', readings.poolBytes],
    ['tracker_swarms', 'Swarms at the tracker', readings.swarms],
    ['tracker_peers', 'Peers at the tracker', readings.swarmPeers],
    ['uploads_unfinished', 'Uploads that resume, begun and not ended', () => readings.unfinished().count],
    ['uploads_unfinished_bytes', 'What has come of those', () => readings.unfinished().bytes],
    ['sound', '0 when this node is amnesic or outdated (docs/operations.md)', readings.sound],
    ['evidence', 'Pieces of evidence against authorities', readings.evidence],
    ['ready', '1 when readers may be sent here', () => Number(readings.unready().length === 0)],
    ['cards_lent', 'Cards that this library lends', () => readings.cards().lent],
    ['cards_open_today', 'Cards that went to whoever came today', () => readings.cards().openToday],
    [
      'cards_cap_used_ratio',
      'How much of what this library may lend it has lent, 0 to 1',
      () => readings.cards().share,
    ],
    ['twin', '1 when another process runs with the key of this library', readings.twin],
    [
      'last_block_age_seconds',
      'Seconds since the time of the last final block',
      readings.lastBlockAgeSeconds,
    ],
  ];
}

type Reasons = {
  readonly name: string;
  readonly help: string;
  readonly all: readonly string[];
  read(): readonly string[];
};

function countReasons(registers: Registry[], { name, help, all, read }: Reasons): void {
  new Gauge({
    name: `digitallib_${name}`,
    help,
    labelNames: ['reason'],
    registers,
    collect() {
      const reasons = read();
      for (const reason of all) this.set({ reason }, Number(reasons.includes(reason)));
    },
  });
}

/** Beside the delays that prom-client measures. Looking begins the next measurement, as it does of those. */
function measureLoop(registers: Registry[]): void {
  const work = new LoopWork();
  // The first is asked first, and answers for both.
  new Gauge({
    name: 'digitallib_eventloop_work_p99_seconds',
    help: 'Time that the event loop works in one go, in processor time, of 99 in 100 looks',
    registers,
    collect() {
      const { p99Seconds, maxSeconds } = work.read();
      this.set(p99Seconds);
      max.set(maxSeconds);
    },
  });
  const max = new Gauge({
    name: 'digitallib_eventloop_work_max_seconds',
    help: 'Longest time that the event loop has worked in one go, in processor time',
    registers,
  });
}

function outcomeCounter(name: string, help: string, registers: Registry[]): Counter {
  return new Counter({ name: `digitallib_${name}`, help, labelNames: ['outcome'], registers });
}
