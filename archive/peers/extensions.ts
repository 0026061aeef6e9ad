/**
 * Of the extensions of the protocol (BEP 10) an archive needs two: it gives the info dictionary to whoever has a magnet
 * link (ut_metadata, BEP 9), and hears that a peer has lost a piece (lt_donthave). webtorrent keeps every name that a peer
 * has ever said, at whatever length, and throws at some. So of the first extended handshake the numbers of these two are
 * taken, and how much the peer may be asked for at a time; of messages, what one of the two may be. Nothing else is
 * parsed, and nothing that the peer has chosen is kept.
 */
import bencode from 'bencode';
import type { Wire } from 'webtorrent';
import { type Bytes, fromUtf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { fieldOf } from '../../torrent/bencode-guard.ts';

const METADATA = 'ut_metadata';
const DONT_HAVE = 'lt_donthave';
/** BEP 9: its other messages are answers, and nothing is asked for. */
const REQUEST = 0;

/** @param wire - of which nothing has been parsed but the handshake, if anything. */
export function heedFewExtensions(wire: Wire): void {
  const hear = wire._onExtended.bind(wire);
  const declared = new Set<string>();
  let greeted = false;
  wire._onExtended = (id, payload) => {
    if (payload.length > limits.peerExtensionBytesMax) return;
    if (id === 0) {
      if (greeted) return;
      greeted = true;
      const known = knownIn(payload);
      for (const name of Object.keys(known.m)) declared.add(name);
      return hear(0, bencode.encode(known));
    }
    const name = wire.extendedMapping[id];
    if (name === DONT_HAVE && payload.length === 4) return hear(id, payload);
    // One that has not said how it is answered cannot be.
    if (name !== METADATA || !declared.has(METADATA) || numberIn(payload, 'msg_type') !== REQUEST) return;
    const piece = numberIn(payload, 'piece');
    if (piece !== undefined) hear(id, bencode.encode({ msg_type: REQUEST, piece }));
  };
}

/** Of an extended handshake, whatever it is. */
function knownIn(payload: Bytes): {
  readonly m: { readonly [name: string]: number };
  readonly reqq?: number;
} {
  const named = fieldOf(payload, 'm') ?? new Uint8Array(0);
  const m: { [name: string]: number } = {};
  for (const name of [METADATA, DONT_HAVE]) {
    const id = numberIn(named, name);
    if (id !== undefined && id >= 1 && id <= 255) m[name] = id; // 0: it has switched it off
  }
  const reqq = numberIn(payload, 'reqq');
  return { m, ...(reqq && { reqq }) };
}

/** @returns undefined when there is none, or it is below zero or beyond all that is of use. */
function numberIn(dictionary: Bytes, key: string): number | undefined {
  const value = fieldOf(dictionary, key);
  const digits = value && /^i(\d{1,9})e$/.exec(fromUtf8(value) ?? '')?.[1];
  return digits === undefined ? undefined : Number(digits);
}
