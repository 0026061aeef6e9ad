/**
 * A network in which every library is a machine of its own: one switch between them, which can be cut, and beside
 * it a way from each to the readers, which stays. Only inside a world of its own (world.ts).
 *
 * Weather is `tc netem` where the kernel has it. Where not, the address at which library i is dialled moves from its
 * machine to the switch, and a proxy (proxies/proxies.ts) answers there and dials on; in the end it moves back. Each move
 * breaks the connections to that address.
 */
import type { Weather } from '../proxies/direction.ts';
import { Proxies } from '../proxies/proxies.ts';
import { type ChaosNetwork, inWords } from './network.ts';
import { command } from './world.ts';

const SWITCH = 'switch';
const SWITCH_HOST = '10.77.2.1';

export class Namespaces implements ChaosNetwork {
  readonly kind: string;
  readonly flags = ['--host', '0.0.0.0'];
  readonly #ports: readonly number[];
  readonly #hasNetem: boolean;
  #proxies: Proxies | undefined;

  /** @param p2pPorts - of each library; at most 99. */
  constructor(p2pPorts: readonly number[]) {
    this.#ports = p2pPorts;
    command('ip', 'link', 'add', SWITCH, 'type', 'bridge');
    command('ip', 'addr', 'add', `${SWITCH_HOST}/16`, 'dev', SWITCH);
    command('ip', 'link', 'set', SWITCH, 'up');
    for (const i of p2pPorts.keys()) {
      const name = this.#name(i);
      command('ip', 'netns', 'add', name);
      this.#veth(i, `peers-${i}`, 'peers', `${this.#ownHost(i)}/16`);
      command('ip', '-n', name, 'addr', 'add', `${this.#peerHost(i)}/32`, 'dev', 'peers');
      command('ip', 'link', 'set', `peers-${i}`, 'master', SWITCH);
      this.#veth(i, `readers-${i}`, 'readers', `${this.host(i)}/24`);
      command('ip', 'addr', 'add', `10.88.${i}.1/24`, 'dev', `readers-${i}`);
      command('ip', '-n', name, 'link', 'set', 'lo', 'up');
    }
    this.#hasNetem = hasNetem();
    this.kind = `namespaces, ${this.#hasNetem ? 'tc netem' : 'proxies for want of tc netem'}`;
  }

  host(i: number): string {
    return `10.88.${i}.2`;
  }

  peerAddress(i: number): string {
    return `/ip4/${this.#peerHost(i)}/tcp/${this.#ports[i]}`;
  }

  within(i: number): readonly string[] {
    return ['ip', 'netns', 'exec', this.#name(i)];
  }

  node(): readonly string[] {
    return [];
  }

  async cut(i: number): Promise<void> {
    command('ip', 'link', 'set', `peers-${i}`, 'down');
  }

  async restore(i: number): Promise<void> {
    command('ip', 'link', 'set', `peers-${i}`, 'up');
  }

  async cutOneWay(from: number, to: number): Promise<void> {
    this.#blackhole('add', from, to);
  }

  async restoreOneWay(from: number, to: number): Promise<void> {
    this.#blackhole('del', from, to);
  }

  async weather(weather: Weather): Promise<string> {
    if (!this.#hasNetem) {
      await this.#detour(weather);
      return `${inWords(weather)}, by proxies`;
    }
    const { delayMs, jitterMs, lossShare } = weather;
    for (const i of this.#ports.keys()) {
      const netem = `delay ${delayMs}ms ${jitterMs}ms loss ${100 * lossShare}%`;
      command('tc', 'qdisc', 'replace', 'dev', `peers-${i}`, 'root', 'netem', ...netem.split(' '));
    }
    return `${inWords({ ...weather, breakShare: 0 })}, by tc netem`;
  }

  async calm(): Promise<void> {
    if (this.#hasNetem) {
      for (const i of this.#ports.keys()) command('tc', 'qdisc', 'del', 'dev', `peers-${i}`, 'root');
      return;
    }
    await this.#proxies?.close();
    this.#proxies = undefined;
    for (const i of this.#ports.keys()) {
      command('ip', 'addr', 'del', `${this.#peerHost(i)}/32`, 'dev', SWITCH);
      command('ip', '-n', this.#name(i), 'addr', 'add', `${this.#peerHost(i)}/32`, 'dev', 'peers');
    }
    this.#forgetWhoIsWhere();
  }

  async close(): Promise<void> {
    await this.#proxies?.close(); // the rest ends with the world
  }

  async #detour(weather: Weather): Promise<void> {
    for (const i of this.#ports.keys()) {
      command('ip', '-n', this.#name(i), 'addr', 'del', `${this.#peerHost(i)}/32`, 'dev', 'peers');
      command('ip', 'addr', 'add', `${this.#peerHost(i)}/32`, 'dev', SWITCH);
    }
    this.#forgetWhoIsWhere();
    const places = this.#ports.map((port, i) => ({
      fromHost: this.#peerHost(i),
      fromPort: port,
      toHost: this.#ownHost(i),
      toPort: port,
    }));
    this.#proxies = await Proxies.open({ places });
    await this.#proxies.weather(weather);
  }

  #forgetWhoIsWhere(): void {
    command('ip', 'neigh', 'flush', 'dev', SWITCH);
    for (const i of this.#ports.keys()) command('ip', '-n', this.#name(i), 'neigh', 'flush', 'dev', 'peers');
  }

  #blackhole(what: 'add' | 'del', from: number, to: number): void {
    for (const host of [this.#peerHost(to), this.#ownHost(to)]) {
      command('ip', '-n', this.#name(from), 'route', what, 'blackhole', `${host}/32`);
    }
  }

  /** What the other libraries dial. */
  #peerHost(i: number): string {
    return `10.77.0.${i + 1}`;
  }

  /** From where library i dials, and where it is when a proxy answers for it. */
  #ownHost(i: number): string {
    return `10.77.1.${i + 1}`;
  }

  /** A pair of virtual interfaces: between this machine's `outer` and library i's `inner`. */
  #veth(i: number, outer: string, inner: string, address: string): void {
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

function hasNetem(): boolean {
  try {
    command('tc', 'qdisc', 'replace', 'dev', SWITCH, 'root', 'netem', 'delay', '1ms');
    command('tc', 'qdisc', 'del', 'dev', SWITCH, 'root');
    return true;
  } catch {
    return false; // the kernel was built without it
  }
}
