/**
 * Direct streams: one long-lived outgoing stream to each peer, for frames in order. What waits is bounded
 * (outbox.ts); a stream that breaks is opened again with a growing delay; a peer that is gone takes its frames
 * with it. Never looks into a frame, and never lets a stream's error out.
 */
import type { Stream } from '@libp2p/interface';
import { LengthPrefixedDecoder, type LengthPrefixedStream, lpStream } from '@libp2p/utils';
import { assert } from '../core/assert.ts';
import { type Bytes, toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log, PeerKey } from '../core/ports.ts';
import { decodeLength } from './framing.ts';
import { Outbox } from './outbox.ts';

export const FRAMES_PROTOCOL = '/digitallib/frames/1';

/** Small frames that wait together leave together. */
const WRITE_BYTES = 256 * 1024;
const REOPEN_MS_MIN = 50;
const REOPEN_MS_MAX = 5_000;
/** One whole frame, and what the largest receive window may bring behind it (libp2p.ts). */
const READ_BYTES_MAX = limits.frameBytesMax + 8 * 1024 * 1024;

export type LinksPorts = {
  readonly clock: Clock;
  readonly log: Log;
  /** Opens a stream for frames to a connected peer. */
  readonly open: (peer: PeerKey) => Promise<Stream>;
  readonly isConnected: (peer: PeerKey) => boolean;
  readonly frame: (from: PeerKey, bytes: Bytes) => void;
};

export class Links {
  readonly #ports: LinksPorts;
  readonly #outgoing = new Map<string, Link>();
  readonly #incoming = new Map<string, Stream>();

  constructor(ports: LinksPorts) {
    this.#ports = ports;
  }

  send(to: PeerKey, bytes: Bytes): void {
    assert(bytes.length > 0 && bytes.length <= limits.frameBytesMax, 'a frame has 1 … frameBytesMax bytes');
    if (!this.#ports.isConnected(to)) return;
    const hex = toHex(to);
    let link = this.#outgoing.get(hex);
    if (link === undefined) {
      link = new Link(this.#ports, to);
      this.#outgoing.set(hex, link);
    }
    link.send(bytes);
  }

  /** An incoming stream for frames; it takes the place of an older one, whose peer has opened it anew. */
  accept(stream: Stream, from: PeerKey): void {
    const hex = toHex(from);
    this.#incoming.get(hex)?.abort(new Error('a newer stream has come'));
    this.#incoming.set(hex, stream);
    stream.addEventListener('close', () => {
      if (this.#incoming.get(hex) === stream) this.#incoming.delete(hex);
    });
    const decoder = new LengthPrefixedDecoder({
      maxDataLength: limits.frameBytesMax,
      maxBufferSize: READ_BYTES_MAX,
      lengthDecoder: decodeLength,
    });
    stream.addEventListener('message', (event) => {
      const frames: Bytes[] = [];
      try {
        for (const frame of decoder.decode(event.data)) frames.push(frame.slice());
      } catch (error) {
        this.#ports.log.warn('a peer broke the framing', { peer: hex });
        stream.abort(error as Error);
      }
      for (const frame of frames) this.#ports.frame(from, frame);
    });
  }

  /** The peer is gone. */
  drop(peer: PeerKey): void {
    const hex = toHex(peer);
    this.#outgoing.get(hex)?.close();
    this.#outgoing.delete(hex);
    this.#incoming.get(hex)?.abort(new Error('the peer is gone'));
    this.#incoming.delete(hex);
  }

  stop(): void {
    for (const link of this.#outgoing.values()) link.close();
    this.#outgoing.clear();
    this.#incoming.clear();
  }
}

/** The way out to one peer. */
class Link {
  readonly #ports: LinksPorts;
  readonly #peer: PeerKey;
  readonly #outbox = new Outbox({ framesMax: limits.outboxFramesMax, bytesMax: limits.outboxBytesMax });
  #stream: Stream | undefined;
  #writer: LengthPrefixedStream | undefined;
  #writing = false;
  #failures = 0;
  #closed = false;
  #cancelRetry: () => void = () => {};

  constructor(ports: LinksPorts, peer: PeerKey) {
    this.#ports = ports;
    this.#peer = peer;
  }

  send(bytes: Bytes): void {
    const dropped = this.#outbox.push(bytes);
    if (dropped > 0) this.#ports.log.debug('frames dropped for a slow peer', { frames: dropped });
    if (this.#writing) return;
    this.#writing = true;
    // what else is sent in this tick goes along
    queueMicrotask(() => void this.#write());
  }

  close(): void {
    this.#closed = true;
    this.#cancelRetry();
    this.#stream?.abort(new Error('the link is closed'));
  }

  /** Writes until nothing waits. Never rejects. */
  async #write(): Promise<void> {
    try {
      while (!this.#closed && this.#outbox.size > 0) {
        const writer = await this.#usable();
        if (this.#closed) break;
        await writer.writeV(this.#outbox.take(WRITE_BYTES)); // waits while the peer is slow
        this.#failures = 0;
      }
      this.#writing = false;
    } catch (error) {
      this.#ports.log.debug('a link broke', { error: error as Error });
      this.#stream?.abort(error as Error);
      this.#retry();
    }
    if (this.#closed) this.#stream?.abort(new Error('the link is closed'));
  }

  async #usable(): Promise<LengthPrefixedStream> {
    if (this.#writer !== undefined && this.#stream?.writeStatus === 'writable') return this.#writer;
    this.#stream = await this.#ports.open(this.#peer);
    this.#writer = lpStream(this.#stream);
    return this.#writer;
  }

  #retry(): void {
    if (this.#closed) return;
    const delayMs = Math.min(REOPEN_MS_MAX, REOPEN_MS_MIN * 2 ** this.#failures);
    this.#failures += 1;
    this.#cancelRetry = this.#ports.clock.after(delayMs, () => void this.#write());
  }
}
