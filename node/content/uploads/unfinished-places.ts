/**
 * @pure Uploads that resume lie here for a day: by which bounds one counts, and which of them gives way when their bytes are
 * too many. Then of whoever has most: of all networks that which has most, there the key, and of that what has not moved for
 * longest. So strangers in ten networks, with however many keys, leave a part to the eleventh. Source: docs/decisions/places.md.
 */
import { networkOfClientAddress } from '../../../core/address.ts';
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import { type Bound, onceCrowded } from '../../../core/places.ts';
import type { PublicKey32, UnixMs } from '../../../core/scalars.ts';

type Whose = {
  readonly key: PublicKey32;
  /** core/address.ts, clientAddressOf. */
  readonly address: string;
  readonly byPage: boolean;
  readonly paid: boolean;
};
export type Lying = Whose & { readonly offset: number; readonly movedMs: UnixMs };

export function placesOfUnfinished({ key, address, byPage, paid }: Whose): readonly Bound[] {
  const own = { name: `key ${toHex(key)}`, max: limits.unfinishedPerKeyMax };
  const network = networkOfClientAddress(address);
  if (paid) {
    const readers = { name: 'readers', max: limits.unfinishedOfReadersMax };
    const here = { name: `readers in ${network}`, max: limits.unfinishedOfReadersPerNetworkMax };
    return [own, readers, onceCrowded(readers, here)];
  }
  return [
    own,
    { name: 'strangers', max: limits.unfinishedOfStrangersMax },
    { name: `address ${address}`, max: limits.unfinishedPerAddressMax },
    { name: `network ${network}`, max: limits.unfinishedPerNetworkMax },
    ...(byPage ? [{ name: `pages in ${network}`, max: limits.unfinishedOfPagesMax }] : []),
  ];
}

/**
 * @param all - of those who have paid, or of strangers; what is done or read is not among them.
 * @param asks - which of these wants more. @returns which has to go, or undefined when that is the one that asks.
 */
export function givesWay<T extends Lying>(all: readonly T[], asks: T, more: number): T | undefined {
  const weigh = (one: T): number => one.offset + (one === asks ? more : 0);
  const here = mostOf(all, ({ address }) => networkOfClientAddress(address), weigh);
  const ofKey = mostOf(here, ({ key }) => toHex(key), weigh);
  const others = ofKey.filter((one) => one !== asks && one.offset > 0);
  return others.length === 0 ? undefined : others.reduce((a, b) => (b.movedMs < a.movedMs ? b : a));
}

/** Those under the name that weighs most. */
function mostOf<T>(all: readonly T[], nameOf: (one: T) => string, weigh: (one: T) => number): readonly T[] {
  const groups = new Map<string, { ones: T[]; weight: number }>();
  for (const one of all) {
    const group = groups.get(nameOf(one)) ?? { ones: [], weight: 0 };
    group.ones.push(one);
    group.weight += weigh(one);
    groups.set(nameOf(one), group);
  }
  return [...groups.values()].reduce((a, b) => (b.weight > a.weight ? b : a)).ones;
}
