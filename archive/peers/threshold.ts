/**
 * Before anything is made for somebody who has connected, his handshake is read (BEP 3): for which torrent he comes, and as
 * whom. What he says behind it stays in the connection. Who says anything else is sent away, and who says nothing in time.
 */
import type { Socket } from 'node:net';
import { type Bytes, concat, equalBytes, toHex, utf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';

/** In hex. */
export type Greeting = { readonly infoHash: string; readonly peerId: string };

const BEGINNING = utf8('\u0013BitTorrent protocol');
/** Behind eight bytes of which extensions he knows: the info hash and the id, twenty bytes each. */
const INFO_HASH_AT = BEGINNING.length + 8;
const PEER_ID_AT = INFO_HASH_AT + 20;
const END = PEER_ID_AT + 20;

export class Threshold {
  readonly #clock: Clock;
  readonly #silent = new Set<Socket>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @param heard - the handshake has come, and is still to be read from the connection. */
  hear(socket: Socket, heard: (greeting: Greeting) => void): void {
    const cancel = this.#clock.after(limits.peerWaitsMs, () => socket.destroy());
    const end = (): void => {
      cancel();
      this.#silent.delete(socket);
    };
    this.#silent.add(socket);
    let come: Bytes = new Uint8Array(0);
    const read = (): void => {
      for (let part: Bytes | null = socket.read(); part !== null; part = socket.read())
        come = concat(come, part);
      const length = Math.min(come.length, BEGINNING.length);
      if (!equalBytes(come.subarray(0, length), BEGINNING.subarray(0, length))) return void socket.destroy();
      if (come.length < END) return;
      socket.off('readable', read);
      end();
      socket.unshift(come);
      heard({
        infoHash: toHex(come.subarray(INFO_HASH_AT, PEER_ID_AT)),
        peerId: toHex(come.subarray(PEER_ID_AT, END)),
      });
    };
    socket.on('error', () => undefined); // 'close' follows
    socket.once('close', end);
    socket.on('readable', read);
  }

  clear(): void {
    for (const socket of this.#silent) socket.destroy();
  }
}
