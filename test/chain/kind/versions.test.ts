/** A kind whose fields and rule change with the version of the rules. */
import { expect } from 'chai';
import { later, once, reader, type Transacted, tokens } from '../../../chain/kind/field.ts';
import {
  type AnyKind,
  byVersion,
  declareKind,
  encodeFields,
  fieldNames,
  isOfVersion,
  signerText,
} from '../../../chain/kind/kind.ts';
import type { Rule } from '../../../chain/kind/rule.ts';
import { AssertionFailed } from '../../../core/assert.ts';
import { toHex } from '../../../core/bytes.ts';
import { accept, reject } from '../../../core/verdict.ts';
import { hashOf, keyOf } from '../world.ts';

const fields = { amount: tokens, tip: later(3, tokens), key: reader, ...once };
type Gift = Transacted<'gift', typeof fields>;
const first: Rule<Gift> = () => reject('amount.wrong');
const third: Rule<Gift> = () => accept(() => []);
const gift = declareKind({
  kind: 'gift',
  since: 2,
  fields,
  signer: 'key',
  events: [],
  rule: byVersion({ 2: first, 3: third }),
});
const any = gift as unknown as AnyKind;

const always = {
  amount: 5n,
  key: keyOf('reader'),
  nonce: hashOf('nonce').subarray(0, 16),
  expires: 17,
  signature: new Uint8Array(64),
};
const before = { kind: 'gift', ...always } as unknown as Gift;
const after: Gift = { kind: 'gift', ...always, tip: 2n };

describe('a kind that changes with the rules', () => {
  it('has a field from its version on: in its map and in its text, and not before', () => {
    expect(fieldNames(any, 2)).to.deep.equal(['amount', 'key', 'nonce', 'expires', 'signature']);
    expect(fieldNames(any, 3)).to.deep.equal(['amount', 'tip', 'key', 'nonce', 'expires', 'signature']);
    expect(encodeFields(any, after).length).to.be.above(encodeFields(any, before).length);
    const [key, nonce] = [always.key, always.nonce].map(toHex);
    expect(signerText(gift, 'c', before)).to.equal(`digitallib:1:c:gift:5:${key}:${nonce}:17`);
    expect(signerText(gift, 'c', after)).to.equal(`digitallib:1:c:gift:5:2:${key}:${nonce}:17`);
  });

  it('is of a version when it has exactly what that version gives it', () => {
    expect([1, 2, 3, 4].map((version) => isOfVersion(any, before, version))).to.deep.equal([
      false,
      true,
      false,
      false,
    ]);
    expect([1, 2, 3, 4].map((version) => isOfVersion(any, after, version))).to.deep.equal([
      false,
      false,
      true,
      true,
    ]);
  });

  it('is judged by the newest rule that is not newer than the block', () => {
    const judged = (version: number) =>
      gift.rule({ get: () => undefined }, after, {
        chainId: hashOf('c'),
        height: 1,
        time: 1,
        epoch: 0,
        version,
      }).kind;
    expect([2, 3, 9].map(judged)).to.deep.equal(['reject', 'accept', 'accept']);
    expect(() => judged(1)).to.throw(AssertionFailed);
  });
});
