/**
 * An upload that crawls holds a place that others could use: the bytes of each window are counted, and a stream that
 * has brought too few is ended.
 */
import type { Readable } from 'node:stream';
import type { Bytes } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { Pace } from '../core/pace.ts';
import type { Holder } from '../core/places.ts';
import type { Clock } from '../core/ports.ts';

/** Its place may go to one who waits, while it is slower than a stated pace. */
export type WatchedUpload = Holder & {
  /** Errors when the sender breaks off, or is cut off. */
  readonly bytes: AsyncIterable<Bytes>;
  /** Was it cut off? */
  tooSlow(): boolean;
  end(): void;
};

/** Watches from the moment in which the bytes are asked for, until `end`. */
export function watchUpload(stream: Readable, clock: Clock): WatchedUpload {
  let count = 0;
  let total = 0;
  let pace: Pace | undefined;
  /** Else the bytes that have come wait for us. */
  let waiting = true;
  let slow = false;
  let cancel = () => {};

  async function* counted(): AsyncGenerator<Bytes> {
    pace = new Pace(limits.uploadPaceMs, clock.now());
    look();
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      count += chunk.length;
      total += chunk.length;
      waiting = false;
      yield chunk;
      waiting = true;
    }
    waiting = false; // all is here
  }

  function look(): void {
    cancel = clock.after(limits.uploadWindowMs, () => {
      if (waiting && count < limits.uploadWindowBytesMin) cut();
      else look();
      count = 0;
    });
  }

  function cut(): void {
    slow = true;
    stream.destroy(new Error('too slow'));
  }

  function slack(): number | undefined {
    const speed = pace?.read(clock.now(), total);
    return waiting && speed !== undefined && speed < limits.uploadPaceBytesMin ? -speed : undefined;
  }

  return { bytes: counted(), tooSlow: () => slow, slack, lost: cut, end: () => cancel() };
}
