/** The desk of a library: who may ask there, and what waits for a person. */
import { HOUR_MS, KiB, MINUTE_MS } from './units.ts';

export const desk = {
  /** Keys in `librarians.json`, and its length. */
  librariansMax: 256,
  librariansBytesMax: 64 * KiB,
  /** A signed request is good for so long at most. */
  deskLifeMs: HOUR_MS,
  /** And its nonce is kept for so much longer, if it changed something: a clock may be set back, by a person by minutes. */
  deskNonceMarginMs: 10 * MINUTE_MS,
  /** Of one librarian that are kept, of calls that change something and of others: then he waits until the first is over. */
  deskNoncesPerKeyMax: 1_000,
  /**
   * Work that a librarian has done, in milliseconds of a core by second and saved, whatever strangers ask for: as a key that has
   * paid. It is taken when the signature has held and the key is listed, so nobody else uses it up.
   */
  deskWorkPerSecond: 20,
  deskWorkMax: 400,
  /** Entries of a page, and files that are shown beside one because they are like it. */
  reviewPageMax: 50,
  reviewPageDefault: 20,
  reviewLikeMax: 5,
  /** What a librarian may say of what he declines, in bytes. */
  reviewReasonBytesMax: 240,
  /**
   * Of what other libraries have sponsored: what waits here, of all and of one of them; and decisions that are kept for as long
   * as the upload is pending. What has no room is not fetched yet; when all
   * places are taken each library has its equal part of as many (node/content/review/review-places.ts).
   */
  reviewsWaitingMax: 1_000,
  reviewsPerSponsorMax: 90,
  /** Of what one key has brought to one of them; and once half of the places of that library are taken: then fifteen keys fill them. */
  reviewsPerUploaderMax: 15,
  reviewsPerUploaderCrowdedMax: 4,
  reviewsDecidedMax: 10_000,
  /**
   * What readers bring waits for a person, for weeks if need be, and so in places apart from those that are made for seconds
   * (peers.ts). A key that has paid for nothing has as many as a person brings at once, and two once half of those of its
   * address are taken: so fifteen such keys fill an address, and two leave 32 of 48 to others there. As many in all as a
   * librarian may look at in some weeks; and as many of keys that have paid.
   */
  reviewsOfStrangersMax: 1_024,
  reviewsPerNetworkMax: 96,
  reviewsPerAddressMax: 48,
  reviewsPerStrangerMax: 8,
  reviewsPerStrangerCrowdedMax: 2,
  /** Of those of a network, by pages of other sites. */
  reviewsOfPagesMax: 16,
  reviewsOfReadersMax: 1_024,
  reviewsOfReadersPerNetworkMax: 50,
  reviewsPerReaderMax: 32,
  /** One of them on the disk. */
  reviewBytesMax: KiB,
} as const;
