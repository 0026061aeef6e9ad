/**
 * One seed, from its plan to its verdict: a phase in which everything may break and the judge watches every step,
 * then everything is mended and the federation must come to one head, empty its pools, take a fresh transaction and
 * come to rest, within a bound of virtual time. One thread; no real clock, no real disk, no real network.
 */
import { chainIdOf } from '../../chain/block/genesis.ts';
import { toHex } from '../../core/bytes.ts';
import { createMemoryHub, type MemoryHub } from '../../network/memory.ts';
import { PROTOCOLS, TOPICS } from '../../node/peers/protocol-names.ts';
import { Coverage, countPlan } from './coverage.ts';
import { FaultMaker } from './faults.ts';
import { genesisOf, honestNames, namesByKey, nodesOf } from './federation.ts';
import { makeForgetful, makeRolledBack } from './forgetting.ts';
import { Governance } from './governance.ts';
import { Judge, type Violation } from './judge.ts';
import type { Rules } from './judge-chain.ts';
import { Liveness, livenessBoundMs } from './liveness.ts';
import type { NodeWorld, SimNode, Wrap } from './node.ts';
import { blocksKeptIn, describe, type Plan, planOf } from './plan.ts';
import { SeededRandom } from './random.ts';
import { Schedule } from './schedule.ts';
import { fakeSignatures, keyOf, realSignatures } from './signatures.ts';
import { Trace } from './trace.ts';
import { Scribe } from './transactions.ts';
import { Lines } from './weather.ts';
import { Workload } from './workload.ts';

export type Outcome = {
  readonly plan: Plan;
  readonly violation: Violation | undefined;
  /** Virtual. */
  readonly endedMs: number;
  /** From the healing to the last demand met. */
  readonly recoveredMs: number;
  readonly digest: string;
  readonly last: readonly string[];
  readonly coverage: Coverage;
  /** Versions of the rules: that the last block follows, and that the next one has to follow. */
  readonly rules: Rules;
  /** Votes of homes that were rolled back, against votes that went with what was lost. */
  readonly contradictions: number;
  readonly events: number;
  /** Boundaries of effects that each honest node has passed. */
  readonly boundaries: ReadonlyMap<string, number>;
};
export type SimulationOptions = {
  /** Hears every line of the trace. */
  readonly say?: (line: string) => void;
  /** A bug to plant into honest nodes. */
  readonly wrap?: (name: string) => Wrap;
  /** The boundary of effects at which a node must die, beside those of chance. */
  readonly diesAt?: (node: string, boundary: number) => boolean;
  /** All the nodes, before everything is mended. */
  readonly healing?: (nodes: readonly SimNode[]) => void;
  /** Changes the plan of the seed: for planted bugs, which need their fault. */
  readonly adjust?: (plan: Plan) => Plan;
};

export async function simulate(seed: number, options: SimulationOptions = {}): Promise<Outcome> {
  return new Simulation(seed, options).run();
}

const BACK_MS = 200;
const LOOK_MS = 100;
/** Little: what falls out is read again. */
const CACHED = { pages: 500, values: 100 };

class Simulation {
  readonly #plan: Plan;
  readonly #schedule = new Schedule();
  readonly #trace: Trace;
  readonly #coverage = new Coverage();
  readonly #judge: Judge;
  readonly #nodes: readonly SimNode[];
  readonly #faults: FaultMaker;
  readonly #workload: Workload;
  readonly #governance: Governance;
  readonly #liveness: Liveness;
  readonly #healing: SimulationOptions['healing'];
  #healed = false;
  /** How far all clocks have leapt ahead. */
  #leapMs = 0;
  /** The highest block that any ledger has had. */
  #top = 0;
  #lookedMs = 0;
  #events = 0;

  constructor(seed: number, options: SimulationOptions) {
    this.#healing = options.healing;
    const random = new SeededRandom(seed);
    const planned = planOf(seed, random.fork());
    const plan = options.adjust?.(planned) ?? planned;
    this.#plan = plan;
    this.#trace = new Trace(options.say);
    this.#trace.event(0, describe(plan));
    countPlan(this.#coverage, plan);
    const genesis = genesisOf(plan);
    const honest = new Map(honestNames(plan).map((name) => [name, toHex(keyOf(name))]));
    const signatures = plan.realSignatures ? realSignatures : fakeSignatures;
    this.#judge = new Judge(this.#coverage, genesis, honest, signatures, blocksKeptIn(plan));
    const shared = { schedule: this.#schedule, trace: this.#trace, coverage: this.#coverage };
    const lines = new Lines({ ...shared, random: random.fork() }, plan.weather);
    const hub = this.#hub(lines);
    const world: NodeWorld = {
      ...shared,
      random: random.fork(),
      judge: this.#judge,
      genesis,
      signatures,
      options: { deltaMs: plan.deltaMs, statesKept: plan.statesKept, cached: CACHED },
      blocksKept: plan.blocksKept,
      leapMs: () => this.#leapMs,
      chances: () => ({
        write: this.#healed ? 0 : plan.faults.crashAtWrite,
        send: this.#healed ? 0 : plan.faults.crashAtSend,
      }),
      diesAt: (name, boundary) => options.diesAt?.(name, boundary) === true && this.#comesBack(name),
      network: (key) => hub.network(key, { topics: TOPICS, protocols: PROTOCOLS, members: [] }),
    };
    this.#nodes = nodesOf(plan, world, options.wrap ?? (() => ({})));
    const now = (): number => this.#schedule.now() + this.#leapMs + genesis.time;
    const scribe = new Scribe(chainIdOf(genesis), signatures, random.fork(), now);
    const parts = { ...shared, judge: this.#judge, scribe, nodes: this.#nodes, plan, lines, hub };
    this.#faults = new FaultMaker({ ...parts, random: random.fork() });
    this.#workload = new Workload({ ...parts, random: random.fork() });
    this.#governance = new Governance({ ...parts, random: random.fork(), workload: this.#workload });
    this.#liveness = new Liveness({ ...parts, now }, this.#workload);
  }

  async run(): Promise<Outcome> {
    for (const node of this.#nodes) void node.start();
    await this.#runFor(500);
    this.#faults.start();
    this.#forget();
    this.#workload.start();
    this.#governance.start();
    this.#leap();
    await this.#runFor(this.#plan.faultsMs);
    this.#healed = true;
    const healedMs = this.#schedule.now();
    this.#trace.event(healedMs, 'everything is mended');
    this.#workload.stop();
    this.#healing?.(this.#nodes);
    this.#faults.heal();
    const boundMs = livenessBoundMs(this.#plan);
    await this.#runFor(boundMs, () => this.#liveness.reached());
    const recoveredMs = this.#schedule.now() - healedMs;
    if (this.#judge.violation === undefined && !this.#liveness.reached()) {
      this.#judge.report('liveness', `after ${boundMs} ms: ${this.#liveness.missing()}`);
    }
    this.#judge.ends();
    if (this.#judge.violation === undefined) await this.#rest();
    for (const node of this.#nodes) node.end();
    return {
      plan: this.#plan,
      violation: this.#judge.violation,
      endedMs: this.#schedule.now(),
      recoveredMs,
      digest: this.#trace.digest(),
      last: this.#trace.last(),
      coverage: this.#coverage,
      rules: this.#judge.chain.rules,
      contradictions: this.#judge.contradictions,
      events: this.#events,
      boundaries: new Map(this.#nodes.map(({ name, boundaries }) => [name, boundaries])),
    };
  }

  /** Whoever dies on purpose is back soon, also when everything is mended. */
  #comesBack(name: string): true {
    const node = this.#nodes.find((one) => one.name === name);
    this.#schedule.after(BACK_MS, () => node?.up === false && void node.start());
    return true;
  }

  #leap(): void {
    const { leap } = this.#plan;
    if (leap === undefined) return;
    this.#schedule.after(leap.atMs, () => {
      this.#leapMs = leap.byMs;
      this.#coverage.count('leaps of all clocks');
      this.#trace.event(this.#schedule.now(), `all clocks leap by ${leap.byMs / 86_400_000} days`);
    });
  }

  #forget(): void {
    const { forgetsMs, decidesMs, rollsBackMs } = this.#plan.faults;
    const node = this.#nodes.find(({ honest }) => honest);
    if (node === undefined || (forgetsMs ?? rollsBackMs) === undefined) return;
    const shared = { schedule: this.#schedule, coverage: this.#coverage, judge: this.#judge };
    const ports = { ...shared, random: node.random.fork(), healed: () => this.#healed };
    if (forgetsMs !== undefined) makeForgetful(node, forgetsMs, decidesMs, ports);
    if (rollsBackMs !== undefined) makeRolledBack(node, rollsBackMs, ports);
  }

  /** Nothing is left to do: then only the heart beats. */
  async #rest(): Promise<void> {
    const { adversaries, tempters, boasters, rests } = this.#plan;
    if (adversaries.length + tempters + boasters > 0 || !rests) return;
    await this.#runFor(this.#liveness.settleMs);
    const before = this.#judge.chain.height;
    const { heartbeatMs } = this.#plan;
    await this.#runFor(4 * heartbeatMs);
    const blocks = this.#judge.chain.height - before;
    if (blocks > 5)
      this.#judge.report(
        'rest',
        `${blocks} blocks in four heartbeats without work; ${this.#liveness.pools()}`,
      );
    if (blocks < 2) this.#judge.report('heartbeat', `${blocks} blocks in four heartbeats`);
    await this.#runFor(heartbeatMs, () => this.#liveness.missing() === '');
    const states = this.#liveness.demanded();
    this.#judge.compareDisks(
      await Promise.all(states.map(async (node) => [node.name, await node.disk.copy()] as const)),
    );
  }

  /** Event by event; after each, everything that was promised is done. */
  async #runFor(ms: number, enough: () => boolean = () => false): Promise<void> {
    let running = true;
    this.#schedule.after(ms, () => {
      running = false;
    });
    while (running && this.#judge.violation === undefined) {
      if (!this.#schedule.step()) break;
      this.#events += 1;
      await drained();
      this.#look();
      if (enough()) return;
    }
  }

  /** What each honest node believes to be missing. No event of its own, so that it moves nothing. */
  #look(): void {
    const now = this.#schedule.now();
    if (now - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = now;
    const { words } = this.#judge;
    for (const { replica } of this.#nodes)
      this.#top = Math.max(this.#top, replica?.ledger.head().header.height ?? 0);
    for (const { name, honest, paused, replica } of this.#nodes) {
      if (!honest) continue;
      if (replica === undefined || paused) words.rests(name);
      else {
        const { height } = replica.ledger.head().header;
        words.stands(name, { height, behind: replica.sync.behind }, this.#top, now);
      }
    }
  }

  #hub(lines: Lines): MemoryHub {
    const names = namesByKey(this.#plan);
    const clock = {
      now: () => this.#schedule.now(),
      after: (delayMs: number, run: () => void) => this.#schedule.after(delayMs, run),
    };
    return createMemoryHub({
      clock,
      deliver: (from, to, kind, bytes, run) =>
        lines.deliver(names.get(toHex(from))!, names.get(toHex(to))!, kind, bytes, run),
    });
  }
}

/**
 * The queue of microtasks is empty before the next tick is taken: nothing that was promised is left undone. But
 * only seen from a microtask: from a timer or an immediate the tick would come first, and a run would begin
 * differently according to who has called it.
 */
async function drained(): Promise<void> {
  await Promise.resolve();
  await new Promise<void>((resolve) => process.nextTick(resolve));
}
