/**
 * Where everybody sits. All of 127.0.0.0/8 is this machine (Linux), and a socket may leave from any of it: to the
 * libraries these are distinct clients in distinct networks.
 */

const ATTACKERS = 50;
const NETWORKS = 10;
const ATTACKERS_FROM = 101;
/** Of a reading room; and the first of those in which one reader sits alone. */
const ROOM = 31;
const HOMES_FROM = 32;
const HOMES = 60;

/** Fifty, five in each of ten /24 networks. */
export const ATTACKER_ADDRESSES: readonly string[] = Array.from(
  { length: ATTACKERS },
  (_, i) => `127.0.${ATTACKERS_FROM + (i % NETWORKS)}.${1 + Math.floor(i / NETWORKS)}`,
);

/** Half of them share the network of a reading room, half sit at home. @param number - of a reader, from 0 on. */
export function readerAddress(number: number): string {
  const half = number >> 1;
  if (number % 2 === 0) return `127.0.${ROOM}.${1 + half}`;
  return `127.0.${HOMES_FROM + (half % HOMES)}.${1 + Math.floor(half / HOMES)}`;
}
