/**
 * @pure By which bounds an upload counts that is brought here and that the ledger does not know. Keys that have paid have places
 * of their own, by key; of strangers anybody can be many, but in few networks. Source: docs/decisions/places.md.
 */
import { networkOfClientAddress } from '../../../core/address.ts';
import { toHex } from '../../../core/bytes.ts';
import { limits } from '../../../core/limits.ts';
import { type Bound, onceCrowded } from '../../../core/places.ts';
import type { Intake } from './intake.ts';

/** Who brings something. */
export type Bringer = Pick<Intake, 'key' | 'address' | 'byPage' | 'paid' | 'seeded'>;

/**
 * While it is on its way, for seconds or as long as its reader seeds it. To claim what is to be seeded costs no byte: so those
 * who bring their bytes do not queue behind such claims.
 */
export function placesOf({ key, address, byPage, paid, seeded }: Bringer): readonly Bound[] {
  const bound = (name: string, max: number): Bound => ({
    name: `${seeded ? 'seeded' : 'sent'} ${name}`,
    max,
  });
  const own = bound(`key ${toHex(key)}`, limits.intakesPerKeyMax);
  const network = networkOfClientAddress(address);
  if (paid) {
    const readers = bound('readers', limits.intakesOfReadersMax);
    const here = bound(`readers in ${network}`, limits.intakesOfReadersPerNetworkMax);
    return [own, readers, onceCrowded(readers, here)];
  }
  return [
    own,
    bound('strangers', limits.intakesOfStrangersMax),
    bound(`network ${network}`, limits.intakesPerNetworkMax),
    bound(`address ${address}`, limits.intakesPerAddressMax),
    ...(byPage ? [bound(`pages in ${network}`, limits.intakesOfPagesMax)] : []),
  ];
}

/** While it waits for a person, perhaps for weeks: a few keys at one address leave some to a third one there. */
export function placesOfReview({ key, address, byPage, paid }: Bringer): readonly Bound[] {
  const bound = (name: string, max: number): Bound => ({ name: `review ${name}`, max });
  const name = toHex(key);
  const network = networkOfClientAddress(address);
  if (paid) {
    const readers = bound('readers', limits.reviewsOfReadersMax);
    const here = bound(`readers in ${network}`, limits.reviewsOfReadersPerNetworkMax);
    return [bound(`reader ${name}`, limits.reviewsPerReaderMax), readers, onceCrowded(readers, here)];
  }
  const here = bound(`address ${address}`, limits.reviewsPerAddressMax);
  return [
    bound(`key ${name}`, limits.reviewsPerStrangerMax),
    onceCrowded(here, bound(`crowded key ${name}`, limits.reviewsPerStrangerCrowdedMax)),
    bound('strangers', limits.reviewsOfStrangersMax),
    bound(`network ${network}`, limits.reviewsPerNetworkMax),
    here,
    ...(byPage ? [bound(`pages in ${network}`, limits.reviewsOfPagesMax)] : []),
  ];
}
