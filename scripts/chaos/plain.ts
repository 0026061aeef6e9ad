/**
 * A network between plain processes: every library is dialled through its line, and dials from a loopback address of
 * its own, so that the lines know who is at their other end. Needs Linux, where all of 127.0.0.0/8 is this machine.
 */
import type { Weather } from '../lines/line.ts';
import { CALM, Lines } from '../lines/lines.ts';
import { type ChaosNetwork, inWords } from './network.ts';

const HOST = '127.0.0.1';

export class Plain implements ChaosNetwork {
  readonly kind = 'plain processes, lines';
  readonly flags: readonly string[] = [];
  readonly #linePorts: readonly number[];
  readonly #lines: Lines;

  private constructor(linePorts: readonly number[], lines: Lines) {
    this.#linePorts = linePorts;
    this.#lines = lines;
  }

  static async open(p2pPorts: readonly number[], linePorts: readonly number[]): Promise<Plain> {
    const places = p2pPorts.map((toPort, i) => ({
      fromHost: HOST,
      fromPort: linePorts[i]!,
      toHost: HOST,
      toPort,
    }));
    return new Plain(linePorts, await Lines.open({ places, callers: p2pPorts.map((_, i) => callerOf(i)) }));
  }

  host(): string {
    return HOST;
  }

  peerAddress(i: number): string {
    return `/ip4/${HOST}/tcp/${this.#linePorts[i]}`;
  }

  within(): readonly string[] {
    return [];
  }

  /** Every call to a line comes from the address of library i. */
  node(i: number): readonly string[] {
    const code = `
      import { Socket } from 'node:net';
      const connect = Socket.prototype.connect;
      const lines = new Set(${JSON.stringify(this.#linePorts)});
      Socket.prototype.connect = function (...args) {
        const options = Array.isArray(args[0]) ? args[0][0] : args[0];
        if (lines.has(Number(options?.port))) options.localAddress = ${JSON.stringify(callerOf(i))};
        return connect.apply(this, args);
      };`;
    return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
  }

  async cut(i: number): Promise<void> {
    for (const other of this.#others(i)) {
      await this.#lines.hold(i, other);
      await this.#lines.hold(other, i);
    }
  }

  async restore(i: number): Promise<void> {
    for (const other of this.#others(i)) {
      await this.#lines.release(i, other);
      await this.#lines.release(other, i);
    }
  }

  async cutOneWay(from: number, to: number): Promise<void> {
    await this.#lines.hold(from, to);
  }

  async restoreOneWay(from: number, to: number): Promise<void> {
    await this.#lines.release(from, to);
  }

  async weather(weather: Weather): Promise<string> {
    await this.#lines.weather(weather);
    return `${inWords(weather)}, by lines`;
  }

  async calm(): Promise<void> {
    await this.#lines.weather(CALM);
  }

  async close(): Promise<void> {
    await this.#lines.close();
  }

  #others(i: number): readonly number[] {
    return [...this.#linePorts.keys()].filter((other) => other !== i);
  }
}

function callerOf(i: number): string {
  return `127.0.77.${i + 1}`;
}
