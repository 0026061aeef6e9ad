/** Views, votes, and how one authority comes to its blocks. */
import { KiB, MINUTE_MS, SECOND_MS } from './units.ts';

export const consensus = {
  // consensus
  /** Views ahead of ours whose votes are kept: enough to jump, too few to fill memory. */
  viewsAheadMax: 64,
  /** Views behind ours that are still kept, unless finalised. */
  viewsKeptMax: 1_024,
  /** Views of which a node that has forgotten is told its own votes: it may not sign in older ones. */
  voteReportViewsMax: 64,
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
  gossipPerPeerPerSecond: 200,
  gossipPerPeerMax: 2_000,
  /** Wants that one member signs, whoever passes them on: readers of 300 new books a minute that lie in other archives. */
  wantsPerMemberPerSecond: 5,
  wantsPerMemberMax: 100,
} as const;
