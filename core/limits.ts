/**
 * Every bound on what comes from outside, in one place: bytes, count, time. Each with its reason.
 * A queue without a bound, or a bound that stands elsewhere, is a defect.
 */
import { assert } from './assert.ts';

const KiB = 1024;
const MiB = 1024 * KiB;
const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

export const limits = {
  // ledger
  /** A file name in UTF-8: common file systems hold 255, and clients append a suffix while they download. */
  fileNameBytesMax: 240,
  /** An upload with a 240-byte name and four info hashes needs 900 bytes; a governance action with a full member list more. */
  transactionBytesMax: 16 * KiB,
  /** Proposals travel in one frame, and what a leader may fill with the dearest kinds holds up all the others: a thousand
   *  uploads with the longest names; four times what a leader of ours takes (node/engine/builder.ts). */
  blockBytesMax: 2 * MiB,
  blockTransactionsMax: 1_000,
  /** protocol.md: a nonce is remembered until its transaction has expired. */
  transactionLifeMs: HOUR_MS,
  /** How far ahead the `expires` of an upload may lie: a file waits for its review, or for the next day, with one signature. */
  uploadLifeMs: 31 * DAY_MS,
  /** An upload that no other library has attested in so long leaves the state. */
  uploadPendingMs: 30 * DAY_MS,
  /** consensus.md: certificates carry one signature per authority; the design is for 1 to 30. */
  authoritiesMax: 30,
  membersMax: 300,
  /** A multiaddr or URL of a member. */
  addressBytesMax: 256,
  addressesMax: 8,
  /** Open proposals at a time, so that governance cannot grow the state without end. */
  proposalsOpenMax: 100,
  /** One authority must not push out the others: nine faulty ones of thirty fill 72 places. */
  proposalsOpenPerAuthorityMax: 8,
  /** People decide: the authorities have two weeks to approve. */
  proposalLifeMs: 14 * DAY_MS,
  /** A value (the longest: a full list of members' keys, or a busy shelf of nonces) and 64 pages of 16 hashes. */
  proofBytesMax: MiB,
  /** A header, a certificate of 21 signatures and a list of 30 keys: 3 KiB. */
  trustedBytesMax: 8 * KiB,
  /** Changes of the authorities that one light proof leads over; whoever has a longer way asks again from there. */
  proofSealsMax: 256,
  /** Headers between a block and the one whose certificate makes it final. */
  proofHeadersMax: 1_024,
  /** `proofHeadersMax` headers of at most 1 KiB and a certificate: one side of a fork, as it is kept. */
  runBytesMax: 2 * MiB,
  /** A genesis that travels in a proof: 3,000 accounts. Beyond it an outsider must have the genesis itself. */
  proofGenesisBytesMax: 256 * KiB,
  /** 256 seals of 3 KiB, 1,024 headers of half a KiB, a genesis and a proof of the state: 2.5 MiB. */
  lightProofBytesMax: 4 * MiB,
  /** They are made one after the other: one may hold some MB until it is encoded, and have to read a full block. */
  proofsWaitingMax: 256,
  /** Of one client: half a second of the loop when each of them reads a full block. */
  proofsPerClientMax: 16,
  /** Hashes on one of 1,024 shelves of a minute: 32 KiB an entry of the state, and a million for the minute. */
  seenPerShelfMax: 1_024,
  /** What is over leaves the state with the transactions that come: more than one can add, so that no queue grows for ever. */
  dueAtOnceMax: 2,
  /** Who settles accounts with a reader must still find the sale: a quarter of a year is what a payout may take to come back. */
  closedSaleLifeMs: 90 * DAY_MS,
  /** How many libraries must attest a file, as the federation may tune it. */
  attestationsMax: 30,
  /** The shortest time between two blocks: longer than this, and a reader waits in vain. */
  blockIntervalMsMax: MINUTE_MS,
  /** The longest one: so that a typing mistake neither floods the disk nor makes a chain look dead. */
  heartbeatMsMin: 100,
  heartbeatMsMax: HOUR_MS,
  /** What a federation may call its largest file: less keeps out books, and 8,192 of the largest fill what tokens can count. */
  fileBytesMaxMin: MiB,
  fileBytesMaxMax: 2 ** 50,
  /** A university's first day; a thousandth of it is what a library needs in a year. */
  registrationsPerNodePerDayMax: 1_000_000,
  /** Fewer are no time to install a program even where blocks are minutes apart; more is a typing mistake. */
  upgradeNoticeBlocksMin: 10,
  upgradeNoticeBlocksMax: 1_000_000,
  /** Behind so many blocks the word of an authority that it knows newer rules is forgotten: twenty turns of the largest set. */
  signalBlocks: 600,
  /** Nobody may lock the tokens of a reader for longer, whatever becomes of the seller. */
  saleTimeoutMsMax: 3_650 * DAY_MS,

  // consensus
  /** Views ahead of ours whose votes are kept: enough to jump, too few to fill memory. */
  viewsAheadMax: 64,
  /** Views behind ours that are still kept, unless finalised. */
  viewsKeptMax: 1_024,
  /** Views of which a node that has forgotten is told its own votes: it may not sign in older ones. */
  testimonyViewsMax: 64,
  consensusMessageBytesMax: 16 * KiB,
  timeoutMsMax: 10 * SECOND_MS,
  standstillMs: 10 * SECOND_MS,
  proposalAheadMsMax: 2 * SECOND_MS,
  /** A clock that is off by so much is said aloud: more than what is waited for in silence, and the way of a hello. */
  clockOffSaidMs: 5 * SECOND_MS,
  /** A ledger is not begun with a genesis that lies further ahead: nothing would happen before. Good clocks differ by less. */
  genesisAheadMsMax: MINUTE_MS,
  /** Without a new block for so long, although something waits for one, a library says why: three of the longest views. */
  standingStillMs: 30 * SECOND_MS,
  /** Pieces of evidence that are kept, of all authorities and of one: more of it proves nothing more. */
  evidenceMax: 240,
  evidencePerAuthorityMax: 8,

  // memory
  /** Pages of the state tree: 0.6 KiB each when full, the upper four levels of a large state. */
  treePagesCachedMax: 100_000,
  /** Entries of the head's state: about 6 MB of accounts, files and purchases; a shelf of hashes (chain/transaction/seen.ts) has more. */
  headValuesCachedMax: 20_000,

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

  // engine
  inputsMax: 10_000,
  /** Frames of one peer: a view takes five, and the fastest views last 10 ms. One that is wrong costs as much as many. */
  framesPerPeerPerSecond: 500,
  framesPerPeerMax: 1_000,
  frameWrongCost: 100,
  /** A short question may have 128 certificates as its answer: so many messages to a peer cost it as much as one of its own. */
  answersPerFrame: 4,
  /** Signatures of one peer's gossip that are looked at to no avail: a tenth of a core. */
  uselessTransactionsPerPeerPerSecond: 1_000,
  uselessTransactionsPerPeerMax: 5_000,
  /** What waits here already costs no signature, but to be decoded and looked up. */
  knownTransactionCost: 0.05,
  /** And those that wait to be looked at: the thread serves the others too. */
  checkingPerPeerMax: 2_000,
  /** A peer that should have something is asked alone for so long; then the next one is asked beside it. */
  answerPatienceMs: 500,
  /** One thing is asked of so many at a time: nine faulty ones of thirty may be silent. */
  askedAtOnceMax: 10,
  /** Bodies that one authority has sent unasked: of the views that may be under way. */
  bodiesPerPeerMax: 4,
  /** A range is waited for so long before another peer is asked: longer than it takes on a slow line. */
  rangePatienceMs: 3 * SECOND_MS,
  /** Heads that one peer passes on; as much evidence. */
  tidingsPerPeerPerSecond: 200,
  tidingsPerPeerMax: 2_000,
  /** Wants that one member signs, whoever passes them on: readers of 300 new books a minute that lie in other archives. */
  wantsPerMemberPerSecond: 5,
  wantsPerMemberMax: 100,

  // HTTP API
  queryBytesMax: 8 * KiB,
  bodyBytesMax: 256 * KiB,
  /** In chunks of a byte each of them would be an object of some hundred. */
  bodyPiecesMax: 4_096,
  jsonDepthMax: 16,
  /** Fields and items of a body: a batch of a hundred calls has two thousand. */
  jsonPartsMax: 8_192,
  rpcBatchMax: 100,
  /**
   * Work of the API in milliseconds of a core (api/, rpc/costs.ts), by second and saved. A key that has paid has its own, over
   * the connections on which it has signed. Everybody else: each client and each network a little, a search a
   * second, whatever others do; then of a purse that all share, of which one client or one network takes half at most.
   * A batch of a hundred searches is paid at once. All that strangers in ten networks can have done: a seventh of a core.
   */
  callsReaderPerSecond: 20,
  callsReaderMax: 400,
  callsOwnPerSecond: 5,
  callsOwnMax: 200,
  callsNetworkPerSecond: 10,
  callsNetworkMax: 300,
  callsBeyondPerSecond: 25,
  callsBeyondMax: 1_500,
  callsSharedPerSecond: 50,
  callsSharedMax: 3_000,
  /** Of all answers in a batch together: the longest of them, a proof in base64, and some. */
  rpcBatchAnswerBytesMax: 8 * MiB,
  /** Of answers that their clients have not taken yet: sixteen of the longest. The network that leaves most loses its oldest. */
  answersUntakenBytesMax: 128 * MiB,
  searchQueryBytesMax: 256,
  searchResultsMax: 100,
  searchResultsDefault: 20,
  /** Tokens of a query that are looked for; the words of a long title. */
  searchTokensMax: 16,
  /** Matches that are ranked, newest first: a million of them would cost seconds. */
  searchMatchesMax: 1_000,
  /** A search looks at its clock after so many files of the index, or more where they cost much less than so long; lets
   *  others have a turn after a slice, gives up after so much of its thread's processor time, and has an answer after. */
  searchWindowFiles: 20_000,
  searchWindowMs: 20,
  searchSliceMs: 10,
  searchMs: 500,
  searchWaitMs: 3 * SECOND_MS,
  searchesWaitingMax: 256,
  /** Of one client: ten people behind one address who type. */
  searchesWaitingPerClientMax: 32,
  /** The thread of an idle library ends: it takes 15 MB. */
  searchThreadIdleMs: 5 * SECOND_MS,
  /** Those who wait for what the next block does; each holds a request. More are told at once that there is nothing yet. */
  eventsWaitingMax: 256,
  /** Requests that are read in one turn of the loop, of all connections of a server: some milliseconds of work. */
  requestsPerTurnMax: 8,
  /** Of a body whose length was not said, in one such turn: chunks of a byte cost a microsecond each. */
  requestPieceBytesMax: 2 * KiB,
  /** Before a request: some old clients send one behind a body. A turn is spent on two. */
  emptyLinesMax: 4,
  headersTimeoutMs: 10 * SECOND_MS,
  /** From the first byte of a request to its last; an upload of a large file may take long. */
  requestTotalMs: DAY_MS,
  /** How long a text lives that a refusal shows to be signed. */
  fetchShownMs: HOUR_MS,
  /**
   * Connections to the API. Of strangers: ten networks hold 2,200 of 2,400 at most. Of keys that have paid, each over
   * as many as a browser opens; what one network has of them counts once half are taken, as everywhere with these keys:
   * to have paid costs 256 KiB of whatever one likes.
   */
  apiStrangersMax: 2_400,
  apiPerNetworkMax: 220,
  apiPerAddressMax: 200,
  apiReadersMax: 1_600,
  apiReadersPerNetworkMax: 75,
  apiPerKeyMax: 8,
  /** That are being told that there is no place. */
  apiRefusedMax: 200,
  /** Connections that the kernel holds until we take them; with Node's 511 a second of crowding and 300 that come in it
   *  had the others try again after 1, 3, 7, 15 seconds. Linux holds as many as somaxconn says: 4,096. */
  httpBacklogMax: 4_096,
  /** Who has asked for nothing for so long, or moves less than 4 KiB a second, makes room for one who comes. */
  apiIdleMs: SECOND_MS,
  apiPaceMs: 10 * SECOND_MS,
  apiPaceBytesMin: 4 * KiB,
  /** What a key has brought or bought when it counts as one that has paid: a thousand of them cost 256 MB. */
  paidBytesMin: 256 * KiB,
  /** At the port for metrics: one machine looks, now and then. */
  metricsConnectionsMax: 16,
  /** Keys that one address registers in an hour for nothing, a class of readers; a network twice as many. */
  registrationsPerAddress: 200,
  /** Keys that a library registers in a minute before it asks everybody for a little work. */
  registrationsFree: 120,
  /** On their way onto the ledger: less than half of what is looked at for a block (node/engine/builder.ts). */
  registrationsAtOnceMax: 100,
  /** That wait for it: of all, and of one network, a reading room; and for how long. Ten networks do not fill it. */
  registrationsWaitingMax: 1_024,
  registrationsWaitingPerNetworkMax: 100,
  registrationWaitMs: 10 * SECOND_MS,
  /** Of the keys that a library may register in a day, half is for whoever comes; of the other half a network has nothing
   *  that has had so much of the day, one part of so many: ten networks leave some to others. */
  registrationDayParts: 25,
  /** Bits of work: 4,096 hashes, some milliseconds; of who has come too often, a minute; of all others, a blink. */
  workBitsMin: 12,
  workBitsMax: 24,
  workBitsForAllMax: 16,
  workHourMs: HOUR_MS,
  /** Codes of the librarian that nobody has used yet, and their longest life. */
  readerCodesMax: 10_000,
  readerCodeDaysMax: 366,
  /** What is still read, and thrown away, of a request that was refused: so that its sender gets to see why. */
  refusedBytesMax: 16 * MiB,
  /** A piece of it costs as if it had so many: chunks of a byte are a microsecond each, and 40 ms are the most. */
  refusedPieceBytesMin: 512,
  /** From the head of a request to the end of its JSON body. */
  bodyTimeoutMs: 30 * SECOND_MS,
  keepAliveMs: 30 * SECOND_MS,
  /** For so long a library that has just started listens for the others before it serves what it has. */
  arrivalMs: 10 * SECOND_MS,
  /** Answers under way when the node stops. */
  httpStopMs: 5 * SECOND_MS,
  /** An upload that brings less than `uploadWindowBytesMin` in so long is cut off: 4 KiB a second. */
  uploadWindowMs: MINUTE_MS,
  uploadWindowBytesMin: 256 * KiB,
  /** Of a multipart upload: eight fields would do for the protocol, and a file name is the longest of them. */
  formFieldsMax: 16,
  formFieldBytesMax: KiB,
  /** Of it before its file, and behind: 17 parts with their headers, in the chunks in which it comes. */
  formBesideBytesMax: 128 * KiB,
  /** On the average, once there are more than `bodyPiecesMax`: whoever writes a file line by line sends more. */
  formPieceBytesMin: 32,

  /** A signed look at an account serves again until it expires: not for longer than a transaction lives. */
  historyLifeMs: HOUR_MS,
  /** Signatures of one client that wait to be looked at: a whole batch, and some. */
  checksPerClientMax: 128,
  /** Of all clients together: 1 MB, and a second of the verifying thread. The longest line gives way. */
  checksWaitingMax: 8_192,
  /** Handed to the thread at a time: what a vote or a block waits behind them is 3 ms. */
  checksAtOnceMax: 32,

  // uploads and the archive
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
  /** Keys that have paid wait in a line for one of their places, each with a connection and no bytes; and for so long. */
  uploadsWaitingMax: 256,
  uploadsWaitingPerNetworkMax: 12,
  uploadWaitsMs: 20 * SECOND_MS,
  /** A slower one makes room for one who comes. */
  uploadPaceMs: 10 * SECOND_MS,
  uploadPaceBytesMin: 64 * KiB,
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

  // peers of the archive
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
   *  of whom no key is known, ten times as many. 10,000 words are some milliseconds. */
  peerWordsOwnMax: 1_000,
  peerWordsOwnPerSecond: 10,
  peerWordsMax: 10_000,
  peerWordsPerSecond: 200,
  peerWordsTogetherMax: 100_000,
  peerWordsTogetherPerSecond: 2_000,
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

  // tracker
  announceBytesMax: 4 * KiB,
  passBytesMax: 512,
  passLifeMs: 30 * DAY_MS,
  /**
   * Passes that nobody has shown before, by second and saved: to verify one takes a tenth of a millisecond of the loop. Each
   * client's own, whatever others do, and a network's twice; a university that comes back after a restart has the purse.
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

assert(limits.blockBytesMax + 64 * KiB < limits.frameBytesMax, 'a block fits into one frame');
assert(
  limits.blockBytesMax + 64 * KiB < limits.gossipMessageBytesMax,
  'a block fits into one gossip message',
);
assert(
  limits.checksPerClientMax > limits.rpcBatchMax,
  'a batch of signed calls fits into the line of one client',
);
assert(limits.diskUnseenBytesMax * 8 < limits.diskFreeBytesMin, 'what is written unseen leaves room');
assert(limits.clockOffSaidMs > limits.proposalAheadMsMax, 'what is waited for in silence is not said');
assert(limits.standingStillMs >= 3 * limits.timeoutMsMax, 'slow views are no standstill');
assert(limits.standingStillMs > 2 * limits.standstillMs, 'who is there has spoken twice meanwhile');
assert(limits.signalBlocks >= 20 * limits.authoritiesMax, 'who is there has signalled again');
assert(limits.transactionBytesMax < limits.blockBytesMax, 'a transaction fits into a block');
assert((limits.lightProofBytesMax * 4) / 3 < limits.rpcBatchAnswerBytesMax, 'a proof fits into a batch');
assert(
  4 * limits.trackerAnswerBytesMax <= limits.namedBytesPerMemberMax,
  'what a tracker says of its largest swarms is kept',
);
assert(
  10 * limits.trackerPerNetworkMax < limits.trackerConnectionsMax,
  'ten networks leave announces to others',
);
assert(
  10 * limits.peersUnknownPerNetworkMax < limits.peersUnknownMax,
  'ten networks leave the archive to others',
);
assert(
  10 * limits.strangersPerNetworkMax < limits.strangersMax &&
    10 * limits.strangersPerNetworkPerSecond < limits.strangersPerSecond &&
    limits.peersWaitingPerNetworkMax < limits.strangersPerNetworkMax,
  'ten networks that knock at the archive leave some to others',
);
assert(
  10 * limits.newcomersPerNetworkMax < limits.newcomersMax,
  'ten networks leave the port for members to others',
);
assert(
  10 * limits.peersWaitingPerNetworkMax < limits.peersWaitingMax,
  'ten networks leave the waiting room to others',
);
assert(
  3 * limits.peersPerNamingMemberMax < limits.peerConnectionsMax &&
    10 * limits.peersPerMemberMax < limits.peersOfMembersMax,
  'members that lie leave the archive to others',
);
assert(
  20 * limits.peersPerKeyMax < limits.peerConnectionsMax &&
    60 * limits.peersPerKeyOfTorrentMax < limits.peersPerTorrentMax,
  'a few readers leave the archive, and each book, to others',
);
assert(
  limits.peerReadAheadBytesMax + limits.peerMessageBytesMax <= limits.peerUntakenBytesMax,
  'no peer is cut off for the blocks that are read for it',
);
assert(10 * limits.apiPerNetworkMax < limits.apiStrangersMax, 'ten networks leave connections to others');
assert(
  10 * limits.uploadsPerNetworkMax < limits.uploadsOfStrangersMax,
  'ten networks leave uploads to others',
);
assert(
  10 * limits.registrationsWaitingPerNetworkMax < limits.registrationsWaitingMax,
  'ten networks leave registrations to others',
);
assert(10 / limits.registrationDayParts < 1 / 2, 'ten networks leave registrations of a day to others');
assert(
  10 * limits.broughtPerNetworkMax < limits.broughtOfStrangersMax,
  'ten networks leave fetches of what is brought to others',
);
assert(
  10 * limits.intakesPerNetworkMax < limits.intakesOfStrangersMax &&
    limits.intakesPerKeyMax < limits.intakesPerAddressMax &&
    limits.intakesPerAddressMax < limits.intakesPerNetworkMax,
  'ten networks leave what is brought to others, and one address leaves some to its neighbours',
);
assert(
  2_000 * limits.announceIntervalNewSeconds < limits.claimIdleMs && limits.claimIdleMs < limits.intakeIdleMs,
  'who seeds has announced before his claim gives way to one who comes',
);
assert(
  10 * limits.intakePeersPerNetworkOfSwarmMax < limits.intakePeersOfStrangersPerSwarmMax &&
    10 * limits.intakePeersPerNetworkMax < limits.intakePeersOfStrangersMax,
  'ten networks leave places in swarms to others who bring',
);
for (const [perNetwork, all] of [
  [limits.apiReadersPerNetworkMax, limits.apiReadersMax],
  [limits.uploadsOfReadersPerNetworkMax, limits.uploadsOfReadersMax],
  [limits.uploadsWaitingPerNetworkMax, limits.uploadsWaitingMax],
  [limits.broughtOfReadersPerNetworkMax, limits.broughtOfReadersMax],
  [limits.intakesOfReadersPerNetworkMax, limits.intakesOfReadersMax],
  [limits.intakePeersOfReadersPerNetworkOfSwarmMax, limits.intakePeersOfReadersPerSwarmMax],
  [limits.intakePeersOfReadersPerNetworkMax, limits.intakePeersOfReadersMax],
  [limits.peersPerNetworkOfArchiveMax, limits.peerConnectionsMax],
] as const) {
  assert(
    10 * perNetwork < all / 2,
    'ten networks of keys that have paid leave places to others, after one has had half',
  );
}
assert(
  10 * limits.peersPerPassMax < limits.intakePeersOfReadersPerSwarmMax &&
    10 * limits.intakePeersPerKeyMax < limits.intakePeersOfReadersMax,
  'ten keys that have paid leave places in swarms to others who bring',
);
assert(
  10 * limits.peersPerNetworkOfSwarmMax < limits.peersPerSwarmMax / 2 &&
    10 * limits.peersPerNetworkMax < limits.peersMax / 2 &&
    10 * limits.peersPerReaderMax < limits.peersMax / 2 &&
    10 * limits.memberPeersPerKeyMax < limits.memberPeersMax / 2,
  'ten networks, readers or members leave places in swarms to others, after one has had half',
);
assert(
  10 * limits.peersPerIssuerOfSwarmMax < limits.peersPerSwarmMax &&
    10 * limits.peersPerIssuerMax < limits.peersMax,
  'ten other libraries leave places in swarms to the readers of this one; five, after one has had half',
);
assert(10 * limits.swarmsPerNetworkMax < limits.swarmsMax / 2, 'ten networks leave swarms to others');
assert(
  10 * limits.standingsPerKeyMax <= limits.standingsKeptMax / 2,
  'ten keys that have paid leave half of what is remembered to others',
);
assert(limits.bodyBytesMax > limits.transactionBytesMax, 'a transaction fits into a request');
assert(limits.peerLifeMs >= 2 * limits.announceIntervalSeconds * 1_000, 'a peer lives two intervals');
