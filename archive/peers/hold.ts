/**
 * Nothing but its handshake is parsed of a peer until it is let in, and webtorrent listens to it: whoever waits for admission,
 * or is refused, has nothing done for him. What comes behind the handshake waits, and it is little: a client says more
 * when it has been answered.
 */
import type { Wire } from 'webtorrent';
import { limits } from '../../core/limits.ts';

/** Of those that are held. */
const releases = new WeakMap<Wire, () => void>();

/** @param wire - nothing has come yet. @param close - called when more comes than may wait. */
export function hold(wire: Wire, close: () => void): void {
  const parse = wire._parse.bind(wire);
  const write = wire._write.bind(wire);
  let released = false;
  let waits = false;
  wire._parse = (size, parser) => {
    waits = !released && parser === wire._onMessageLength;
    if (waits) parse(Number.MAX_VALUE, () => {});
    else parse(size, parser);
  };
  wire._write = (bytes, done) => {
    write(bytes, done);
    if (waits && wire._bufferSize > limits.peerHeldBytesMax) close();
  };
  releases.set(wire, () => {
    released = true;
    if (waits) wire._parse(4, wire._onMessageLength);
    wire._processBuffer();
  });
}

/** It is let in. As often as you like. */
export function release(wire: Wire): void {
  const go = releases.get(wire);
  releases.delete(wire);
  go?.();
}
