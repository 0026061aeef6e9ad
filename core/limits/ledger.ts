/** What the ledger takes: a rule asks for them, so that they are the same for everybody. */
import { DAY_MS, HOUR_MS, KiB, MINUTE_MS, MiB } from './units.ts';

export const ledger = {
  /** A file name in UTF-8: common file systems hold 255, and clients append a suffix while they download. */
  fileNameBytesMax: 240,
  /** An upload with a 240-byte name and four info hashes needs 900 bytes; a governance action with a full member list more. */
  transactionBytesMax: 16 * KiB,
  /** Proposals travel in one frame, and what a leader may fill with the dearest kinds holds up all the others: a thousand
   *  uploads with the longest names; four times what a leader of ours takes (node/engine/builder.ts). */
  blockBytesMax: 2 * MiB,
  blockTransactionsMax: 1_000,
  /** A nonce is remembered until its transaction has expired. */
  transactionLifeMs: HOUR_MS,
  /** How far ahead the `expires` of an upload may lie: a file waits for its review, or for the next day, with one signature. */
  uploadLifeMs: 31 * DAY_MS,
  /** An upload that no other library has attested in so long leaves the state. */
  uploadPendingMs: 30 * DAY_MS,
  /** Certificates carry one signature per authority; the design is for 1 to 30. */
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
  /** More than a period, and whoever is lent cards in turn has them full from the first day. */
  cardStartDaysMax: 30,
  /** A university's first day; a thousandth of it is what a library needs in a year. */
  registrationsPerNodePerDayMax: 1_000_000,
  /** Fewer are no time to install a program even where blocks are minutes apart; more is a typing mistake. */
  upgradeNoticeBlocksMin: 10,
  upgradeNoticeBlocksMax: 1_000_000,
  /** Behind so many blocks the word of an authority that it knows newer rules is forgotten: twenty turns of the largest set. */
  signalBlocks: 600,
  /** Nobody may lock the tokens of a reader for longer, whatever becomes of the seller. */
  saleTimeoutMsMax: 3_650 * DAY_MS,
} as const;
