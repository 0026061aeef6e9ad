/**
 * Who is uploading now. The places of the archive are few, and an upload may last for hours: one reader, or one
 * address with as many keys as it likes, gets a share of them.
 */
import type { IncomingMessage } from 'node:http';
import { type Address, networkOf, sourceAddress } from '../core/address.ts';
import { toHex } from '../core/bytes.ts';
import { limits } from '../core/limits.ts';
import type { PublicKey32 } from '../core/scalars.ts';

export class UploadSlots {
  /** By key or network, hex: uploads under way. */
  readonly #taken = new Map<string, number>();

  /** @returns a function that gives the place back, once; undefined when there is none. */
  take(key: PublicKey32, address: Address | undefined): (() => void) | undefined {
    const bounds = [
      [`key ${toHex(key)}`, limits.uploadsPerKeyMax],
      [`from ${address === undefined ? '' : networkOf(address)}`, limits.uploadsPerAddressMax],
    ] as const;
    if (bounds.some(([name, max]) => (this.#taken.get(name) ?? 0) >= max)) return undefined;
    for (const [name] of bounds) this.#add(name, 1);
    return () => {
      for (const [name] of bounds) this.#add(name, -1);
    };
  }

  #add(name: string, change: number): void {
    const count = (this.#taken.get(name) ?? 0) + change;
    if (count === 0) this.#taken.delete(name);
    else this.#taken.set(name, count);
  }
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
