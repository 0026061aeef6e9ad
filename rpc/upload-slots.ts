/**
 * Who is uploading now. The places of the archive are few, and an upload may last for hours. Keys that have paid have
 * places of their own, by key; strangers, which anybody can have as many of as he likes, have others, by key, address
 * and network. Where a bound is full, an upload that comes more slowly than a stated pace loses its place.
 */
import type { IncomingMessage } from 'node:http';
import { type Address, neighbourhoodOf, networkOf, sourceAddress } from '../core/address.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import { type Bound, type Holder, Places } from '../core/places.ts';
import type { PublicKey32 } from '../core/scalars.ts';

export type Uploader = {
  readonly key: PublicKey32;
  readonly from: Address | undefined;
  /** Somebody else's page may have sent it: such pages leave places to the reader who sits there. */
  readonly byPage: boolean;
  /** right.ts */
  readonly paid: boolean;
};

export class UploadSlots {
  readonly #places = new Places();

  /** @returns a function that gives the place back; undefined when there is none. */
  take(uploader: Uploader, holder: Holder): (() => void) | undefined {
    return this.#places.take(boundsOf(uploader), holder)?.leave;
  }
}

function boundsOf({ key, from, byPage, paid }: Uploader): readonly Bound[] {
  const own = { name: `key ${toHex(key)}`, max: limits.uploadsPerKeyMax };
  if (paid) return [own, { name: 'readers', max: limits.uploadsOfReadersMax }];
  const address = from === undefined ? '' : networkOf(from);
  const network = from === undefined ? '' : neighbourhoodOf(from);
  return [
    own,
    { name: 'strangers', max: limits.uploadsOfStrangersMax },
    { name: `address ${address}`, max: limits.uploadsPerAddressMax },
    { name: `network ${network}`, max: limits.uploadsPerNetworkMax },
    ...(byPage ? [{ name: `pages in ${network}`, max: limits.uploadsOfPagesMax }] : []),
  ];
}

/** Where a request comes from; what stands in front of the API is not counted as one client when it tells more. */
export function clientOf(request: IncomingMessage, trustedProxies: number): Address | undefined {
  const header = trustedProxies === 0 ? undefined : request.headers['x-forwarded-for'];
  const forwarded = Array.isArray(header) ? header.join() : header;
  const { remoteAddress } = request.socket;
  return (
    sourceAddress(remoteAddress, forwarded, trustedProxies) ?? sourceAddress(remoteAddress, undefined, 0)
  );
}
