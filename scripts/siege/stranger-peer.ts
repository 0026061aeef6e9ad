/**
 * A BitTorrent peer that has paid for nothing (BEP 3): shakes hands with an info hash that it knows, says that it is
 * interested, asks for all it can, and counts the bytes of the book that come.
 */
import type { Socket } from 'node:net';
import { handshake, INTERESTED, message, words } from '../../test/e2e/fixtures/peer-messages.ts';

const HANDSHAKE_BYTES = 68;
const UNCHOKE = 1;
const BITFIELD = 5;
const PIECE = 7;
const REQUEST = 6;
/** Index and offset stand before the bytes. */
const PIECE_HEAD = 1 + 8;
const BLOCK_BYTES = 16_384;
/** Every book of the siege fits into these. */
const BLOCKS = 4;
/** A stranger who has not been let in leaves; a longer message than a block is none that it wants. */
const BUFFER_MAX = 1 << 20;

/** On a connection that either side has opened. @param got - told of each block. @returns its state, in a word. */
export function leech(socket: Socket, infoHash: string, got: (bytes: number) => void): Promise<string> {
  let state = 'closed at once';
  let seen: Buffer = Buffer.alloc(0);
  let shaken = false;
  socket.write(handshake(Buffer.from(infoHash, 'hex')));
  const ask = (): void => {
    for (let block = 0; block < BLOCKS; block++) {
      socket.write(message(REQUEST, words(0, block * BLOCK_BYTES, BLOCK_BYTES)));
    }
  };
  socket.on('data', (chunk: Buffer) => {
    seen = Buffer.concat([seen, chunk]);
    if (seen.length > BUFFER_MAX) socket.destroy();
    if (!shaken) {
      if (seen.length < HANDSHAKE_BYTES) return;
      seen = seen.subarray(HANDSHAKE_BYTES);
      shaken = true;
      state = 'a handshake came back';
      ask(); // also unasked: an archive that does not choke would serve
    }
    for (;;) {
      if (seen.length < 4) return;
      const length = seen.readUInt32BE(0);
      if (seen.length < 4 + length) return;
      const id = seen[4];
      seen = seen.subarray(4 + length);
      if (length === 0) continue;
      // webtorrent does not hear an interest that comes before it has said what it has.
      if (id === BITFIELD) socket.write(INTERESTED);
      if (id === UNCHOKE) {
        state = 'was unchoked';
        ask();
      }
      if (id === PIECE && length > PIECE_HEAD) {
        state = 'GOT BYTES';
        got(length - PIECE_HEAD);
      }
    }
  });
  return new Promise((resolve) => socket.once('close', () => resolve(state)));
}
