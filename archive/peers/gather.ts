/**
 * What has come of a message that is not whole. bittorrent-protocol copies all of it anew with each packet: 256 KiB in
 * packets of some bytes are gigabytes of copying. Here a packet is put behind what is there, into room that doubles as it
 * fills, up to the length of the message.
 */
import type { Wire } from 'webtorrent';

/** @param wire - nothing has come yet. */
export function gather(wire: Wire): void {
  /** What was parsed is a view of it: what is behind it alone is written. */
  let room = new Uint8Array(0);
  /** So much of it is written. */
  let filled = 0;

  const append = (waiting: Uint8Array, bytes: Uint8Array): Uint8Array => {
    const isIn = waiting.buffer === room.buffer;
    if (!isIn || filled + bytes.length > room.length) {
      const length = waiting.length + bytes.length;
      room = new Uint8Array(Math.max(length, Math.min(2 * length, wire._parserSize)));
      room.set(waiting);
      filled = waiting.length;
    }
    const start = filled - waiting.length; // it ends where the last packet did
    room.set(bytes, filled);
    filled += bytes.length;
    return room.subarray(start, filled);
  };

  wire._write = (bytes, done) => {
    const [waiting] = wire._buffer;
    wire._buffer = [waiting === undefined ? bytes : append(waiting, bytes)];
    wire._bufferSize += bytes.length;
    wire._processBuffer();
    done(null);
  };
}
