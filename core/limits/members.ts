/** What members may say to each other, and how much of it is kept. */
import { HOUR_MS, KiB, MINUTE_MS, MiB, SECOND_MS } from './units.ts';

export const members = {
  // pool
  poolTransactionsMax: 50_000,
  poolBytesMax: 32 * MiB,
  /** One key must not push out the others. */
  poolTransactionsPerKeyMax: 1_000,
  /** Nor one member, with registrations and uploads of keys that it invents: a tenth of the pool. */
  poolTransactionsPerSponsorMax: 5_000,
  /** Requests that wait for their transaction to be final. */
  waitersMax: 20_000,
  finalityWaitMs: 30 * SECOND_MS,

  // network
  gossipMessageBytesMax: 3 * MiB,
  gossipBatchTransactionsMax: 500,
  gossipBatchDelayMs: 5,
  frameBytesMax: 3 * MiB,
  /** What one member asks of another: a hash, a range, a place in a state. 64 of them may be on their way. */
  questionBytesMax: 16 * KiB,
  requestTimeoutMs: 10 * SECOND_MS,
  /** Frames that wait for one slow peer; older ones are dropped, consensus sends again. */
  outboxFramesMax: 1_024,
  outboxBytesMax: 16 * MiB,
  connectionsMax: 600,
  /** Who has connected and has not shown the key of a member: of all, of one network, of one address. One that takes longer
   *  than a handshake does loses its place to one who comes; a stranger's place stays taken for that second in any case, as
   *  his handshake costs some milliseconds. And so many may come from one host. */
  newcomersMax: 120,
  newcomersPerNetworkMax: 11,
  newcomersPerAddressMax: 10,
  newcomerGreetsMs: SECOND_MS,
  connectionsPerHostPerSecondMax: 20,
  /** A member that is down is tried again at least this often. */
  redialMsMax: 30 * SECOND_MS,
  /** A gossiped message is known for so long; the same bytes may be published again afterwards. */
  gossipSeenMs: 30 * SECOND_MS,
  /** Gossip that waits for one slow peer: more, and it is cut off and starts anew. */
  gossipOutboxBytesMax: 32 * MiB,
  /** Messages whose verdict is not known yet. */
  gossipPendingBytesMax: 64 * MiB,
  inboundStreamsPerPeerMax: 64,
  /** What one peer is given in answers: four times what a library takes in that catches up, as much as one that joins. */
  answerBytesPerPeerPerSecond: 8 * MiB,
  answerBytesPerPeerMax: 256 * MiB,
  /** Of each answer, however short: 500 questions a second. */
  answerCostBytes: 16 * KiB,
  /** Of one that takes milliseconds to be made and is seldom needed: what an authority knows of another, all evidence. */
  rareAnswerCostBytes: MiB,
  /** Answers that wait for one peer to read them. */
  answersWaitingBytesMax: 16 * MiB,
  rangeBlocksMax: 64,
  /** Blocks that came without a certificate so far: more than consensus keeps undecided. */
  uncertifiedBlocksMax: 1_024,
  uncertifiedBytesMax: 64 * MiB,
  /** Transactions whose signatures are looked at while the blocks before them are executed. */
  checkingAheadMax: 4_000,
  /**
   * That it is above us, and then has no block to show: so often a member is listened to. Then it is not for a while, which
   * doubles each time: hundreds of members may lie, and each time costs a library that follows a late answer.
   */
  emptyWordsPerPeerMax: 3,
  emptyWordPauseMs: MINUTE_MS,
  emptyWordPauseMsMax: HOUR_MS,
  /** One is forgotten after so long: a member may have been out of luck. */
  emptyWordForgottenMs: 15 * MINUTE_MS,

  // hello
  /** Five boots of 16 bytes, a signature, and what is said beside. */
  helloBytesMax: KiB,
  /** Of one key, told and passed on: more processes than that with one key need no counting. */
  bootsHeardMax: 4,
  /** Remembered, so that a member that repeats old ones cannot make the living one forgotten. */
  bootsKeptMax: 64,
  helloEveryMs: MINUTE_MS,
  /** How long a hello is passed on; how often the same trouble is said. */
  helloKeptMs: HOUR_MS,
  /** Who keeps another ledger is let go of for so long: its operator may have mended it. */
  partedMs: MINUTE_MS,
  /** Without a peer for so long a node asks members at their API. */
  strangerMs: 10 * SECOND_MS,
  /** What they may answer: 300 members of 2 KiB. */
  apiAnswerBytesMax: MiB,

  // snapshots
  /** Whoever keeps the least keeps so many of the last blocks: consensus may still ask for them. */
  blocksKeptMin: 1_024,
  /** Farther behind than this, a state is fetched instead of every block: executing them would take longer. */
  snapshotBehindBlocks: 10_000,
  /** Of pages or of entries in one answer: a few milliseconds of work, and the loop is free again. */
  snapshotChunkBytesMax: 256 * KiB,
  snapshotChunkPagesMax: 1_000,
  /** Entries are checked and written together from here on, and after so many answers: then the pace is looked at. */
  snapshotBatchBytes: 2 * MiB,
  snapshotBatchAnswersMax: 16,
  /** A member that gives less for so long is left for another one: 300 MB in two and a half hours. A hiccup is no pace. */
  snapshotBytesPerSecondMin: 32 * KiB,
  snapshotPaceMs: 30 * SECOND_MS,
  /** A member that has been silent for so long is left for another one: longer than a restart takes. */
  snapshotSilentMs: MINUTE_MS,
  snapshotSealsMax: 200,
  /** Headers in one answer: each stands in a body that must be read for it. */
  snapshotHeadersMax: 256,
  /** Two offers, or a checkpoint and an offer, that lie further apart are not followed from one to the other: 30 MB. */
  snapshotLinkBlocksMax: 65_536,
  /** Whoever leads there with crumbs does not lead there. */
  snapshotLinkMs: 2 * MINUTE_MS,
  /** Offers that a joiner compares: more than twice as many as may lie of thirty authorities. Each has a block of its own. */
  offersComparedMax: 20,
  /** States that are held for joiners; each keeps what has changed since from being given back to the disk. One is for need. */
  snapshotsHeldMax: 3,
  /** A joiner that has not asked for so long has gone. */
  snapshotIdleMs: 10 * MINUTE_MS,
  /** Nobody holds one for longer, however often it is asked for: what has changed since takes room on the disk. */
  snapshotHeldMs: 6 * HOUR_MS,
  /** A new joiner gets a new state when the last one is older than this. */
  snapshotFreshMs: 10 * MINUTE_MS,
  /**
   * And whoever needs a newer one at once, but not more often than this: then one is never taken from those who fetch it
   * before an hour, and in the long run not before two and a half, at which the slowest allowed has fetched 300 MB.
   */
  snapshotNeededMs: 50 * MINUTE_MS,
} as const;
