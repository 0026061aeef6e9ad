/**
 * What is needed to make every torrent of a file, without the file: from (metainfo, federation name) all info
 * dictionaries follow, so that every library serves the same torrents and the ledger can name their hashes.
 * Kept on disk and sent between libraries as DAG-CBOR. Pure.
 */
import { sha1 } from '@noble/hashes/legacy.js';
import bencode, { type Dictionary } from 'bencode';
import { assert } from '../core/assert.ts';
import { type Bytes, equalBytes, isBytes, utf8 } from '../core/bytes.ts';
import { decode, encode, hasExactly } from '../core/codec.ts';
import { sha256 } from '../core/hash.ts';
import { limits } from '../core/limits.ts';
import { HASH_BYTES, type Hash32, INFO_HASH_BYTES, type InfoHash20 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { absentRoot, BLOCK_BYTES, foldTree, pieceLengthOf } from './piece-tree.ts';

export type Format = 'v1' | 'v2' | 'hybrid';

/** What a v1 torrent needs. */
export type MetainfoV1 = {
  readonly name: string;
  /** Bytes, 1 … limits.uploadBytesMax. */
  readonly size: number;
  /** As `pieceLengthOf(size)` says. */
  readonly pieceLength: number;
  /** SHA-1 of each piece, 20 bytes each, end to end. */
  readonly pieces: Bytes;
};

export type Metainfo = MetainfoV1 & {
  /** Pieces root. */
  readonly hash: Hash32;
  /** SHA-256 root of each piece, 32 bytes each, end to end; empty for a file of one piece (BEP 52). */
  readonly layer: Bytes;
};

/** As an upload names them on the ledger. */
export type InfoHashes = {
  /** v1, v2 cut, hybrid v1, hybrid v2 cut: as they are announced. */
  readonly announced: readonly [InfoHash20, InfoHash20, InfoHash20, InfoHash20];
  readonly v2: Hash32;
  readonly hybridV2: Hash32;
};

const KEYS = ['name', 'size', 'hash', 'pieceLength', 'pieces', 'layer'] as const;

export function encodeMetainfo({ name, size, hash, pieceLength, pieces, layer }: Metainfo): Bytes {
  return encode({ name, size, hash, pieceLength, pieces, layer });
}

/** @returns a metainfo whose layer folds to its hash; reject("codec.*" | "torrent.malformed" | "torrent.wrong"). */
export function decodeMetainfo(bytes: Bytes): Verdict<Metainfo> {
  const decoded = decode(bytes, limits.torrentBytesMax);
  if (decoded.kind !== 'accept') return decoded;
  const value = decoded.value;
  if (!hasExactly(value, KEYS)) return reject('codec.wrong-shape');
  const { name, size, hash, pieceLength, pieces, layer } = value;
  if (typeof name !== 'string' || typeof size !== 'number' || typeof pieceLength !== 'number') {
    return reject('codec.wrong-shape');
  }
  if (!isBytes(hash, HASH_BYTES) || !(pieces instanceof Uint8Array) || !(layer instanceof Uint8Array)) {
    return reject('codec.wrong-shape');
  }
  const metainfo = { name, size, hash, pieceLength, pieces, layer };
  const verdict = verifyMetainfo(metainfo);
  return verdict.kind === 'accept' ? accept(metainfo) : verdict;
}

/**
 * Do name, size, lengths and layer belong together, and does the layer fold to the hash? The v1 pieces can only
 * be checked against the bytes, or by the info hashes that the ledger has.
 * @returns reject("torrent.malformed" | "torrent.wrong").
 */
export function verifyMetainfo(metainfo: Metainfo): Verdict {
  const outline = verifyOutline(metainfo);
  if (outline.kind !== 'accept') return outline;
  const { size, pieceLength, layer, hash } = metainfo;
  const count = Math.ceil(size / pieceLength);
  if (layer.length !== (count === 1 ? 0 : count * HASH_BYTES)) {
    return reject('torrent.malformed', 'the piece layer has another length');
  }
  if (count === 1) return accept();
  const root = foldTree(layer, absentRoot(pieceLength / BLOCK_BYTES));
  return equalBytes(root, hash)
    ? accept()
    : reject('torrent.wrong', 'the piece layer does not fold to the hash');
}

/** As `verifyMetainfo`, for what a v1 torrent knows. */
export function verifyOutline({ name, size, pieceLength, pieces }: MetainfoV1): Verdict {
  if (!isFileName(name)) return reject('torrent.malformed', 'the name is not a file name');
  if (!Number.isSafeInteger(size) || size < 1 || size > limits.uploadBytesMax) {
    return reject('torrent.malformed', 'the size is not allowed');
  }
  if (pieceLength !== pieceLengthOf(size)) {
    return reject('torrent.wrong', `the piece length for this size is ${pieceLengthOf(size)} bytes`);
  }
  const count = Math.ceil(size / pieceLength);
  return pieces.length === count * INFO_HASH_BYTES
    ? accept()
    : reject('torrent.malformed', 'the pieces have another length');
}

/** One step of a path that every client may create: no separators, no control characters, not "." or "..". */
export function isFileName(name: string): boolean {
  if (name === '' || name === '.' || name === '..' || !name.isWellFormed()) return false;
  return !/[/\\\u0000-\u001f\u007f]/.test(name) && utf8(name).length <= limits.fileNameBytesMax;
}

/**
 * The info dictionary in bencode: its hash is the torrent's identity, so that its bytes must never change.
 * `private` keeps peers off DHT and PEX (BEP 27); `source` makes the hashes this federation's own.
 */
export function infoDictionary(metainfo: Metainfo, federation: string, format: Format): Bytes {
  return bencode.encode(infoFields(metainfo, federation, format));
}

/** The fields of the info dictionary: BEP 3 for v1, BEP 52 for v2, both for a hybrid (one file: no padding). */
export function infoFields(metainfo: MetainfoV1, federation: string, format: 'v1'): Dictionary;
export function infoFields(metainfo: Metainfo, federation: string, format: Format): Dictionary;
export function infoFields(metainfo: MetainfoV1 | Metainfo, federation: string, format: Format): Dictionary {
  const { name, size, pieceLength, pieces } = metainfo;
  assert(pieces.length === Math.ceil(size / pieceLength) * INFO_HASH_BYTES, 'each piece has its hash');
  const always = { name, 'piece length': pieceLength, private: 1, source: federation };
  const v1 = { length: size, pieces };
  if (format === 'v1') return { ...always, ...v1 };
  assert('hash' in metainfo, 'a v2 torrent needs the pieces root');
  const v2 = { 'file tree': fileTree(metainfo), 'meta version': 2 };
  return format === 'v2' ? { ...always, ...v2 } : { ...always, ...v1, ...v2 };
}

export function infoHashes(metainfo: Metainfo, federation: string): InfoHashes {
  const [v1, v2, hybrid] = (['v1', 'v2', 'hybrid'] as const).map((format) =>
    infoDictionary(metainfo, federation, format),
  );
  const v2Hash = sha256(v2!);
  const hybridV2 = sha256(hybrid!);
  return { announced: [sha1(v1!), cut(v2Hash), sha1(hybrid!), cut(hybridV2)], v2: v2Hash, hybridV2 };
}

/** For an upload whose bytes nobody but its reader has seen. */
export function infoHashV1(metainfo: MetainfoV1, federation: string): InfoHash20 {
  return sha1(bencode.encode(infoFields(metainfo, federation, 'v1')));
}

function fileTree({ name, size, hash }: Metainfo): Dictionary {
  return { [name]: { '': { length: size, 'pieces root': hash } } };
}

function cut(hash: Hash32): InfoHash20 {
  return hash.slice(0, INFO_HASH_BYTES);
}
