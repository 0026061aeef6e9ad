/**
 * A network between plain processes: every library is dialled through its proxy, and dials from a loopback address of
 * its own, so that the proxies know who is at their other end. Needs Linux, where all of 127.0.0.0/8 is this machine.
 */
import type { Weather } from '../proxies/direction.ts';
import { CALM, Proxies } from '../proxies/proxies.ts';
import { type ChaosNetwork, inWords } from './network.ts';

const HOST = '127.0.0.1';

export class Plain implements ChaosNetwork {
  readonly kind = 'plain processes, proxies';
  readonly flags: readonly string[] = [];
  readonly #proxyPorts: readonly number[];
  readonly #proxies: Proxies;

  private constructor(proxyPorts: readonly number[], proxies: Proxies) {
    this.#proxyPorts = proxyPorts;
    this.#proxies = proxies;
  }

  static async open(p2pPorts: readonly number[], proxyPorts: readonly number[]): Promise<Plain> {
    const places = p2pPorts.map((toPort, i) => ({
      fromHost: HOST,
      fromPort: proxyPorts[i]!,
      toHost: HOST,
      toPort,
    }));
    return new Plain(
      proxyPorts,
      await Proxies.open({ places, callers: p2pPorts.map((_, i) => callerOf(i)) }),
    );
  }

  host(): string {
    return HOST;
  }

  peerAddress(i: number): string {
    return `/ip4/${HOST}/tcp/${this.#proxyPorts[i]}`;
  }

  within(): readonly string[] {
    return [];
  }

  /** Every call to a proxy comes from the address of library i. */
  node(i: number): readonly string[] {
    const code = `
      import { Socket } from 'node:net';
      const connect = Socket.prototype.connect;
      const proxies = new Set(${JSON.stringify(this.#proxyPorts)});
      Socket.prototype.connect = function (...args) {
        const options = Array.isArray(args[0]) ? args[0][0] : args[0];
        if (proxies.has(Number(options?.port))) options.localAddress = ${JSON.stringify(callerOf(i))};
        return connect.apply(this, args);
      };`;
    return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
  }

  async cut(i: number): Promise<void> {
    for (const other of this.#others(i)) {
      await this.#proxies.hold(i, other);
      await this.#proxies.hold(other, i);
    }
  }

  async restore(i: number): Promise<void> {
    for (const other of this.#others(i)) {
      await this.#proxies.release(i, other);
      await this.#proxies.release(other, i);
    }
  }

  async cutOneWay(from: number, to: number): Promise<void> {
    await this.#proxies.hold(from, to);
  }

  async restoreOneWay(from: number, to: number): Promise<void> {
    await this.#proxies.release(from, to);
  }

  async weather(weather: Weather): Promise<string> {
    await this.#proxies.weather(weather);
    return `${inWords(weather)}, by proxies`;
  }

  async calm(): Promise<void> {
    await this.#proxies.weather(CALM);
  }

  async close(): Promise<void> {
    await this.#proxies.close();
  }

  #others(i: number): readonly number[] {
    return [...this.#proxyPorts.keys()].filter((other) => other !== i);
  }
}

function callerOf(i: number): string {
  return `127.0.77.${i + 1}`;
}
