/**
 * A connection on which this archive only reads: to whoever brings a file that is not available yet, and is nobody's
 * reader. It is choked for ever, its requests are rejected, and it learns neither what has come nor what the torrent is
 * (no extension is spoken: no ut_metadata, no peers).
 */
import type { Wire } from 'webtorrent';

/** @param wire - whose handshake is done, and which has said nothing since. */
export function mute(wire: Wire): void {
  wire.unchoke = () => {};
  wire.extended = () => {};
  wire.have = () => {};
  // BEP 6 wants one of three messages behind the handshake; this one tells nothing.
  const nothing = (): void => {
    if (wire.hasFast) wire.haveNone();
  };
  wire.bitfield = nothing;
  wire.haveAll = nothing;
  // Whatever way a block may take: not out of here.
  wire.piece = () => void wire.destroy();
}
