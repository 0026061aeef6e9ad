/**
 * An upload that crawls holds a place that others could use: the bytes of each window are counted, and a stream that
 * has brought too few is ended.
 */
import type { Readable } from 'node:stream';
import type { Bytes } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';

export type WatchedUpload = {
  /** Errors when the sender breaks off, or is cut off. */
  readonly bytes: AsyncIterable<Bytes>;
  /** Was it cut off? */
  tooSlow(): boolean;
  end(): void;
};

/** Watches from now on, until `end`. */
export function watchUpload(stream: Readable, clock: Clock): WatchedUpload {
  let count = 0;
  /** Else the bytes that have come wait for us. */
  let waiting = true;
  let slow = false;
  let cancel = () => {};

  async function* counted(): AsyncGenerator<Bytes> {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      count += chunk.length;
      waiting = false;
      yield chunk;
      waiting = true;
    }
    waiting = false; // all is here
  }

  function look(): void {
    cancel = clock.after(limits.uploadWindowMs, () => {
      slow = waiting && count < limits.uploadWindowBytesMin;
      if (slow) stream.destroy(new Error('too slow'));
      else look();
      count = 0;
    });
  }

  look();
  return { bytes: counted(), tooSlow: () => slow, end: () => cancel() };
}
