/**
 * webtorrent decodes bencode of strangers with a decoder that never returns for some of it (torrent/bencode-guard.ts):
 * one peer could stop the node. Both share one decoder object; this puts the guard in front of it, once.
 */
import bencode from 'bencode';
import { utf8 } from '../../core/bytes.ts';
import { endOfValue } from '../../torrent/bencode-guard.ts';

const decode = bencode.decode;

export function cureBencode(): void {
  bencode.decode = (data, ...rest) => {
    const bytes = typeof data === 'string' ? utf8(data) : data;
    if (endOfValue(bytes) === undefined) throw new Error('not bencode');
    return decode(data, ...rest);
  };
}
