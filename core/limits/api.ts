/** The HTTP API: connections, requests, and whose share is what. */
import { DAY_MS, HOUR_MS, KiB, MINUTE_MS, MiB, SECOND_MS } from './units.ts';

export const api = {
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
   * second, whatever others do; then of a bucket that all share, of which one client or one network takes half at most.
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
  /** Of one answer; and what is looked at for it, of a ledger on which hardly anything is asked for. */
  eventsPageMax: 1_000,
  eventsPageDefault: 100,
  eventsBlocksMax: 1_000,
  /** Of the history of a key; and what is looked at of it in one piece for `events`. */
  historyPageMax: 500,
  historyPageDefault: 50,
  historyPieceRows: 200,
  /** A piece of that, between which others have their turn: some milliseconds. Each is paid for before it is begun. */
  eventsPieceBlocks: 50,
  eventsPieceLooked: 500,
  /** Pieces that wait for their turn: of one client a batch, and of all. */
  eventsReadingPerClientMax: 100,
  eventsReadingMax: 1_024,
  /**
   * Those who wait for what the next block does; each holds a request. More are told at once that there is nothing yet. Of
   * strangers ten networks leave some to others; keys that have paid have as many places of their own.
   */
  eventsWaitingMax: 512,
  eventsWaitingPerKindMax: 256,
  eventsWaitingPerNetworkMax: 24,
  eventsWaitingPerAddressMax: 12,
  eventsWaitingReadersPerNetworkMax: 128,
  eventsWaitingPerKeyMax: 6,
  eventsWaitMs: 30 * SECOND_MS,
  /** Whoever found no place to wait asks again after so long. */
  eventsPauseMs: 2 * SECOND_MS,
  /** Blocks that are read for whoever asks, one at a time, each 2 MB at most: that wait, of one client a batch. */
  blocksReadPerClientMax: 100,
  blocksReadMax: 256,
  /** So far back a transaction is found by its id alone: a day of the shortest blocks and weeks of the usual ones. */
  transactionBlocksMax: 100_000,
  /**
   * WebSockets, beside the connections for requests: they are there to wait. Of strangers ten networks hold 480 of 512 at
   * most; of keys that have paid, what one network has counts once half are taken. Beyond that there are requests that wait.
   */
  webSocketsStrangersMax: 512,
  webSocketsPerNetworkMax: 48,
  webSocketsPerAddressMax: 40,
  webSocketsReadersMax: 768,
  webSocketsReadersPerNetworkMax: 36,
  webSocketsPerKeyMax: 4,
  /** One that follows nothing and has asked for nothing for so long makes room for one who comes. */
  webSocketIdleMs: 30 * SECOND_MS,
  webSocketCallsAtOnceMax: 32,
  subscriptionsPerWebSocketMax: 8,
  /** Who has not answered by the next one is gone; and has two of these to end a message that he has begun. */
  webSocketPingMs: 30 * SECOND_MS,
  /** Of a message: browsers send pieces of 64 KiB or more; networks, some hundred bytes. Each of them is an object. */
  webSocketFragmentsMax: 256,
  webSocketChunksMax: 1_024,
  /** Refusals in a second that cost nothing any more, before a connection ends. */
  webSocketRefusalsMax: 8,
  /** For the other side to close as well. */
  webSocketCloseMs: 5 * SECOND_MS,
  /** While so much waits to be taken, a connection is read no further, and nothing is read for it. */
  webSocketUntakenBytesMax: 256 * KiB,
  /** And when for so long none of it was taken, it ends. */
  webSocketSlowMs: 30 * SECOND_MS,
  /** Of one notification, beside as many events as a page has. */
  subscriptionBytesMax: 256 * KiB,
  /** Who has nothing left to pay with goes on after so long. */
  subscriptionPauseMs: 2 * SECOND_MS,
  /** Who follows what hardly ever happens is told at least so often how far that is known. */
  subscriptionToldMs: MINUTE_MS,
  /** Requests that are read in one turn of the loop, of all connections of a server: some milliseconds of work. */
  requestsPerTurnMax: 8,
  /** Of a body whose length was not said, in one such turn: chunks of a byte cost a microsecond each. */
  requestPieceBytesMax: 2 * KiB,
  /** Before a request: some old clients send one behind a body. A turn is spent on two. */
  emptyLinesMax: 4,
  headersTimeoutMs: 10 * SECOND_MS,
  /** From the first byte of a request to its last; an upload of a large file may take long. */
  requestTotalMs: DAY_MS,
  /** Of a text that a refusal shows, in characters: those of now have 400 at most. */
  textShownMax: 1_024,
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
  /** Of all clients together: 1 MB, and a second of the verifying thread. The longest queue gives way. */
  checksWaitingMax: 8_192,
  /** Handed to the thread at a time: what a vote or a block waits behind them is 3 ms. */
  checksAtOnceMax: 32,
} as const;
