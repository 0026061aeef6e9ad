/**
 * Where everybody sits. All of 127.0.0.0/8 is this machine (Linux), and a socket may leave from any of it: to the
 * libraries these are distinct clients in distinct networks.
 */

const ATTACKERS = 50;
const NETWORKS = 10;
const ATTACKERS_FROM = 101;
const READERS_NETWORK = 31;
const HOSTS = 250;

/** Fifty, five in each of ten /24 networks. */
export const ATTACKER_ADDRESSES: readonly string[] = Array.from(
  { length: ATTACKERS },
  (_, i) => `127.0.${ATTACKERS_FROM + (i % NETWORKS)}.${1 + Math.floor(i / NETWORKS)}`,
);

/** @param number - of a reader, from 0 on. */
export function readerAddress(number: number): string {
  return `127.0.${READERS_NETWORK + Math.floor(number / HOSTS)}.${1 + (number % HOSTS)}`;
}
