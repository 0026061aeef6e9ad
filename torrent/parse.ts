/**
 * Torrent files in: what a reader uploads. Everything is checked before it is believed, and nothing of it is
 * taken over but name, size and piece hashes: the torrent that the reader seeds with is made anew. Pure.
 */
import { sha1 } from '@noble/hashes/legacy.js';
import bencode from 'bencode';
import { type Bytes, equalBytes, fromUtf8, isBytes } from '../core/bytes.ts';
import { sha256 } from '../core/hash.ts';
import { limits } from '../core/limits.ts';
import { HASH_BYTES, type Hash32, INFO_HASH_BYTES, type InfoHash20 } from '../core/scalars.ts';
import { accept, reject, type Verdict } from '../core/verdict.ts';
import { endOfValue, fieldOf } from './bencode-guard.ts';
import { type Format, type MetainfoV1, verifyOutline } from './metainfo.ts';
import { pieceLengthOf } from './piece-tree.ts';

export type ParsedTorrent = {
  readonly format: Format;
  readonly name: string;
  readonly size: number;
  readonly pieceLength: number;
  /** SHA-1 of the pieces; undefined in a v2 torrent. */
  readonly pieces: Bytes | undefined;
  /** Pieces root; undefined in a v1 torrent. */
  readonly root: Hash32 | undefined;
  /** SHA-1 of the info dictionary as it came; for v2 SHA-256, cut. */
  readonly infoHash: InfoHash20;
  readonly private: boolean;
};

type Fields = { readonly [key: string]: unknown };

/** @returns reject("request.too-long" | "torrent.malformed" | "torrent.wrong"): wrong = of several files. */
export function parseTorrent(bytes: Bytes): Verdict<ParsedTorrent> {
  if (bytes.length > limits.torrentBytesMax) return reject('request.too-long');
  if (endOfValue(bytes) !== bytes.length)
    return malformed('it is not bencode, or more than a torrent of one file');
  const info = fieldOf(bytes, 'info');
  if (info === undefined) return malformed('there is no info dictionary');
  const fields = bencode.decode(info);
  if (!isFields(fields)) return malformed('info is not a dictionary');
  if (fields.files !== undefined) return reject('torrent.wrong', 'one torrent is one file');
  const name = fields.name instanceof Uint8Array ? fromUtf8(fields.name) : undefined;
  const pieceLength = fields['piece length'];
  if (name === undefined) return malformed('the name is not text');
  if (!isCount(pieceLength)) return malformed('there is no piece length');
  const v2 = fields['meta version'] === 2 ? parseTree(fields['file tree'], name) : undefined;
  if (v2 !== undefined && v2.kind !== 'accept') return v2;
  const { length, pieces } = fields;
  if (pieces !== undefined && !(pieces instanceof Uint8Array)) return malformed('pieces are not bytes');
  if (pieces === undefined && v2 === undefined) return malformed('there are no pieces');
  const size = pieces === undefined ? v2!.value.size : length;
  if (!isCount(size) || (v2 !== undefined && v2.value.size !== size))
    return malformed('the size is not clear');
  return accept({
    format: v2 === undefined ? 'v1' : pieces === undefined ? 'v2' : 'hybrid',
    name,
    size,
    pieceLength,
    pieces,
    root: v2?.value.root,
    infoHash: pieces === undefined ? sha256(info).slice(0, INFO_HASH_BYTES) : sha1(info),
    private: fields.private === 1,
  });
}

/**
 * Our torrent for what a reader's torrent describes. Whether the pieces belong to `hash` is known only when the
 * bytes have been read.
 * @param hash - the pieces root that the reader has signed.
 * @returns reject("torrent.wrong" | "torrent.malformed").
 */
export function adopt(parsed: ParsedTorrent, hash: Hash32): Verdict<MetainfoV1> {
  const { root, pieces, name, size, pieceLength } = parsed;
  if (root !== undefined && !equalBytes(root, hash)) return reject('torrent.wrong', 'it is of another file');
  if (pieces === undefined)
    return reject('torrent.wrong', 'a v2 torrent has no v1 pieces: make a v1 or hybrid');
  if (pieceLength !== pieceLengthOf(size)) {
    return reject('torrent.wrong', `make it with pieces of ${pieceLengthOf(size)} bytes`);
  }
  const outline = { name, size, pieceLength, pieces };
  const verdict = verifyOutline(outline);
  return verdict.kind === 'accept' ? accept(outline) : verdict;
}

/** BEP 52: { name: { "": { length, pieces root } } }, for one file. */
function parseTree(tree: unknown, name: string): Verdict<{ readonly size: number; readonly root: Hash32 }> {
  if (!isFields(tree)) return malformed('there is no file tree');
  if (Object.keys(tree).length !== 1) return reject('torrent.wrong', 'one torrent is one file');
  const entry = Object.hasOwn(tree, name) ? tree[name] : undefined;
  const file = isFields(entry) ? entry[''] : undefined;
  if (!isFields(file)) return reject('torrent.wrong', 'one torrent is one file');
  const root = file['pieces root'];
  if (!isCount(file.length) || !isBytes(root, HASH_BYTES)) return malformed('the file tree is not complete');
  return accept({ size: file.length, root });
}

function isFields(value: unknown): value is Fields {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  );
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}

function malformed(detail: string) {
  return reject('torrent.malformed', detail);
}
