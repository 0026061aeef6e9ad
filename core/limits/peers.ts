/** Connections of the archive to BitTorrent clients. */
import { DAY_MS, HOUR_MS, KiB, MINUTE_MS, MiB, SECOND_MS } from './units.ts';

export const peers = {
  peerConnectionsMax: 500,
  /** Who has connected and is not let in yet; one that takes longer than a handshake does loses its place to one who comes. */
  peersUnknownMax: 240,
  peersUnknownPerNetworkMax: 22,
  peersUnknownPerAddressMax: 20,
  peerGreetsMs: SECOND_MS,
  /** Of one reader: of one torrent two clients by both families of addresses; and of all that he reads at a time. */
  peersPerKeyOfTorrentMax: 4,
  peersPerKeyMax: 20,
  /** Of those for whom another member answers: its tracker has named them, or they show its passes, of which it can make some
   *  for any key. Three liars leave some to others. */
  peersPerNamingMemberMax: 150,
  /** Archives of other members, beside all those. */
  peersOfMembersMax: 130,
  peersPerMemberMax: 12,
  /** Half of all: one book that everybody wants leaves the other half to all others. */
  peersPerTorrentMax: 250,
  /** Of those in one network, once half of all are taken. */
  peersPerNetworkOfArchiveMax: 24,
  /** Who may have bytes and has moved less in so long makes room for one who comes. */
  peerPaceMs: 10 * SECOND_MS,
  peerPaceBytesMin: 64 * KiB,
  /** Each is admitted anew about every second: so many are looked at in one go, a millisecond of work. */
  admissionEveryMs: 250,
  admissionsAtOnceMax: 128,
  /** Who has come and is not known waits until the trackers of the other members have been asked; ten networks: 120 of 128. */
  peersWaitingMax: 128,
  peersWaitingPerNetworkMax: 12,
  peerWaitsMs: 10 * SECOND_MS,
  /** Between two questions to all trackers because of whom nobody knows, and between two of one torrent. */
  askTrackersMinMs: 500,
  askTrackersOfTorrentMinMs: 2 * SECOND_MS,
  /** What a tracker may answer to an archive: 10,000 readers of each family of addresses are 240 KB. And by when. */
  trackerAnswerBytesMax: 512 * KiB,
  trackerAnswerMs: 10 * SECOND_MS,
  /** Of whom the tracker of one member has named, for all files together: 300,000 readers by IPv4. Thirty hostile members
   *  take 60 MB. */
  namedBytesPerMemberMax: 2 * MiB,
  /** A block of 128 KiB, or a bitfield of two million pieces. */
  peerMessageBytesMax: 256 * KiB,
  /** Of one that is not let in yet, behind its handshake: which pieces it has, at most 4,096 bits, and its extensions. */
  peerHeldBytesMax: 8 * KiB,
  /** An extended handshake (BEP 10) of a real client has 100 to 400 bytes. */
  peerExtensionBytesMax: 4 * KiB,
  /** A request for more is none of a real client. */
  peerBlockBytesMax: 128 * KiB,
  /** What a peer may say besides asking for blocks and sending them, counted in messages. Each connection has so many of its
   *  own, and one more for each piece of the file, as a fast client tells of each that it has got. In its last seconds a
   *  client cancels some hundred requests; it is interested and not, chokes and does not, some times a minute. Beyond
   *  that a reader has so many for all his connections; and a member, for all who come with its passes, or a network, for all
   *  of whom no key is known, ten times as many. 10,000 messages are some milliseconds. */
  peerMessagesOwnMax: 1_000,
  peerMessagesOwnPerSecond: 10,
  peerMessagesMax: 10_000,
  peerMessagesPerSecond: 200,
  peerMessagesTogetherMax: 100_000,
  peerMessagesTogetherPerSecond: 2_000,
  /** How often one reader may connect: by both families of addresses for each of a hundred books at once; and again after
   *  some seconds with all that he may have at a time. How often all those at one address of whom no key is known, two
   *  hundred readers of a reading room; and all who come with the passes of a member, or all such of a network: a
   *  millisecond each. */
  peerVisitsMax: 200,
  peerVisitsPerSecond: 2,
  peerVisitsOfAddressMax: 400,
  peerVisitsOfAddressPerSecond: 10,
  peerVisitsTogetherMax: 1_000,
  peerVisitsTogetherPerSecond: 40,
  /** And strangers, of one network and of all: many more than can wait, of whom ten networks leave some to others. */
  strangersPerNetworkMax: 60,
  strangersPerNetworkPerSecond: 5,
  strangersMax: 700,
  strangersPerSecond: 60,
  /** libtorrent has 500 blocks of 16 KiB under way, and takes 2,000 of others: 80 KB of numbers, while they wait. */
  peerRequestsMax: 2_000,
  /** Beyond one for each block that it has sent: a peer that chokes us rejects all that is under way, some hundreds. */
  peerRejectsMax: 1_000,
  /** Read for one peer and not taken yet: what 100 MB/s need while a turn of the loop and a read take 2 ms; beyond that the
   *  system keeps some. And with a last block of 128 KiB and as much of other messages: the list of pieces of 64 GiB is 80.
   *  All of them have no sum that some could fill: there are 630 places of half a MiB, and a reader has twenty. */
  peerReadAheadBytesMax: 256 * KiB,
  peerUntakenBytesMax: 512 * KiB,
  /** Uploads that readers bring here and that the ledger does not know: so many whose bytes came with a request, and as many
   *  claims of what is to be seeded, each with a list of pieces of at most 80 KiB, for a day. Of each of the two: of
   *  strangers, whose places sixty networks (a /24, a /56) do not fill, and of keys that have paid. A class
   *  brings its first books from one address, and leaves some places to the others of that network. */
  intakesOfStrangersMax: 4_096,
  intakesOfReadersMax: 4_096,
  intakesOfReadersPerNetworkMax: 200,
  intakesPerNetworkMax: 64,
  intakesPerAddressMax: 48,
  /** Of those of a network, by pages of other sites: they leave the rest to whoever sits there. */
  intakesOfPagesMax: 16,
  intakesPerKeyMax: 32,
  /** A claim of which nothing has come for so long, and for which nobody is there, gives its place to one who comes: two
   *  announces of a client that is alone. Who finds none is told to come again after so long: one may be free by then. */
  claimIdleMs: 5 * MINUTE_MS,
  intakeAgainMs: 10 * SECOND_MS,
  /** A file that its reader is to seed, and of which no piece has come for so long, is over. That pieces come is written when
   *  it gains so much by it: a kill takes no more than that from it. */
  intakeIdleMs: DAY_MS,
  intakeSavedMs: HOUR_MS,
  /** One of them on the disk: a name, four info hashes, a signature. */
  intakeBytesMax: 2 * KiB,
  /** Bytes that wait for a signature that has not lapsed. */
  unsignedBytesMs: 7 * DAY_MS,
  /** For so long a reader is told what has become of an upload; and of so many, some 10 MB on the disk. Those of a key that
   *  has paid stay before those of strangers, if they are no more than its share. */
  standingKeptMs: 30 * DAY_MS,
  standingsKeptMax: 20_000,
  standingsPerKeyMax: 1_000,
  /** How long the libraries that should attest a file first have to do it; then two more may, and so on. */
  attestPatienceMs: 10 * MINUTE_MS,
  /** What a library says of a file it says for so long: half of what the rules allow, so that no clock that is half an
   *  hour off makes it invalid. So many of its words are remembered, to be said again in the same form: some 3 MB. */
  memberWordLifeMs: 30 * MINUTE_MS,
  memberWordsKeptMax: 10_000,
} as const;
