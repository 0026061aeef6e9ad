/**
 * What breaks while it may: each kind of fault at its own random times, for as long as the plan says; and the moment
 * when everything is mended at once. Whatever it chooses comes from the seed.
 */
import type { MemoryHub } from '../../network/memory.ts';
import type { Coverage } from './coverage.ts';
import type { SimNode } from './node.ts';
import type { Plan } from './plan.ts';
import type { SeededRandom } from './random.ts';
import type { Schedule } from './schedule.ts';
import type { Trace } from './trace.ts';
import type { Lines } from './weather.ts';

type Ports = {
  readonly schedule: Schedule;
  readonly random: SeededRandom;
  readonly trace: Trace;
  readonly coverage: Coverage;
  readonly lines: Lines;
  readonly hub: MemoryHub;
  readonly nodes: readonly SimNode[];
  readonly plan: Plan;
};

const HOUR_MS = 3_600_000;
const SHAPES = ['two sides', 'one alone', 'one way', 'a chain', 'a ring one way', 'a bridge'] as const;
type Shape = (typeof SHAPES)[number];

export class FaultMaker {
  readonly #ports: Ports;
  readonly #honest: readonly SimNode[];
  #cut: (readonly [SimNode, SimNode])[] = [];
  #healed = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#honest = ports.nodes.filter((node) => node.honest);
  }

  start(): void {
    const { plan, random } = this.#ports;
    const { faults } = plan;
    this.#every(faults.crashMs, () => this.#crash(random.pick(this.#honest)));
    this.#every(faults.orderlyRestartMs, () => this.#restartOrderly(random.pick(this.#honest)));
    this.#every(faults.pauseMs, () => this.#pause(random.pick(this.#honest)));
    this.#every(faults.slowDiskMs, () => this.#slowDisk(random.pick(this.#honest)));
    this.#every(faults.fullDiskMs, () => this.#fullDisk(random.pick(this.#honest)));
    this.#every(faults.badDiskMs, () => this.#spoilDisk(random.pick(this.#honest)));
    this.#every(faults.clockMs, () => this.#jump(random.pick(this.#honest)));
    this.#every(faults.hoursMs, () => this.#jumpHours(random.pick(this.#honest)));
    this.#every(faults.partitionMs, () => this.#partition());
    this.#every(faults.lineMs, () => this.#cutOrMend());
    this.#every(faults.quorumLossMs, () => this.#loseQuorum());
    // Whoever died in a write or between sends comes back as well.
    this.#every(1_000 * plan.stretch, () => this.#wake());
  }

  heal(): void {
    const { lines, hub } = this.#ports;
    this.#healed = true;
    lines.heal();
    for (const [a, b] of this.#cut) hub.line(a.key, b.key, true);
    for (const node of this.#ports.nodes) {
      node.disk.slow([0, 3]);
      node.disk.full(false);
      node.disk.sound();
      node.skewMs = 0;
      node.resume();
      if (!node.up) this.#start(node);
    }
  }

  #every(averageMs: number | undefined, run: () => void): void {
    if (averageMs === undefined) return;
    const { schedule, random } = this.#ports;
    schedule.after(random.between(1, 2 * averageMs), () => {
      if (this.#healed) return;
      run();
      this.#every(averageMs, run);
    });
  }

  /** Undoes something later, unless everything is healed by then. */
  #later(mostMs: number, run: () => void): void {
    const { schedule, random, plan } = this.#ports;
    schedule.after(random.between(1, mostMs * plan.stretch), () => this.#healed || run());
  }

  #start(node: SimNode): void {
    if (node.up) return;
    this.#ports.coverage.count('restarts');
    void node.start();
  }

  #crash(node: SimNode): void {
    if (!node.up) return;
    node.crash(this.#ports.random.between(0, node.disk.unsynced()));
    this.#later(5_000, () => this.#start(node));
  }

  #wake(): void {
    const { random } = this.#ports;
    const down = this.#ports.nodes.filter((node) => !node.up);
    if (down.length > 0 && random.chance(0.5)) this.#start(random.pick(down));
  }

  #restartOrderly(node: SimNode): void {
    if (!node.up || node.paused || node.replica === undefined) return;
    this.#ports.coverage.count('orderly restarts');
    void node.stopOrderly().then(() => {
      if (this.#healed) this.#start(node);
      else this.#later(3_000, () => this.#start(node));
    });
  }

  #pause(node: SimNode): void {
    if (!node.up || node.paused) return;
    this.#ports.coverage.count('pauses');
    node.pause();
    this.#later(6_000, () => node.resume());
  }

  #slowDisk(node: SimNode): void {
    this.#ports.coverage.count('slow disks');
    node.disk.slow([0, this.#ports.random.pick([50, 500, 3_000])]);
    this.#later(5_000, () => node.disk.slow([0, 3]));
  }

  #fullDisk(node: SimNode): void {
    this.#ports.coverage.count('full disks');
    node.disk.full(true);
    this.#later(5_000, () => node.disk.full(false));
  }

  #spoilDisk(node: SimNode): void {
    const { random, coverage } = this.#ports;
    coverage.count('bad disks');
    node.disk.fail(random.pick(['write', 'read']));
  }

  #jump(node: SimNode): void {
    const { random, plan, coverage } = this.#ports;
    coverage.count('clock jumps');
    node.skewMs = random.between(-plan.skewMs, plan.skewMs);
  }

  /** By hours, and mostly backwards: what is dated hours ahead is held, and would be for hours. */
  #jumpHours(node: SimNode): void {
    const { random, coverage, plan } = this.#ports;
    // A quorum that is ahead takes the chain along, and all others would wait for hours: one, of several, may be.
    const mayLead = plan.authorities > 1 && plan.governanceMs === undefined && node === this.#honest[0];
    const back = !mayLead || random.chance(0.5);
    coverage.count(back ? 'clocks set back by hours' : 'clocks set ahead by hours');
    node.skewMs = (back ? -1 : 1) * random.between(1, 5) * HOUR_MS;
  }

  #partition(): void {
    const { random, lines, coverage, trace, schedule } = this.#ports;
    lines.unblock();
    const nodes = random.shuffle(this.#ports.nodes);
    const shape = random.pick(SHAPES);
    const cut = shape === 'one alone' ? 1 : random.pick([nodes.length >> 1, (nodes.length / 3) | 0]);
    trace.event(schedule.now(), `partition, ${shape}: ${nodes.map(({ name }) => name)} at ${cut}`);
    coverage.count(`partitions: ${shape}`);
    for (const [a, from] of nodes.entries()) {
      for (const [b, to] of nodes.entries()) {
        if (isApart(shape, a, b, cut, nodes.length)) lines.block(from.name, to.name);
      }
    }
    this.#later(8_000, () => lines.unblock());
  }

  /** Lines go one by one, and come back in another order. Both ends are told. */
  #cutOrMend(): void {
    const { random, hub, nodes, coverage } = this.#ports;
    if (this.#cut.length > 0 && random.chance(0.5)) {
      const [line] = this.#cut.splice(random.below(this.#cut.length), 1);
      hub.line(line![0].key, line![1].key, true);
      coverage.count('lines mended');
      return;
    }
    const [a, b] = random.shuffle(nodes);
    if (a === undefined || b === undefined || a.key === b.key) return;
    coverage.count('lines cut');
    this.#cut.push([a, b]);
    hub.line(a.key, b.key, false);
  }

  #loseQuorum(): void {
    const { random, coverage } = this.#ports;
    coverage.count('quorum losses');
    const down = random.shuffle(this.#honest).slice(0, (this.#honest.length >> 1) + 1);
    for (const node of down) this.#crash(node);
  }
}

/** Does nothing get from the node in place `a` to the one in place `b`, of `count`? */
function isApart(shape: Shape, a: number, b: number, cut: number, count: number): boolean {
  switch (shape) {
    case 'two sides':
    case 'one alone':
      return a < cut !== b < cut;
    case 'one way':
      return a < cut && b >= cut;
    case 'a chain': // each hears its neighbours
      return Math.abs(a - b) > 1;
    case 'a ring one way': // each hears the one before it
      return (a + 1) % count !== b;
    case 'a bridge': // one hears both sides, which do not hear each other
      return a !== 0 && b !== 0 && a <= cut !== b <= cut;
  }
}
