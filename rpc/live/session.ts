/**
 * A WebSocket at /rpc: a message is what the body of a POST is there, and is paid for as that; and what the connection follows
 * comes over it. While what is sent is not taken, nothing more is read: neither from the connection nor for it.
 */
import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import type { Code } from '../../core/codes.ts';
import { limits } from '../../core/limits.ts';
import type { UnixMs } from '../../core/scalars.ts';
import { accept, reject, type Verdict } from '../../core/verdict.ts';
import { readJsonBytes } from '../body.ts';
import { networkName } from '../client-name.ts';
import type { RpcContext, RpcServices } from '../context.ts';
import { LOOK_COST, messageCost } from '../costs.ts';
import type { WhenGone } from '../event-ports.ts';
import { type JsonRpc, refused, unreadable } from '../json-rpc.ts';
import type { Caller } from '../page.ts';
import type { Problem } from '../problem.ts';
import { drawRequestId } from '../request-id.ts';
import { callOf } from '../routes.ts';
import type { Live } from './following.ts';
import type { LiveFeed } from './live-feed.ts';
import { type Host, Subscription } from './subscription.ts';

/** RFC 6455, section 7.4; those from 4000 on are a program's own. */
export const CLOSE = { goingAway: 1001, unsupported: 1003, policy: 1008, again: 1013, tooSlow: 4008 };
/** Of a ping or a pong, with its mask; the rest of it is data. */
const CONTROL_HEAD_BYTES = 6;
/** A message that is refused unread is looked at for its name when it is this short. */
const SHORT_BYTES = 4_096;

export type SessionOptions = {
  readonly services: RpcServices;
  readonly answer: JsonRpc;
  readonly feed: LiveFeed;
  /** That asked for it. */
  readonly request: IncomingMessage;
  readonly caller: Caller;
};

export class Session {
  readonly #ws: WebSocket;
  readonly #options: SessionOptions;
  readonly #subscriptions = new Map<string, Subscription>();
  #names = 0;
  /** Calls that have no answer yet. */
  #underWay = 0;
  #usedAt: UnixMs;
  #isLeaving = false;
  /** Told when the connection has ended. */
  readonly #gone = new Set<() => void>();
  readonly #timers = new Map<'ping' | 'slow', () => void>();
  #awaitsPong = false;
  /** Bytes of the connection up to the last message, and of what else has been read since. */
  #bytesKnown = 0;
  #hasBegunMessage = false;
  #takenAt: UnixMs;
  #refusals = { count: 0, since: 0 };

  constructor(ws: WebSocket, options: SessionOptions) {
    this.#ws = ws;
    this.#options = options;
    const now = this.#now();
    this.#usedAt = now;
    this.#takenAt = now;
    ws.on('message', (data, isBinary) => void this.#came(data, isBinary));
    ws.on('ping', (data) => this.#pinged(data));
    ws.on('pong', (data) => this.#ponged(data));
    ws.on('error', () => undefined); // `ws` closes it, and says why
    ws.on('close', () => this.#closed());
    this.#bytesKnown = options.request.socket.bytesRead;
    this.#beat();
  }

  get subscriptions(): number {
    return this.#subscriptions.size;
  }

  /** Milliseconds for which it has been of no use to anybody; undefined: it is. */
  unusedMs(): number | undefined {
    if (this.#subscriptions.size > 0 || this.#underWay > 0) return undefined;
    const ms = this.#now() - this.#usedAt;
    return ms >= limits.webSocketIdleMs ? ms : undefined;
  }

  /** The library stops: once the answers that are under way have been sent. */
  leave(): void {
    this.#isLeaving = true;
    if (this.#underWay === 0) this.end(CLOSE.goingAway, '');
  }

  end(code: number, reason: Code | ''): void {
    this.#forgetAll(undefined);
    this.#ws.close(code, reason);
  }

  async #came(data: RawData, isBinary: boolean): Promise<void> {
    if (this.#isLeaving || this.#ws.readyState !== this.#ws.OPEN) return;
    this.#usedAt = this.#now();
    this.#bytesKnown = this.#options.request.socket.bytesRead;
    this.#hasBegunMessage = false;
    if (isBinary) return this.end(CLOSE.unsupported, 'request.wrong-content-type');
    const bytes = data as Buffer; // of one piece, as `ws` gives them by itself
    const begun: Subscription[] = [];
    const context = this.#contextFor(begun);
    const paid = context.pay(LOOK_COST + messageCost(bytes.length));
    if (paid.kind !== 'accept') return this.#refuse(bytes, paid);
    const read = readJsonBytes(bytes);
    if (read.kind !== 'accept') return this.#sendJson(unreadable(read, context.request));
    const count = Array.isArray(read.value) ? read.value.length : 1;
    if (this.#underWay + count > limits.webSocketCallsAtOnceMax) {
      return this.#sendJson(refused(read.value, TOO_MANY, context));
    }
    this.#underWay += count;
    try {
      const answered = await this.#options.answer(read.value, context);
      if (answered !== undefined) this.#sendJson(answered);
    } catch (thrown) {
      this.#options.services.ports.fail(thrown instanceof Error ? thrown : new Error('no error was thrown'));
    } finally {
      this.#underWay -= count;
      this.#usedAt = this.#now();
    }
    for (const one of begun) one.goOn();
    if (this.#isLeaving && this.#underWay === 0) this.end(CLOSE.goingAway, '');
  }

  /** A few of these cost nothing; whoever goes on is to come again later. */
  #refuse(bytes: Buffer | undefined, problem: Problem): void {
    const now = this.#now();
    if (now - this.#refusals.since >= 1_000) this.#refusals = { count: 0, since: now };
    this.#refusals.count += 1;
    if (this.#refusals.count > limits.webSocketRefusalsMax) {
      this.end(CLOSE.again, 'request.over-budget');
      return;
    }
    if (bytes === undefined) return;
    const read = bytes.length <= SHORT_BYTES ? readJsonBytes(bytes) : undefined;
    this.#sendJson(refused(read?.kind === 'accept' ? read.value : undefined, problem, this.#context()));
  }

  #contextFor(begun: Subscription[]): RpcContext {
    const live: Live = {
      subscribe: (following) => {
        if (this.#subscriptions.size >= limits.subscriptionsPerWebSocketMax || !this.#isOpen()) {
          return reject('subscription.too-many');
        }
        this.#names += 1;
        const name = String(this.#names);
        const one = new Subscription(this.#host, this.#options.feed, { ...following, name });
        this.#subscriptions.set(name, one);
        this.#options.services.ports.subscriptions.began();
        begun.push(one);
        return accept(name);
      },
      unsubscribe: (name) => {
        const one = this.#subscriptions.get(name);
        if (one === undefined) return undefined;
        one.end();
        this.#forget(one, undefined);
        return one.next;
      },
    };
    return { ...this.#context(), live };
  }

  #context(): RpcContext {
    const { services, request, caller } = this.#options;
    // Each message is a request of its own.
    return { ...callOf(services, request), request: drawRequestId(), caller, whenGone: this.#whenGone };
  }

  readonly #whenGone: WhenGone = (tell) => {
    if (!this.#isOpen()) {
      tell();
      return () => {};
    }
    this.#gone.add(tell);
    return () => void this.#gone.delete(tell);
  };

  readonly #host: Host = {
    context: () => this.#context(),
    hasRoom: () => this.#hasRoom(),
    send: (text) => this.#send(text),
    stopped: (one, code) => this.#forget(one, code),
  };

  #isOpen(): boolean {
    return this.#ws.readyState === this.#ws.OPEN;
  }

  #hasRoom(): boolean {
    return this.#isOpen() && this.#ws.bufferedAmount < limits.webSocketUntakenBytesMax;
  }

  #sendJson(value: unknown): void {
    this.#send(JSON.stringify(value));
  }

  #send(text: string): void {
    if (!this.#isOpen()) return;
    const { services } = this.#options;
    const bytes = Buffer.from(text);
    let taken = (): void => {};
    this.#ws.send(bytes, { binary: false }, () => {
      taken();
      this.#taken();
    });
    if (this.#ws.bufferedAmount === 0) return;
    const { from } = this.#context();
    const left = { bytes: bytes.length, cut: () => this.#ws.terminate() };
    taken = services.untaken.hold(networkName(from, false), left);
    if (!this.#hasRoom()) this.#waitForRoom();
  }

  #taken(): void {
    this.#takenAt = this.#now();
    if (!this.#timers.has('slow') || !this.#hasRoom()) return;
    this.#cancel('slow');
    this.#ws.resume();
    for (const one of this.#subscriptions.values()) one.goOn();
  }

  #waitForRoom(): void {
    if (this.#timers.has('slow') || !this.#isOpen()) return;
    this.#ws.pause();
    this.#takenAt = this.#now();
    const look = (): void => {
      const leftMs = this.#takenAt + limits.webSocketSlowMs - this.#now();
      if (leftMs > 0) this.#after('slow', leftMs, look);
      else this.#tooSlow();
    };
    this.#after('slow', limits.webSocketSlowMs, look);
  }

  #tooSlow(): void {
    this.#cancel('slow');
    for (const one of [...this.#subscriptions.values()]) one.stop('subscription.too-slow');
    this.#ws.resume(); // for its answer to the end
    this.end(CLOSE.tooSlow, 'subscription.too-slow');
  }

  #beat(): void {
    this.#after('ping', limits.webSocketPingMs, () => {
      this.#timers.delete('ping');
      const { socket } = this.#options.request;
      // While we do not read, there are no answers to see.
      const isHeld = this.#timers.has('slow');
      if (this.#awaitsPong && !isHeld) return this.#ws.terminate();
      const isUnfinished = socket.bytesRead > this.#bytesKnown;
      if (isUnfinished && this.#hasBegunMessage && !isHeld) {
        return this.end(CLOSE.policy, 'request.too-slow');
      }
      this.#hasBegunMessage = isUnfinished;
      if (!isHeld) {
        this.#awaitsPong = true;
        this.#ws.ping();
      }
      this.#beat();
    });
  }

  #pinged(data: Buffer): void {
    if (!this.#paysForControl(data)) return;
    if (this.#hasRoom()) this.#ws.pong(data);
  }

  #ponged(data: Buffer): void {
    const wasAsked = this.#awaitsPong;
    this.#awaitsPong = false;
    if (wasAsked) this.#bytesKnown += CONTROL_HEAD_BYTES + data.length;
    else this.#paysForControl(data);
  }

  /** Nobody has asked for it. */
  #paysForControl(data: Buffer): boolean {
    this.#bytesKnown += CONTROL_HEAD_BYTES + data.length;
    if (!this.#isOpen()) return false;
    const paid: Verdict = this.#context().pay(LOOK_COST);
    if (paid.kind !== 'accept') this.#refuse(undefined, paid);
    return paid.kind === 'accept';
  }

  #closed(): void {
    for (const name of [...this.#timers.keys()]) this.#cancel(name);
    this.#forgetAll(undefined);
    for (const tell of [...this.#gone]) tell();
    this.#gone.clear();
  }

  #forgetAll(code: Code | undefined): void {
    for (const one of [...this.#subscriptions.values()]) {
      one.end();
      this.#forget(one, code);
    }
  }

  #forget(one: Subscription, code: Code | undefined): void {
    if (this.#subscriptions.delete(one.name)) this.#options.services.ports.subscriptions.ended(code);
  }

  #after(name: 'ping' | 'slow', ms: number, run: () => void): void {
    this.#timers.set(name, this.#options.services.ports.clock.after(ms, run));
  }

  #cancel(name: 'ping' | 'slow'): void {
    this.#timers.get(name)?.();
    this.#timers.delete(name);
  }

  #now(): UnixMs {
    return this.#options.services.ports.clock.now();
  }
}

const TOO_MANY: Problem = {
  code: 'request.too-many',
  detail: `At most ${limits.webSocketCallsAtOnceMax} calls of one connection are under way at once.`,
};
