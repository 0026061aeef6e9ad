import { expect } from 'chai';
import fc from 'fast-check';
import { encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import { decodeWant, encodeWant } from '../../node/content/messages.ts';
import { decodeFrame, encodeFrame } from '../../node/engine/frames.ts';
import {
  decodeHead,
  decodeRange,
  decodeRangeRequest,
  encodeHead,
  encodeRange,
  encodeRangeRequest,
} from '../../node/ledger/messages.ts';
import { decodeBatch, encodeBatch } from '../../node/mempool/messages.ts';

const hash = new Uint8Array(32).fill(1);
const head = { height: 7, hash };
const batch = { salt: new Uint8Array(8), transactions: [Uint8Array.of(1), Uint8Array.of(2)] };
const range = [
  { block: Uint8Array.of(1), certificate: undefined },
  { block: Uint8Array.of(2), certificate: Uint8Array.of(3) },
];
const want = { file: hash, infoHash: new Uint8Array(20), toldMs: 5, by: hash, signature: new Uint8Array(64) };

describe('what members say to each other', () => {
  it('survives its encoding', () => {
    expect(decodeHead(encodeHead(head))).to.deep.equal({ kind: 'accept', value: head });
    expect(decodeBatch(encodeBatch(batch))).to.deep.equal({ kind: 'accept', value: batch });
    expect(decodeRange(encodeRange(range))).to.deep.equal({ kind: 'accept', value: range });
    expect(decodeWant(encodeWant(want))).to.deep.equal({ kind: 'accept', value: want });
    for (const kind of ['body', 'consensus'] as const) {
      expect(decodeFrame(encodeFrame(kind, hash))).to.deep.equal({ kind, bytes: hash });
    }
  });

  it('bounds a range request instead of refusing it', () => {
    const verdict = decodeRangeRequest(encodeRangeRequest({ from: 1, count: 1_000_000 }));
    expect(verdict).to.deep.equal({ kind: 'accept', value: { from: 1, count: limits.rangeBlocksMax } });
  });

  it('codec.wrong-shape: refuses other fields, other lengths and too many', () => {
    const wrong = { kind: 'reject', code: 'codec.wrong-shape' };
    expect(decodeHead(encode({ height: -1, hash }))).to.deep.equal(wrong);
    expect(decodeHead(encode({ height: 1, hash: hash.slice(1) }))).to.deep.equal(wrong);
    expect(decodeHead(encode({ height: 1, hash, more: 1 }))).to.deep.equal(wrong);
    expect(decodeRangeRequest(encode({ from: 0, count: 1 }))).to.deep.equal(wrong);
    expect(decodeRangeRequest(encode({ from: 1, count: 0 }))).to.deep.equal(wrong);
    expect(decodeBatch(encode({ salt: hash, transactions: [] }))).to.deep.equal(wrong);
    const many = Array.from({ length: limits.gossipBatchTransactionsMax + 1 }, () => Uint8Array.of(1));
    expect(decodeBatch(encode({ salt: new Uint8Array(8), transactions: many }))).to.deep.equal(wrong);
    expect(decodeRange(encode([{ block: 1, certificate: null }]))).to.deep.equal(wrong);
    expect(decodeWant(encode({ ...want, infoHash: hash }))).to.deep.equal(wrong);
    expect(decodeWant(encode({ ...want, signature: hash }))).to.deep.equal(wrong);
    expect(decodeFrame(Uint8Array.of(9, 1))).to.equal(undefined);
    expect(decodeFrame(new Uint8Array(0))).to.equal(undefined);
  });

  it('gives nothing but a verdict for mutated bytes', () => {
    const samples = [
      { decode: decodeHead, bytes: encodeHead(head) },
      { decode: decodeBatch, bytes: encodeBatch(batch) },
      { decode: decodeRange, bytes: encodeRange(range) },
      { decode: decodeRangeRequest, bytes: encodeRangeRequest({ from: 1, count: 2 }) },
      { decode: decodeWant, bytes: encodeWant(want) },
    ];
    fc.assert(
      fc.property(fc.constantFrom(...samples), fc.nat(), fc.nat(255), fc.nat(), (sample, at, byte, cut) => {
        const bytes = Uint8Array.from(sample.bytes.subarray(0, 1 + (cut % sample.bytes.length)));
        bytes[at % bytes.length] = byte;
        expect(sample.decode(bytes).kind).to.be.oneOf(['accept', 'reject']);
      }),
      { numRuns: 20_000 },
    );
  });
});
