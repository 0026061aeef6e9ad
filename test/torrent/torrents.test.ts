import { readFileSync } from 'node:fs';
import bencode from 'bencode';
import { assert, expect } from 'chai';
import fc from 'fast-check';
import readTorrent from 'parse-torrent';
import { concat, toHex, utf8 } from '../../core/bytes.ts';
import { encode } from '../../core/codec.ts';
import { sha256 } from '../../core/hash.ts';
import { limits } from '../../core/limits.ts';
import { endOfValue } from '../../torrent/bencode-guard.ts';
import { buildTorrent, buildTorrentV1 } from '../../torrent/build.ts';
import {
  decodeMetainfo,
  encodeMetainfo,
  type Format,
  infoDictionary,
  infoHashes,
  infoHashV1,
  isFileName,
} from '../../torrent/metainfo.ts';
import { adopt, parseTorrent } from '../../torrent/parse.ts';
import { PieceHasher } from '../../torrent/piece-hasher.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';
import { fileHash, metainfoOf, outcome, vectorBytes } from '../tracker/world.ts';

type Vector = {
  readonly size: number;
  readonly name: string;
  readonly format: Format;
  readonly pieceLength: number;
  readonly v1?: string;
  readonly v2?: string;
  readonly piecesRoot?: string;
};

const vectors: { readonly source: string; readonly torrents: readonly Vector[] } = JSON.parse(
  readFileSync(new URL('../vectors/torrents.json', import.meta.url), 'utf8'),
);
const FEDERATION = vectors.source;
const URLS = ['http://127.0.0.1:6969/announce/x', 'http://127.0.0.1:6970/announce/y'];

const some = metainfoOf(vectorBytes(100_000), 'Büchlein.epub');

describe('torrents', () => {
  it('have the info hashes that libtorrent computes, in every format', () => {
    for (const { size, name, format, pieceLength, v1, v2, piecesRoot } of vectors.torrents) {
      const metainfo = metainfoOf(vectorBytes(size), name);
      const { announced, v2: full, hybridV2 } = infoHashes(metainfo, FEDERATION);
      const hybrid = format === 'hybrid';
      expect(metainfo.pieceLength).to.equal(pieceLength);
      if (piecesRoot !== undefined) expect(toHex(metainfo.hash)).to.equal(piecesRoot);
      if (v1 !== undefined) expect(toHex(announced[hybrid ? 2 : 0])).to.equal(v1);
      if (v2 !== undefined) expect(toHex(hybrid ? hybridV2 : full)).to.equal(v2);
      if (v2 !== undefined) expect(toHex(announced[hybrid ? 3 : 1])).to.equal(v2.slice(0, 40));
    }
    expect(vectors.torrents).to.have.length(15);
  });

  it('are hashed alike in whatever chunks the bytes come', () => {
    const bytes = vectorBytes(70_000);
    const whole = metainfoOf(bytes, 'x');
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 30_000 }), { maxLength: 30 }), (lengths) => {
        const hasher = new PieceHasher(whole.pieceLength);
        let at = 0;
        for (const length of lengths) {
          hasher.update(bytes.subarray(at, at + length));
          at += length;
        }
        hasher.update(bytes.subarray(at));
        expect(hasher.finish()).to.deep.include({
          hash: whole.hash,
          pieces: whole.pieces,
          layer: whole.layer,
        });
      }),
      { numRuns: 30 },
    );
    expect(metainfoOf(bytes.subarray(0, 16_384), 'x').hash).to.deep.equal(sha256(bytes.subarray(0, 16_384)));
    expect(new PieceHasher(16_384).finish()).to.equal(undefined);
  });

  it('have pieces of a power of two, about 2,048 of them, of 16 KiB to 16 MiB', () => {
    const KiB = 1024;
    const GiB = KiB ** 3;
    expect(pieceLengthOf(1)).to.equal(16 * KiB);
    expect(pieceLengthOf(32 * KiB * KiB)).to.equal(16 * KiB);
    expect(pieceLengthOf(32 * KiB * KiB + 1)).to.equal(32 * KiB);
    expect(pieceLengthOf(32 * GiB)).to.equal(16 * KiB * KiB);
    expect(pieceLengthOf(64 * GiB)).to.equal(16 * KiB * KiB);
  });

  it('are the same bytes each time: announce tiers, no date, layers only for more than one piece', () => {
    const first = buildTorrent(some, FEDERATION, 'hybrid', URLS);
    expect(buildTorrent(some, FEDERATION, 'hybrid', URLS)).to.deep.equal(first);
    const text = Buffer.from(first).toString('latin1');
    expect(text)
      .to.include('7:privatei1e')
      .and.include('6:source16:Vector Libraries')
      .and.not.include('date');
    expect(text).to.include('13:announce-listll32:http://127.0.0.1:6969/announce/xel32:http');
    expect(text).to.include('12:piece layersd32:');
    const small = metainfoOf(vectorBytes(9), 'x');
    expect(Buffer.from(buildTorrent(small, FEDERATION, 'v2', URLS)).toString('latin1')).to.match(
      /12:piece layersdee$/,
    );
  });

  it('in v1 are what parse-torrent reads', async () => {
    const read = await readTorrent(buildTorrentV1(some, FEDERATION, URLS));
    expect(read.infoHash).to.equal(toHex(infoHashV1(some, FEDERATION)));
    expect(read.infoHash).to.equal(toHex(infoHashes(some, FEDERATION).announced[0]));
    expect(read).to.deep.include({ name: some.name, private: true, announce: URLS, length: some.size });
    expect(read.pieces.join('')).to.equal(toHex(some.pieces));
  });
});

describe('metainfo', () => {
  it('survives its encoding', () => {
    expect(decodeMetainfo(encodeMetainfo(some))).to.deep.equal({ kind: 'accept', value: some });
  });

  it('codec.wrong-shape, torrent.malformed, torrent.wrong: is believed in nothing', () => {
    const wrong = (change: object) => outcome(decodeMetainfo(encode({ ...some, ...change })));
    expect(wrong({ more: 1 })).to.equal('codec.wrong-shape');
    expect(wrong({ size: '1' })).to.equal('codec.wrong-shape');
    expect(wrong({ hash: new Uint8Array(31) })).to.equal('codec.wrong-shape');
    expect(wrong({ layer: 'x' })).to.equal('codec.wrong-shape');
    expect(wrong({ size: 0 })).to.equal('torrent.malformed');
    expect(wrong({ size: limits.uploadBytesMax + 1 })).to.equal('torrent.malformed');
    expect(wrong({ name: '../x' })).to.equal('torrent.malformed');
    expect(wrong({ pieces: some.pieces.slice(1) })).to.equal('torrent.malformed');
    expect(wrong({ layer: some.layer.slice(32) })).to.equal('torrent.malformed');
    expect(wrong({ pieceLength: 32_768 })).to.equal('torrent.wrong');
    expect(wrong({ hash: fileHash(1) })).to.equal('torrent.wrong');
  });

  it('has a name that is one step of a path', () => {
    for (const name of ['a', 'Über uns.pdf', '..a', 'x'.repeat(240)])
      expect(isFileName(name), name).to.equal(true);
    for (const name of ['', '.', '..', 'a/b', 'a\\b', 'a\0', '\ud800', 'ü'.repeat(121)]) {
      expect(isFileName(name), name).to.equal(false);
    }
  });
});

describe('a torrent that a reader uploads', () => {
  it('is read in all formats, with the hash of its info as it came', () => {
    const { announced } = infoHashes(some, FEDERATION);
    for (const [format, index] of [
      ['v1', 0],
      ['v2', 1],
      ['hybrid', 2],
    ] as const) {
      const parsed = parseTorrent(buildTorrent(some, FEDERATION, format, URLS));
      assert(parsed.kind === 'accept');
      expect(parsed.value).to.deep.equal({
        format,
        name: some.name,
        size: some.size,
        pieceLength: some.pieceLength,
        pieces: format === 'v2' ? undefined : some.pieces,
        root: format === 'v1' ? undefined : some.hash,
        infoHash: announced[index],
        private: true,
      });
    }
  });

  it('becomes our v1 torrent, whoever made it', () => {
    const { name, size, pieceLength, pieces } = some;
    const foreign = bencode.encode({
      comment: 'x',
      info: { length: size, name, 'piece length': pieceLength, pieces, 'x-cross-seed': 'y' },
    });
    for (const torrent of [foreign, buildTorrent(some, 'Another', 'hybrid', [])]) {
      const parsed = parseTorrent(torrent);
      assert(parsed.kind === 'accept');
      expect(adopt(parsed.value, some.hash)).to.deep.equal({
        kind: 'accept',
        value: { name, size, pieceLength, pieces },
      });
    }
  });

  it('torrent.wrong: other pieces than our rule, another file, v2 only, several files', () => {
    const adopted = (torrent: Uint8Array, hash = some.hash) => {
      const parsed = parseTorrent(torrent);
      return parsed.kind === 'accept' ? outcome(adopt(parsed.value, hash)) : outcome(parsed);
    };
    const info = { length: 40_000, name: 'x', 'piece length': 32_768, pieces: new Uint8Array(40) };
    expect(adopted(bencode.encode({ info }))).to.equal('torrent.wrong');
    expect(adopted(buildTorrent(some, FEDERATION, 'hybrid', []), fileHash(1))).to.equal('torrent.wrong');
    expect(adopted(buildTorrent(some, FEDERATION, 'v2', []))).to.equal('torrent.wrong');
    expect(adopted(bencode.encode({ info: { ...info, files: [{ length: 1, path: ['x'] }] } }))).to.equal(
      'torrent.wrong',
    );
  });

  it('torrent.malformed, request.too-long: whatever else it is', () => {
    const good = { length: 9, name: 'x', 'piece length': 16_384, pieces: new Uint8Array(20) };
    const bad: Uint8Array[] = [
      new Uint8Array(0),
      utf8('d'),
      utf8('de'),
      utf8('d4:infoi1ee'),
      utf8('l-3:'),
      utf8('d4:infod4:namel-3:eee'),
      utf8(`${'l'.repeat(99)}${'e'.repeat(99)}`),
      concat(bencode.encode({ info: good }), utf8('x')),
    ];
    for (const key of ['length', 'piece length']) bad.push(bencode.encode({ info: { ...good, [key]: 'x' } }));
    for (const key of ['name', 'pieces']) bad.push(bencode.encode({ info: { ...good, [key]: 7 } }));
    for (const bytes of bad)
      expect(outcome(parseTorrent(bytes)), Buffer.from(bytes).toString()).to.equal('torrent.malformed');
    expect(outcome(parseTorrent(new Uint8Array(limits.torrentBytesMax + 1)))).to.equal('request.too-long');
  });

  it('can be any bytes without hanging or throwing', () => {
    const good = buildTorrent(some, FEDERATION, 'hybrid', URLS);
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.nat(255), fc.boolean(), (at, byte, cut) => {
        const bytes = good.slice(0, cut ? at : good.length);
        bytes[at] = byte;
        const parsed = parseTorrent(bytes);
        if (parsed.kind === 'accept') adopt(parsed.value, some.hash);
        return parsed.kind !== 'ignore';
      }),
      { numRuns: 400 },
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => parseTorrent(bytes).kind !== 'ignore'),
    );
  });
});

describe('the guard before the bencode decoder', () => {
  it('walks over what is bencode, and over nothing else', () => {
    const dictionary = infoDictionary(some, FEDERATION, 'hybrid');
    expect(endOfValue(dictionary)).to.equal(dictionary.length);
    for (const good of ['i-5e', 'i0e', '0:', '3:abc', 'le', 'de', 'd1:ai1ee', 'll0:ee']) {
      expect(endOfValue(utf8(good)), good).to.equal(good.length);
    }
    for (const bad of [
      '',
      'i',
      'ie',
      'i-e',
      'i1',
      '3:ab',
      '-1:',
      'l',
      'l-3:',
      'd',
      'di1ei1ee',
      'd1:ae',
      '1',
    ]) {
      expect(endOfValue(utf8(bad)), bad).to.equal(undefined);
    }
    for (const many of ['le', 'de', 'i0e', '0:']) {
      expect(endOfValue(utf8(`l${many.repeat(9_999)}e`)), many).to.equal(9_999 * many.length + 2);
      expect(endOfValue(utf8(`l${many.repeat(10_000)}e`)), many).to.equal(undefined);
    }
    expect(endOfValue(utf8(`d${'0:le'.repeat(10_000)}e`))).to.equal(undefined);
  });
});
