import { expect } from 'chai';
import { parseAddress } from '../../../core/address.ts';
import {
  areTerms,
  endFor,
  isDue,
  isForDeskOnly,
  isInUse,
  isThisMachine,
  networkOf,
  openMost,
  openTerms,
  roomAt,
} from '../../../node/cards/policy.ts';

const DAY_MS = 86_400_000;
const keyOf = (first: number, second = 0) => new Uint8Array(32).fill(first, 0, 1).fill(second, 1, 2);

describe('the policy of cards', () => {
  it('gives whoever comes a quarter, with a ceiling that the ledger takes', () => {
    expect(openTerms({ allowance: 20_000_000n, ceiling: 1_000_000_000n })).to.deep.equal({
      allowance: 5_000_000n,
      ceiling: 250_000_000n,
    });
    for (let allowance = 4n; allowance < 40n; allowance++) {
      const quarter = openTerms({ allowance, ceiling: 90n * allowance });
      expect(quarter !== undefined && areTerms(quarter), String(allowance)).to.equal(true);
    }
    expect(openTerms({ allowance: 3n, ceiling: 3n })).to.equal(undefined);
  });

  it('knows what the ledger takes', () => {
    expect(areTerms({ allowance: 1n, ceiling: 90n })).to.equal(true);
    expect(areTerms({ allowance: 1n, ceiling: 91n })).to.equal(false);
    expect(areTerms({ allowance: 2n, ceiling: 1n })).to.equal(false);
  });

  it('is for the desk alone where uploads earn by tokens alone', () => {
    const sold = { vestingPermille: 1_000, cardReleasePermille: 0 };
    expect(isForDeskOnly(sold)).to.equal(true);
    expect(isForDeskOnly({ ...sold, cardReleasePermille: 1 })).to.equal(false);
    expect(isForDeskOnly({ ...sold, vestingPermille: 999 })).to.equal(false);
  });

  it('takes a /24 of IPv4 and a /48 of IPv6 for one hand, and all who come from nowhere', () => {
    const at = (text: string) => networkOf(parseAddress(text));
    expect(at('192.0.2.1')).to.equal(at('192.0.2.255')).and.not.equal(at('192.0.3.1'));
    expect(at('2001:db8:1:2::3')).to.equal(at('2001:db8:1:ffff::9')).and.not.equal(at('2001:db8:2::3'));
    expect(networkOf(undefined)).to.equal('');
  });

  it('takes an IPv6 address that stands for one of IPv4 for that one: 6to4 and NAT64', () => {
    const at = (text: string) => networkOf(parseAddress(text));
    const network = at('192.0.2.1');
    for (const text of ['2002:c000:201::1', '2002:c000:2ff:1::9', '64:ff9b::192.0.2.7', '::ffff:192.0.2.9']) {
      expect(at(text), text).to.equal(network);
    }
    expect(at('64:ff9b::192.0.3.7')).to.equal(at('192.0.3.1'));
    expect(at('64:ff9b:1::192.0.2.7'), 'another prefix').not.to.equal(network);
  });

  it('takes this machine for one network', () => {
    const all = ['127.0.0.1', '127.1.2.3', '127.255.0.9', '::1'].map((text) => networkOf(parseAddress(text)));
    expect(new Set(all)).to.have.length(1);
    expect(all[0]).not.to.equal(networkOf(undefined));
  });

  it('knows this machine', () => {
    for (const text of ['127.0.0.1', '127.8.9.1', '::1', '::ffff:127.0.0.1']) {
      expect(isThisMachine(parseAddress(text)), text).to.equal(true);
    }
    for (const text of ['128.0.0.1', '::2']) expect(isThisMachine(parseAddress(text)), text).to.equal(false);
    expect(isThisMachine(undefined)).to.equal(false);
  });

  it('leaves open cards their share', () => {
    expect(openMost(20_000_000_000, 20)).to.equal(4_000_000_000n);
    expect(openMost(Number.MAX_SAFE_INTEGER, 100)).to.equal(BigInt(Number.MAX_SAFE_INTEGER));
  });

  it('lends until the end of the second period ahead', () => {
    expect(endFor(30)).to.equal(3);
    expect(endFor(59)).to.equal(3);
  });

  it('renews in the last period, spread by keys over its days but the last five', () => {
    const until = 10;
    for (let first = 0; first < 256; first++) {
      const key = keyOf(first, 77);
      const days = Array.from({ length: 90 }, (_, day) => 290 + day).filter((day) => isDue(key, until, day));
      expect(days.at(-1), 'as long as it lasts').to.equal(329);
      expect(days[0]).to.be.within(300, 324);
    }
    const begins = Array.from({ length: 256 }, (_, first) =>
      Array.from({ length: 30 }, (_, day) => 300 + day).find((day) => isDue(keyOf(first, first), until, day)),
    );
    for (let day = 300; day < 325; day++) {
      expect(begins.filter((begin) => begin === day).length, `day ${day}`).to.be.within(1, 30);
    }
  });

  it('counts a card that was used in the last 60 days as in use', () => {
    expect(isInUse(940, 1_000)).to.equal(true);
    expect(isInUse(939, 1_000)).to.equal(false);
    expect(isInUse(0, 10)).to.equal(false);
  });

  it('says when there is room: with the end of what was lent', () => {
    const lent = [
      [10, 30n],
      [12, 60n],
    ] as const;
    expect(roomAt(lent, 20n, 100n)).to.equal(11 * 30 * DAY_MS);
    expect(roomAt(lent, 70n, 100n)).to.equal(13 * 30 * DAY_MS);
    expect(roomAt(lent, 101n, 100n)).to.equal(undefined);
  });
});
