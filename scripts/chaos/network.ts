/**
 * What lies between the libraries of a chaos run: namespaces, a machine for each (namespaces.ts), where this machine
 * makes them, else proxies between the ports of plain processes (plain.ts). Both can be cut, and have weather.
 */
import type { Weather } from '../proxies/direction.ts';

export type ChaosNetwork = {
  /** In a word or two, for the report. */
  readonly kind: string;
  /** What the readers dial at library i. */
  host(i: number): string;
  /** The multiaddr at which the other libraries dial library i. */
  peerAddress(i: number): string;
  /** Of the command `start` of library i. */
  readonly flags: readonly string[];
  /** A command that becomes the program that follows it. */
  within(i: number): readonly string[];
  /** Flags of Node.js for library i. */
  node(i: number): readonly string[];
  /** Pulls the plug: library i and the others no longer hear of each other. */
  cut(i: number): Promise<void>;
  restore(i: number): Promise<void>;
  /** What library `from` sends to library `to` is lost; the way back stays open. */
  cutOneWay(from: number, to: number): Promise<void>;
  restoreOneWay(from: number, to: number): Promise<void>;
  /** Everything comes late, in pieces that were lost and sent again, or not. @returns how that is done here. */
  weather(weather: Weather): Promise<string>;
  calm(): Promise<void>;
  close(): Promise<void>;
};

/** As a report has it. */
export function inWords({ delayMs, jitterMs, lossShare, breakShare }: Weather): string {
  const broken = breakShare > 0 ? `, breaks ${100 * breakShare}%` : '';
  return `delay ${delayMs}ms ${jitterMs}ms, loss ${100 * lossShare}%${broken}`;
}
