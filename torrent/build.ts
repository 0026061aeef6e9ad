/**
 * Torrent files out: deterministic bytes from metainfo, federation, format and announce URLs. No date, no
 * creator. Pure.
 */
import bencode, { type Dictionary } from 'bencode';
import type { Bytes } from '../core/bytes.ts';
import { type Format, infoFields, type Metainfo, type MetainfoV1 } from './metainfo.ts';

/**
 * @param announceUrls - each becomes a tier of its own (BEP 12): a client asks the next library only when the
 *   one before does not answer, as BEP 27 wants it of private torrents.
 */
export function buildTorrent(
  metainfo: Metainfo,
  federation: string,
  format: Format,
  announceUrls: readonly string[],
): Bytes {
  const info = infoFields(metainfo, federation, format);
  if (format === 'v1') return bencode.encode({ ...announce(announceUrls), info });
  return bencode.encode({ ...announce(announceUrls), info, 'piece layers': pieceLayers(metainfo) });
}

/** For an upload whose bytes nobody but its reader has seen: all that can be made is v1. */
export function buildTorrentV1(
  metainfo: MetainfoV1,
  federation: string,
  announceUrls: readonly string[],
): Bytes {
  return bencode.encode({ ...announce(announceUrls), info: infoFields(metainfo, federation, 'v1') });
}

function announce(urls: readonly string[]): Dictionary {
  const [first] = urls;
  return first === undefined ? {} : { announce: first, 'announce-list': urls.map((url) => [url]) };
}

/** BEP 52: by pieces root, and only for a file of more than one piece. */
function pieceLayers({ hash, layer }: Metainfo): Map<Uint8Array, Bytes> {
  return layer.length === 0 ? new Map() : new Map([[hash, layer]]);
}
