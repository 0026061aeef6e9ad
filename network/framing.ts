/**
 * The length before each frame, request and answer: an unsigned varint (multiformats, unsigned-varint) that is
 * as short as it can be. Stricter than libp2p's own decoder, which waits for ever for the end of a length
 * that has none. Pure.
 */
import { limits } from '../core/limits.ts';

/** A frame's length fits into so many groups of seven bits. */
const LENGTH_BYTES_MAX = Math.ceil(Math.log2(limits.frameBytesMax + 1) / 7);

type ByteList = { readonly byteLength: number; get(index: number): number };

/**
 * @param data - what has come so far.
 * @returns the length of the frame that follows.
 * @throws RangeError when the length has not come in full yet, Error when it is not one.
 */
export function decodeLength(data: Uint8Array | ByteList): number {
  let length = 0;
  for (let n = 0; n < LENGTH_BYTES_MAX; n++) {
    if (n >= data.byteLength) throw new RangeError('the length has not come in full');
    const byte = data instanceof Uint8Array ? data[n]! : data.get(n);
    length += (byte & 0x7f) * 128 ** n;
    if (byte >= 0x80) continue;
    if (byte === 0 && n > 0) throw new Error('the length is longer than needed');
    return length;
  }
  throw new Error('the length is too long');
}
