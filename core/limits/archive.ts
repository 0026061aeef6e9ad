/** Uploads, and the bytes that the archive fetches and keeps. */
import { DAY_MS, KiB, MINUTE_MS, MiB, SECOND_MS } from './units.ts';

export const archive = {
  uploadBytesMax: 64 * 1024 * MiB,
  /** Of all, those included that have just lost their places. Each has two descriptors and some chunks of 64 KiB. */
  uploadsAtOnceMax: 192,
  /** Of keys that have paid; and of strangers: ten networks hold 80 of 88 at most. */
  uploadsOfReadersMax: 64,
  uploadsOfReadersPerNetworkMax: 3,
  uploadsOfStrangersMax: 88,
  uploadsPerKeyMax: 4,
  /** A class behind one address, each with a first book. */
  uploadsPerAddressMax: 8,
  uploadsPerNetworkMax: 8,
  /** Of those, by pages of other sites: they leave as many to whoever sits there. */
  uploadsOfPagesMax: 4,
  /** Keys that have paid wait in a queue for one of their places, each with a connection and no bytes; and for so long. */
  uploadsWaitingMax: 256,
  uploadsWaitingPerNetworkMax: 12,
  uploadWaitsMs: 20 * SECOND_MS,
  /** Uploads that resume, begun and not ended: of keys that have paid; and of strangers, of whom ten networks hold 480 of 528. */
  unfinishedOfReadersMax: 1_024,
  unfinishedOfReadersPerNetworkMax: 48,
  unfinishedOfStrangersMax: 528,
  unfinishedPerNetworkMax: 48,
  unfinishedPerAddressMax: 24,
  unfinishedPerKeyMax: 8,
  unfinishedOfPagesMax: 12,
  /** One that has brought less than `uploadWindowBytesMin` for so long makes room for one who comes. */
  unfinishedIdleMs: 10 * MINUTE_MS,
  /** And is forgotten after so long. */
  unfinishedMs: DAY_MS,
  /** Of what the archive may hold, for their bytes: one part of so many; of strangers apart from keys that have paid. */
  unfinishedReadersParts: 4,
  unfinishedStrangersParts: 8,
  /** On their way in between two syncs: what a fall of the machine takes from an upload. */
  unfinishedSyncBytes: 16 * MiB,
  /** A request of which nothing has come for so long gives way to one that goes on with the same upload. */
  unfinishedStallMs: 5 * SECOND_MS,
  /** Whose hash goes on as their bytes come, 200 KB each at most; others are read once more at their end, so many at once. */
  unfinishedHashersMax: 192,
  unfinishedReadAtOnceMax: 2,
  /** That are done, and still say so to whoever has lost the last answer. */
  unfinishedDoneMax: 2_048,
  unfinishedLookMs: MINUTE_MS,
  /** A slower one makes room for one who comes. */
  uploadPaceMs: 10 * SECOND_MS,
  uploadPaceBytesMin: 64 * KiB,
  /** Files that the library itself brings, copied at once: beside those of readers, and not many, as the disk is theirs. */
  stockAtOnceMax: 4,
  /** So long is the library's own word for one good, as a reader's may be. */
  stockClaimLifeMs: 30 * DAY_MS,
  /** What an archive leaves free on its disk: days of the ledger of a busy federation. */
  diskFreeBytesMin: 256 * MiB,
  /** What an archive writes before it looks at its disk again. */
  diskUnseenBytesMax: 8 * MiB,
  /** A hybrid torrent of 64 GiB in 4,096 pieces with three hundred trackers has 320 KB; to hash one takes milliseconds. */
  torrentBytesMax: MiB,
  torrentsActiveMax: 100,
  /** A torrent that was opened for somebody is not closed for another one before he has had time to come. */
  torrentOpenMsMin: MINUTE_MS,
  /** Unless somebody has come since, and has what he came for: made-up books that members fetch must not keep all places. */
  torrentServedMsMin: 10 * SECOND_MS,
  /** Of those that one member says to be wanted, and that nobody has come to read. Whoever is read counts no more. */
  torrentsPerMemberUnreadMax: 10,
  /** Of those that somebody wants at our own tracker with a pass of one other member. */
  torrentsPerIssuerUnreadMax: 25,
  /** Torrents that readers wait for while all places are taken; after so long he who waits has announced again. */
  torrentsWaitingMax: 1_000,
  torrentWaitsMs: 5 * MINUTE_MS,
  torrentsLookMs: SECOND_MS,
  /** Between two announces of one torrent because members say that somebody seeks it. */
  seedAnnounceMinMs: 5_000,
  /** A member that has announced within two intervals of archives is alive: its place goes to no other address. */
  memberAliveMs: 10 * MINUTE_MS,
  /** A name in the entry of a member is looked up again after so long; so many are known: of thirty members, ten each. */
  memberNameMs: MINUTE_MS,
  memberNamesMax: 512,
  fetchesAtOnceMax: 8,
  /** Files that readers seed, fetched at once, each with a client of its own: of keys that have paid; and of strangers,
   *  of whom ten networks hold 20 of 24. */
  broughtOfReadersMax: 24,
  broughtOfReadersPerNetworkMax: 1,
  broughtOfStrangersMax: 24,
  broughtPerKeyMax: 2,
  broughtPerNetworkMax: 2,
  /** Whose peers have not sent a byte by then make room for others. */
  broughtFirstMs: 20 * SECOND_MS,
  /** Fetches for strangers of one network, or for one key that has paid, that came to nothing: each costs some 20 ms, files and
   *  connections. So many saved, and three a minute; then they wait. */
  broughtInVainPerSecond: 0.05,
  broughtInVainMax: 10,
  /** Of those that found no place, so many ask again when one is free; all others half a minute later. */
  broughtAskAgainMax: 16,
  /** A fetch that gets less than `uploadWindowBytesMin` in so long makes room for another. */
  fetchWindowMs: 2 * MINUTE_MS,
  /** A fetch for another library that gets less than that in so long, 4 KiB a second, loses its turn to one who waits. */
  fetchTurnMs: 5 * SECOND_MS,
  fetchTurnBytesMin: 20 * KiB,
  /** What has come of a file whose fetch ended too early is gone on with for a day; of so many files. */
  leftoverMs: DAY_MS,
  leftoversMax: 256,
  /** Files that wait to be fetched, and of which it is known that an upload is pending: some 5 MB. The ledger has the
   *  others, and they are looked for when there is room. So many are looked at in one go: milliseconds. */
  fetchesWaitingMax: 10_000,
  pendingFilesMax: 20_000,
  pendingLookedAtMax: 50,
  /** Of pieces that are not whole yet, in memory, beside the one that is filled first: of what a reader brings, whose peers are
   *  his own; and of a swarm, where each peer may have other pieces. With the largest pieces 18 MiB each of 48 fetches, 32
   *  each of eight. */
  broughtAheadBytesMax: 2 * MiB,
  fetchedAheadBytesMax: 16 * MiB,
  /** Pieces that are not what they should be, until a fetch is given up for now. */
  wrongPiecesMax: 16,
} as const;
