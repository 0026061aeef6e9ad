/** Swarms, announces, and the connections of the tracker. */
import { DAY_MS, HOUR_MS, KiB, MINUTE_MS, SECOND_MS } from './units.ts';

export const tracker = {
  announceBytesMax: 4 * KiB,
  passBytesMax: 512,
  passLifeMs: 30 * DAY_MS,
  /**
   * Passes that nobody has shown before, by second and saved: to verify one takes a tenth of a millisecond of the loop. Each
   * client's own, whatever others do, and a network's twice; a university that comes back after a restart has the bucket.
   */
  passesOwnPerSecond: 5,
  passesOwnMax: 100,
  passesBeyondPerSecond: 100,
  passesBeyondMax: 2_000,
  passesSharedPerSecond: 500,
  passesSharedMax: 4_000,
  passCacheMax: 100_000,
  peersPerPassMax: 5,
  /** Of one network, of one reader: only while less than half is free. A university whose readers seed all that they have
   *  may have half of a tracker that nobody else wants. */
  swarmsMax: 100_000,
  swarmsPerNetworkMax: 4_500,
  peersPerSwarmMax: 10_000,
  peersPerNetworkOfSwarmMax: 450,
  /** With passes of one other library, likewise: in a federation of ten the readers of each announce everywhere. */
  peersPerIssuerOfSwarmMax: 900,
  /** In all swarms together: half a gigabyte, with a swarm for every second of them. */
  peersMax: 250_000,
  peersPerNetworkMax: 12_000,
  peersPerReaderMax: 2_400,
  peersPerIssuerMax: 24_000,
  /** Archives of members: of one, some hours of torrents opened and closed. */
  memberPeersMax: 30_000,
  memberPeersPerKeyMax: 1_000,
  /** Those that bring a file have places of their own, and few: the archive reads from them, and nobody else sees them.
   *  In a swarm, and in all; of strangers, by network; of keys that have paid, by key: 32 uploads with five clients each. */
  intakePeersOfStrangersPerSwarmMax: 240,
  intakePeersPerNetworkOfSwarmMax: 22,
  intakePeersOfReadersPerSwarmMax: 240,
  intakePeersOfReadersPerNetworkOfSwarmMax: 11,
  intakePeersOfStrangersMax: 20_000,
  intakePeersPerNetworkMax: 1_000,
  intakePeersOfReadersMax: 20_000,
  intakePeersOfReadersPerNetworkMax: 900,
  intakePeersPerKeyMax: 200,
  /** Connections of the tracker: a network is a /24 or a /56. A reading room announces and is gone. */
  trackerConnectionsMax: 2_400,
  trackerPerNetworkMax: 220,
  trackerPerAddressMax: 200,
  /** One that has asked nothing for so long loses its place to one who comes. */
  trackerIdleMs: SECOND_MS,
  peersReturnedMax: 50,
  /** A pass that another library has issued so lately may be worth something here when the next blocks have come; its holder waits
   *  for so long, looked at so often. Of all and of one network: ten networks are 240. */
  freshPassMs: MINUTE_MS,
  rightToComeMs: 2 * SECOND_MS,
  rightToComeEveryMs: 100,
  rightsToComeMax: 256,
  rightsToComePerNetworkMax: 24,
  announceIntervalSeconds: 1_800,
  announceIntervalNewSeconds: 120,
  announceIntervalMinSeconds: 60,
  /** Of the archives of other libraries: so long they may serve a reader who has left our swarm. */
  announceIntervalArchiveSeconds: 300,
  peerLifeMs: HOUR_MS,
  scrapeHashesMax: 74,
  /** Peers or swarms that are forgotten in one go, some milliseconds of work. */
  purgedAtOnceMax: 2_000,
} as const;
