/**
 * A network in which every library is a machine of its own: one switch between them, which can be cut, and beside
 * it a line from each to the readers, which stays. Only inside a world of its own (world.ts).
 */
import { command } from './world.ts';

const SWITCH = 'switch';

export class ChaosNetwork {
  /** @param count - at most 99. */
  constructor(count: number) {
    command('ip', 'link', 'add', SWITCH, 'type', 'bridge');
    command('ip', 'link', 'set', SWITCH, 'up');
    for (let i = 0; i < count; i++) {
      const name = this.#name(i);
      command('ip', 'netns', 'add', name);
      this.#line(i, `peers-${i}`, 'peers', `${this.peerHost(i)}/24`);
      command('ip', 'link', 'set', `peers-${i}`, 'master', SWITCH);
      this.#line(i, `readers-${i}`, 'readers', `${this.host(i)}/24`);
      command('ip', 'addr', 'add', `10.88.${i}.1/24`, 'dev', `readers-${i}`);
      command('ip', '-n', name, 'link', 'set', 'lo', 'up');
    }
  }

  /** What the readers dial. */
  host(i: number): string {
    return `10.88.${i}.2`;
  }

  /** What the other libraries dial. */
  peerHost(i: number): string {
    return `10.77.0.${i + 1}`;
  }

  within(i: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name(i)];
  }

  /** Pulls the plug: library i and the others no longer hear of each other. */
  cut(i: number): void {
    command('ip', 'link', 'set', `peers-${i}`, 'down');
  }

  restore(i: number): void {
    command('ip', 'link', 'set', `peers-${i}`, 'up');
  }

  /** What library `from` sends to library `to` is lost; the way back stays open. */
  cutOneWay(from: number, to: number): void {
    command('ip', '-n', this.#name(from), 'route', 'add', 'blackhole', `${this.peerHost(to)}/32`);
  }

  restoreOneWay(from: number, to: number): void {
    command('ip', '-n', this.#name(from), 'route', 'del', 'blackhole', `${this.peerHost(to)}/32`);
  }

  /** Why packets cannot be delayed and lost here; undefined when they can. */
  weatherMissing(): string | undefined {
    try {
      this.weather(0, 'delay 1ms');
      this.calm(0);
      return undefined;
    } catch (error) {
      return `no tc netem (${(error as Error).message.split('\n')[0]})`;
    }
  }

  /** @param netem - as tc-netem(8) has it: `delay 50ms 10ms loss 5%`. */
  weather(i: number, netem: string): void {
    command('tc', 'qdisc', 'replace', 'dev', `peers-${i}`, 'root', 'netem', ...netem.split(' '));
  }

  calm(i: number): void {
    command('tc', 'qdisc', 'del', 'dev', `peers-${i}`, 'root');
  }

  /** A cable between this machine's `outer` and library i's `inner`. */
  #line(i: number, outer: string, inner: string, address: string): void {
    const name = this.#name(i);
    command('ip', 'link', 'add', outer, 'type', 'veth', 'peer', 'name', inner, 'netns', name);
    command('ip', '-n', name, 'addr', 'add', address, 'dev', inner);
    command('ip', '-n', name, 'link', 'set', inner, 'up');
    command('ip', 'link', 'set', outer, 'up');
  }

  #name(i: number): string {
    return `library-${i}`;
  }
}
