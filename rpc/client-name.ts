/** By what name a client takes turns, waits and pays: its address, or that address when a page of another site asks. */
import { type Address, clientAddressOf, clientNetworkOf } from '../core/address.ts';
import type { QueueName } from '../core/fair-queue.ts';

/**
 * @param from - undefined: nobody knows where it comes from; they are all one.
 * @param byPage - somebody else's page may have sent it: it takes nothing from the reader who sits there.
 */
export function clientName(from: Address | undefined, byPage: boolean): string {
  return named(from && clientAddressOf(from), byPage);
}

/** As `clientName`, of the network that it is in. */
export function networkName(from: Address | undefined, byPage: boolean): string {
  return named(from && clientNetworkOf(from), byPage);
}

/**
 * Where a client waits for its turn (core/fair-queue.ts). Keys that have paid and everybody else take turns, whoever are more;
 * of each of them the networks, and in a network the keys, or the clients, and each page of another site beside it.
 * @param reader - the key that has signed over the connection, in hex; a page has none.
 */
export function queueOf(from: Address | undefined, byPage: boolean, reader: string | undefined): QueueName {
  if (reader !== undefined && !byPage) return ['readers', networkName(from, false), reader];
  return ['others', networkName(from, false), clientName(from, byPage)];
}

function named(place = '', byPage: boolean): string {
  return byPage ? `page ${place}` : place;
}
