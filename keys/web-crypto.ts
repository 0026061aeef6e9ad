/** What WebCrypto wants in its types: the names are the same in browsers and in Node. */
import type { Bytes } from '../core/bytes.ts';

export type CryptoKey = Awaited<ReturnType<typeof crypto.subtle.importKey>>;

/** The bytes in a buffer of their own. */
export function own(bytes: Bytes): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(bytes);
}
