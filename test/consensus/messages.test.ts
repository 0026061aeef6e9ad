/** Shapes, texts and golden bytes: the wire changes on purpose only. */
import { expect } from 'chai';
import fc from 'fast-check';
import { decodeMessage, encodeMessage, type Message } from '../../consensus/messages.ts';
import { statementText } from '../../consensus/statements.ts';
import { toHex } from '../../core/bytes.ts';
import { encode } from '../../core/codec.ts';
import { limits } from '../../core/limits.ts';
import { golden } from '../golden.ts';
import { child, Driver } from './driver.ts';
import { CHAIN_ID } from './fake-keys.ts';

function oneOfEach(): Message[] {
  const driver = new Driver(4);
  const block = child();
  return [
    driver.proposal(1, block),
    driver.notarize(2, 1, block),
    driver.nullify(3, 7),
    driver.finalize(2, 1, block),
    driver.notarization(1, block),
    driver.nullification(7),
    driver.finalization(1, block),
    { kind: 'request', epoch: 0, firstView: 3, lastView: 9 },
  ];
}

describe('consensus messages', () => {
  it('every kind comes back from its bytes, and its bytes are the golden ones', () => {
    const all = oneOfEach();
    golden(
      'consensus',
      Object.fromEntries(all.map((message) => [message.kind, toHex(encodeMessage(message))])),
    );
    for (const message of all) {
      expect(decodeMessage(encodeMessage(message))).to.deep.equal({ kind: 'accept', value: message });
    }
  });

  it('the signed texts bind chain, epoch, kind, view and all that is said', () => {
    const block = { hash: new Uint8Array(32).fill(1), parentHash: new Uint8Array(32).fill(2), height: 9 };
    const scope = { chainId: CHAIN_ID, epoch: 3 };
    const head = `digitallib:1:${toHex(CHAIN_ID)}:consensus:3`;
    const offer = `${'01'.repeat(32)}:6:${'02'.repeat(32)}:9`;
    expect(statementText(scope, { kind: 'proposal', view: 7, parentView: 6, block })).to.equal(
      `${head}:proposal:7:${offer}`,
    );
    expect(statementText(scope, { kind: 'notarize', view: 7, parentView: 6, block })).to.equal(
      `${head}:notarize:7:${offer}`,
    );
    expect(statementText(scope, { kind: 'nullify', view: 7 })).to.equal(`${head}:nullify:7`);
    expect(statementText(scope, { kind: 'finalize', view: 7, hash: block.hash })).to.equal(
      `${head}:finalize:7:${'01'.repeat(32)}`,
    );
  });

  it('codec.wrong-shape: a key more, a key less, another kind, a view of 0, a parent that is no ancestor', () => {
    const nullify = { kind: 'nullify', epoch: 0, view: 1, signer: 0, signature: new Uint8Array(64) };
    const { signature: _, ...unsigned } = nullify;
    const hash = new Uint8Array(32);
    const offer = {
      epoch: 0,
      view: 2,
      hash,
      parentHash: hash,
      height: 1,
      signer: 0,
      signature: new Uint8Array(64),
    };
    const wrong = [
      { ...nullify, more: 1 },
      unsigned,
      { ...nullify, kind: 'toString' },
      { ...nullify, kind: 7 },
      { ...nullify, view: 0 },
      { ...nullify, view: -1 },
      { ...nullify, signer: limits.authoritiesMax },
      { ...nullify, signature: new Uint8Array(63) },
      { kind: 'notarize', ...offer, parentView: 2 },
      { kind: 'notarize', ...offer, parentView: 1, height: 0 },
      { kind: 'nullification', epoch: 0, view: 1, signers: new Uint8Array(5), signatures: [] },
      { kind: 'nullification', epoch: 0, view: 1, signers: new Uint8Array(1), signatures: [hash] },
      [nullify],
      'nullify',
      null,
    ];
    for (const value of wrong) {
      expect(decodeMessage(encode(value)), JSON.stringify(value)).to.deep.equal({
        kind: 'reject',
        code: 'codec.wrong-shape',
      });
    }
    expect(decodeMessage(encode(nullify)).kind).to.equal('accept');
    expect(decodeMessage(encode({ kind: 'notarize', ...offer, parentView: 1 })).kind).to.equal('accept');
  });

  it('the largest certificate fits into a message', () => {
    const driver = new Driver(limits.authoritiesMax);
    const bytes = encodeMessage(driver.notarization(1, child()));
    expect(bytes.length).to.be.lessThan(limits.consensusMessageBytesMax);
    expect(decodeMessage(bytes).kind).to.equal('accept');
  });

  it('no bytes make the decoder throw, and what it accepts encodes to the same bytes', () => {
    const samples = oneOfEach().map(encodeMessage);
    const mutated = fc
      .tuple(fc.constantFrom(...samples), fc.nat(), fc.nat(255), fc.nat(3))
      .map(([bytes, at, value, cut]) => {
        const copy = bytes.slice(0, bytes.length - (cut === 3 ? at % 5 : 0));
        copy[at % copy.length] = value;
        return copy;
      });
    fc.assert(
      fc.property(fc.oneof(mutated, fc.uint8Array({ maxLength: 300 })), (bytes) => {
        const decoded = decodeMessage(bytes);
        if (decoded.kind === 'accept') expect(toHex(encodeMessage(decoded.value))).to.equal(toHex(bytes));
      }),
      { numRuns: 2_000 },
    );
  });
});
