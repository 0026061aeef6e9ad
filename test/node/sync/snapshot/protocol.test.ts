import { expect } from 'chai';
import fc from 'fast-check';
import { encodeBlock } from '../../../../chain/block/block.ts';
import { encodeMessage } from '../../../../consensus/messages.ts';
import type { Bytes } from '../../../../core/bytes.ts';
import { unpackPage } from '../../../../node/sync/snapshot/pages.ts';
import {
  decodeEntries,
  decodeOffer,
  decodePages,
  decodeSeals,
  decodeSnapshotRequest,
  encodeEntries,
  encodeOffer,
  encodePages,
  encodeSeals,
  encodeSnapshotRequest,
  type SnapshotRequest,
} from '../../../../node/sync/snapshot/protocol.ts';
import { hashOf, keyOf, World } from '../../../chain/world.ts';
import { finalizationOf } from '../../finalised-chain.ts';

const REQUESTS: SnapshotRequest[] = [
  { kind: 'offer', above: 7 },
  { kind: 'seals', from: 7 },
  { kind: 'pages', block: hashOf('block'), path: [] },
  { kind: 'pages', block: hashOf('block'), path: [0, 15, 3] },
  { kind: 'entries', block: hashOf('block'), from: Uint8Array.of(1, 2, 3) },
];

describe('the wire of snapshots', () => {
  const world = new World();
  const executed = world.run([world.register('one')]);
  const finalization = finalizationOf(world.chainId, executed, world.genesis.authorities);
  const offer = encodeOffer(encodeBlock(executed.block), encodeMessage(finalization));
  const seal = { header: executed.block.header, finalization, authorities: world.genesis.authorities };
  const page = Uint8Array.of(0, 3, 0, 2, ...hashOf('page'), ...hashOf('key'), ...hashOf('value'));

  it('brings every message back', () => {
    for (const request of REQUESTS) {
      expect(decodeSnapshotRequest(encodeSnapshotRequest(request))).to.deep.equal({
        kind: 'accept',
        value: request,
      });
    }
    const decoded = decodeOffer(offer);
    expect(decoded.kind === 'accept' && decoded.value.finalization).to.deep.equal(finalization);
    expect(decodeSeals(encodeSeals([seal]))).to.deep.equal({ kind: 'accept', value: [seal] });
    expect(decodePages(encodePages([page]))).to.deep.equal({ kind: 'accept', value: [page] });
    const entries = { entries: [[keyOf('a'), Uint8Array.of(1)]] as const, last: true };
    expect(decodeEntries(encodeEntries(entries))).to.deep.equal({ kind: 'accept', value: entries });
    expect(unpackPage(page, 3).kind).to.equal('accept');
  });

  it('codec.wrong-shape: refuses paths, pages and lists that are none', () => {
    const path = (path: number[]) =>
      decodeSnapshotRequest(encodeSnapshotRequest({ kind: 'pages', block: hashOf('block'), path }));
    expect(path([16])).to.include({ code: 'codec.wrong-shape' });
    expect(path(new Array(65).fill(0))).to.include({ code: 'codec.wrong-shape' });
    for (const wrong of [page.subarray(1), page.slice(0, -1), Uint8Array.of(0, 1, 0, 2), new Uint8Array(0)]) {
      expect(unpackPage(wrong, 3)).to.include({ code: 'codec.wrong-shape' });
    }
  });

  it('gives a verdict and nothing else for whatever arrives', () => {
    const good = [
      ...REQUESTS.map(encodeSnapshotRequest),
      offer,
      encodeSeals([seal]),
      encodePages([page]),
      page,
    ];
    const mutated = fc
      .tuple(fc.constantFrom(...good), fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }), fc.nat())
      .map(([bytes, changes, cut]) => mutate(bytes, changes, cut));
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 200 })), (bytes) => {
        for (const decode of [decodeSnapshotRequest, decodeOffer, decodeSeals, decodePages, decodeEntries]) {
          expect(decode(bytes).kind).to.be.oneOf(['accept', 'reject']);
        }
        expect(unpackPage(bytes, 1).kind).to.be.oneOf(['accept', 'reject']);
      }),
      { numRuns: 3_000 },
    );
  });
});

function mutate(bytes: Bytes, changes: readonly (readonly [number, number])[], cut: number): Bytes {
  const copy = bytes.slice(0, cut % 3 === 0 ? cut % (bytes.length + 1) : bytes.length);
  for (const [at, value] of changes) if (copy.length > 0) copy[at % copy.length] = value;
  return copy;
}
