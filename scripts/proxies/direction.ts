/**
 * One direction of one connection through a proxy: bytes go in, and come out late, in order. TCP hides loss from
 * those who use it: what is lost is sent again after a while, and all that comes behind it waits; or the connection
 * breaks. That is what a proxy does with them. A direction that is held passes nothing, not even an end.
 */
import type { Socket } from 'node:net';

export type Weather = {
  /** How long everything is under way, one way. */
  readonly delayMs: number;
  /** And up to so much longer. */
  readonly jitterMs: number;
  /** Which share of what is sent is lost and comes after `resendMs`, twice that when lost again, and so on. */
  readonly lossShare: number;
  readonly resendMs: number;
  /** Which share of what is sent breaks its connection. */
  readonly breakShare: number;
};

type Item = { readonly dueMs: number; readonly what: Uint8Array | 'end' | 'broken' };

/** What waits in a direction that is held: then the sender has to wait, too. */
const WAITING_BYTES_MAX = 4 << 20;

export class Direction {
  readonly #from: Socket;
  readonly #to: Socket;
  readonly #weather: () => Weather;
  readonly #isHeld: () => boolean;
  readonly #queue: Item[] = [];
  #waitingBytes = 0;
  #lastDueMs = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(from: Socket, to: Socket, weather: () => Weather, isHeld: () => boolean) {
    this.#from = from;
    this.#to = to;
    this.#weather = weather;
    this.#isHeld = isHeld;
    from.on('data', (bytes: Uint8Array) => {
      this.#waitingBytes += bytes.length;
      if (this.#waitingBytes > WAITING_BYTES_MAX) from.pause();
      this.#add(this.#breaks() ? 'broken' : bytes);
    });
    from.on('end', () => this.#add('end'));
    from.on('error', () => this.#add('broken'));
    to.on('close', () => this.#leave());
  }

  /** Lets out what is due: also after a hold has ended. */
  pump(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#isHeld()) return;
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const waitMs = next.dueMs - performance.now();
      if (waitMs > 0) {
        this.#timer = setTimeout(() => this.pump(), waitMs);
        return;
      }
      this.#queue.shift();
      this.#letOut(next.what);
    }
  }

  #add(what: Item['what']): void {
    // What is sent later never comes earlier.
    this.#lastDueMs = Math.max(this.#lastDueMs, performance.now() + this.#wayMs());
    this.#queue.push({ dueMs: this.#lastDueMs, what });
    if (this.#timer === undefined) this.pump();
  }

  #wayMs(): number {
    const { delayMs, jitterMs, lossShare, resendMs } = this.#weather();
    let wayMs = delayMs + Math.random() * jitterMs;
    for (let again = resendMs; Math.random() < lossShare; again *= 2) wayMs += again;
    return wayMs;
  }

  #breaks(): boolean {
    return Math.random() < this.#weather().breakShare;
  }

  #letOut(what: Item['what']): void {
    if (what === 'end') this.#to.end();
    else if (what === 'broken') {
      this.#to.resetAndDestroy();
      this.#from.resetAndDestroy();
    } else {
      this.#waitingBytes -= what.length;
      if (this.#from.isPaused() && this.#waitingBytes <= WAITING_BYTES_MAX) this.#from.resume();
      if (this.#to.writable) this.#to.write(what);
    }
  }

  #leave(): void {
    clearTimeout(this.#timer);
    this.#queue.length = 0;
    this.#from.destroy();
  }
}
