/**
 * May readers be sent to this library? And if not, why: each reason by itself, for whoever balances load and for the
 * operator. Whether the chain makes blocks is not asked: reading works without. Source: docs/operations.md.
 */
import { limits } from '../../core/limits.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { Timers } from '../process/timers.ts';

/** In the order in which they are told. */
export const UNREADY = [
  'twin',
  'outdated',
  'disk-full',
  'nobody-answers',
  'checkpoint',
  'blocks-missing',
] as const;
export type Unready = (typeof UNREADY)[number];

type Ports = {
  readonly clock: Clock;
  readonly log: Log;
  isTwin(): boolean;
  /** It cannot read the next final block. */
  isOutdated(): boolean;
  /** Nobody of this chain has been met yet, so that it is not known whether blocks are missing. */
  isUnheard(): boolean;
  /** The block that the operator has named is not here, and there may be another in its place. */
  isBeforeCheckpoint(): boolean;
  isBehind(): boolean;
  /** Of the disk with the ledger. */
  freeBytes(): Promise<number>;
};

const DISK_EVERY_MS = 10_000;

export class Readiness {
  readonly #ports: Ports;
  readonly #timers: Timers;
  #isFull = false;
  #stopped = false;

  constructor(ports: Ports) {
    this.#ports = ports;
    this.#timers = new Timers(ports.clock);
  }

  async start(): Promise<void> {
    const free = await this.#ports.freeBytes().catch(() => undefined); // a disk that fails is told by the store
    if (this.#stopped) return;
    if (free !== undefined) this.#judge(free);
    this.#timers.set('disk', DISK_EVERY_MS, () => void this.start());
  }

  /** Said when it begins, and when it is over. */
  #judge(free: number): void {
    const isFull = free < limits.diskFreeBytesMin;
    if (isFull === this.#isFull) return;
    this.#isFull = isFull;
    const { log } = this.#ports;
    if (isFull) log.error('disk-full: there is too little room on the disk of the home; make some', { free });
    else log.warn('there is room on the disk of the home again', { free });
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.cancelAll();
  }

  /** Empty: it is ready. */
  reasons(): readonly Unready[] {
    const { isTwin, isOutdated, isUnheard, isBeforeCheckpoint, isBehind } = this.#ports;
    const found: Record<Unready, boolean> = {
      twin: isTwin(),
      outdated: isOutdated(),
      'disk-full': this.#isFull,
      'nobody-answers': isUnheard(),
      checkpoint: isBeforeCheckpoint(),
      'blocks-missing': isBehind(),
    };
    return UNREADY.filter((reason) => found[reason]);
  }
}
