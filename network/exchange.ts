/**
 * Request and response: one stream each, one length-prefixed message each way, bounded in bytes, time and
 * number. Knows no question by its meaning. A stream that fails is aborted and forgotten; the asker gets a fault.
 */
import type { Stream } from '@libp2p/interface';
import { type LengthPrefixedStream, lpStream } from '@libp2p/utils';
import { assert } from '../core/assert.ts';
import { type Bytes, toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log, PeerKey } from '../core/ports.ts';
import { decodeLength } from './framing.ts';

/** One message, its length, and what may come in the same chunk. */
const ANSWER = {
  maxDataLength: limits.frameBytesMax,
  maxBufferSize: limits.frameBytesMax + 1024 * 1024,
  lengthDecoder: decodeLength,
};
const QUESTION = {
  maxDataLength: limits.questionBytesMax,
  maxBufferSize: limits.questionBytesMax + 64 * 1024,
  lengthDecoder: decodeLength,
};

export type ExchangePorts = {
  readonly clock: Clock;
  readonly log: Log;
  /** Opens a stream to a connected peer. @throws when there is no connection. */
  readonly open: (peer: PeerKey, protocol: string, signal: AbortSignal) => Promise<Stream>;
  readonly answer: (name: string, from: PeerKey, bytes: Bytes) => Promise<Bytes>;
};

/** The protocol id of a kind of request. */
export function requestProtocol(name: string): string {
  return `/digitallib/request/${name}/1`;
}

export class Exchange {
  readonly #ports: ExchangePorts;
  readonly #asking = new Map<string, number>();
  readonly #answering = new Map<string, number>();
  /** Bytes of answers that a peer has not read yet. */
  readonly #waiting = new Map<string, number>();
  readonly #open = new Set<AbortController>();

  constructor(ports: ExchangePorts) {
    this.#ports = ports;
  }

  /** @throws Fault("network.timeout" | "network.unreachable" | "network.overloaded"). */
  async request(to: PeerKey, name: string, bytes: Bytes): Promise<Bytes> {
    assert(bytes.length <= limits.questionBytesMax, 'a request has at most questionBytesMax bytes');
    if (!enter(this.#asking, to)) {
      throw new Fault('network.overloaded', 'Too many requests to this peer are under way.');
    }
    const { controller, end } = this.#begin();
    let stream: Stream | undefined;
    try {
      stream = await this.#ports.open(to, requestProtocol(name), controller.signal);
      const lp = await sent(stream, bytes, controller.signal);
      return (await lp.read({ signal: controller.signal })).slice();
    } catch (cause) {
      stream?.abort(cause as Error);
      throw controller.signal.aborted
        ? (controller.signal.reason as Fault)
        : new Fault('network.unreachable', `The peer did not answer "${name}".`, { cause });
    } finally {
      end();
      leave(this.#asking, to);
    }
  }

  /** Answers an incoming stream. Never rejects. */
  async answer(name: string, from: PeerKey, stream: Stream): Promise<void> {
    if (!enter(this.#answering, from)) {
      stream.abort(new Error('too many requests'));
      return;
    }
    const { controller, end } = this.#begin();
    try {
      const lp = lpStream(stream, QUESTION);
      const question = (await lp.read({ signal: controller.signal })).slice();
      const answer = await within(controller.signal, this.#made(name, from, question));
      await this.#hold(from, answer.length, async () => {
        await lp.write(answer, { signal: controller.signal });
        await stream.close({ signal: controller.signal });
      });
    } catch (error) {
      this.#ports.log.debug('a request was not answered', { name, error: error as Error });
      stream.abort(error as Error);
    } finally {
      end();
      leave(this.#answering, from);
    }
  }

  /** Whoever asks decides what we do: a mistake of ours in it must not let them stop us. It is said aloud. */
  async #made(name: string, from: PeerKey, question: Bytes): Promise<Bytes> {
    try {
      const answer = await this.#ports.answer(name, from, question);
      assert(answer.length <= limits.frameBytesMax, 'an answer has at most frameBytesMax bytes');
      return answer;
    } catch (error) {
      if (!(error instanceof Fault)) {
        this.#ports.log.error('a mistake in making an answer', { name, error: error as Error });
      }
      throw error;
    }
  }

  /** Who asks much and reads nothing must not fill our memory. */
  async #hold(from: PeerKey, bytes: number, send: () => Promise<void>): Promise<void> {
    const hex = toHex(from);
    const before = this.#waiting.get(hex) ?? 0;
    if (before > 0 && before + bytes > limits.answersWaitingBytesMax) {
      throw new Fault('network.overloaded', 'Too many answers wait for this peer.');
    }
    this.#waiting.set(hex, before + bytes);
    try {
      await send();
    } finally {
      const left = this.#waiting.get(hex)! - bytes;
      if (left === 0) this.#waiting.delete(hex);
      else this.#waiting.set(hex, left);
    }
  }

  /** Ends whatever is under way. */
  stop(): void {
    for (const controller of this.#open) {
      controller.abort(new Fault('network.closed', 'The network is closed.'));
    }
  }

  #begin(): { controller: AbortController; end: () => void } {
    const controller = new AbortController();
    this.#open.add(controller);
    const cancel = this.#ports.clock.after(limits.requestTimeoutMs, () =>
      controller.abort(new Fault('network.timeout', 'The peer did not answer in time.')),
    );
    const end = (): void => {
      cancel();
      this.#open.delete(controller);
    };
    return { controller, end };
  }
}

/** The promise, or the reason of the signal, whichever comes first. */
function within<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  const { promise: over, reject } = Promise.withResolvers<never>();
  signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  return Promise.race([promise, over]);
}

async function sent(stream: Stream, bytes: Bytes, signal: AbortSignal): Promise<LengthPrefixedStream> {
  const lp = lpStream(stream, ANSWER);
  await lp.write(bytes, { signal });
  await stream.close({ signal }); // our half: the peer sees the end of the question
  return lp;
}

/** @returns false when this peer has as many under way as it may have. */
function enter(counts: Map<string, number>, peer: PeerKey): boolean {
  const hex = toHex(peer);
  const count = counts.get(hex) ?? 0;
  if (count >= limits.inboundStreamsPerPeerMax) return false;
  counts.set(hex, count + 1);
  return true;
}

function leave(counts: Map<string, number>, peer: PeerKey): void {
  const hex = toHex(peer);
  const count = counts.get(hex)! - 1;
  if (count === 0) counts.delete(hex);
  else counts.set(hex, count);
}
