/**
 * Every bound on what comes from outside, in one place: bytes, count, time. Each with its reason, in the file of its room
 * (core/limits/); here they are joined, and check each other. A queue without a bound, or a bound that stands elsewhere, is a defect.
 */
import { assert } from './assert.ts';
import { api } from './limits/api.ts';
import { archive } from './limits/archive.ts';
import { cards } from './limits/cards.ts';
import { consensus } from './limits/consensus.ts';
import { desk } from './limits/desk.ts';
import { keys } from './limits/keys.ts';
import { ledger } from './limits/ledger.ts';
import { members } from './limits/members.ts';
import { peers } from './limits/peers.ts';
import { tracker } from './limits/tracker.ts';
import { KiB } from './limits/units.ts';

export const limits = {
  ...ledger,
  ...consensus,
  ...members,
  ...api,
  ...archive,
  ...peers,
  ...tracker,
  ...desk,
  ...cards,
  ...keys,
} as const;

assert(limits.blockBytesMax + 64 * KiB < limits.frameBytesMax, 'a block fits into one frame');
assert(
  limits.blockBytesMax + 64 * KiB < limits.gossipMessageBytesMax,
  'a block fits into one gossip message',
);
assert(
  limits.checksPerClientMax > limits.rpcBatchMax,
  'a batch of signed calls fits into the queue of one client',
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
  10 * limits.webSocketsPerNetworkMax < limits.webSocketsStrangersMax &&
    limits.webSocketsPerAddressMax < limits.webSocketsPerNetworkMax,
  'ten networks leave WebSockets to others, and one address leaves some to its neighbours',
);
assert(
  limits.webSocketSlowMs <= limits.webSocketPingMs,
  'who takes nothing is told why, before he has not answered',
);
assert(
  10 * limits.uploadsPerNetworkMax < limits.uploadsOfStrangersMax,
  'ten networks leave uploads to others',
);
assert(
  10 * limits.eventsWaitingPerNetworkMax < limits.eventsWaitingPerKindMax &&
    2 * limits.eventsWaitingPerKindMax <= limits.eventsWaitingMax &&
    limits.eventsReadingPerClientMax >= limits.rpcBatchMax,
  'ten networks leave what blocks did to others, and keys that have paid have places of their own',
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
  10 * limits.reviewsPerNetworkMax < limits.reviewsOfStrangersMax &&
    limits.reviewsPerAddressMax < limits.reviewsPerNetworkMax &&
    2 * limits.reviewsPerStrangerMax <= limits.reviewsPerAddressMax / 2,
  'ten networks leave places in the queue of a review to others, and two keys leave theirs to their neighbours',
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
  [limits.webSocketsReadersPerNetworkMax, limits.webSocketsReadersMax],
  [limits.uploadsOfReadersPerNetworkMax, limits.uploadsOfReadersMax],
  [limits.uploadsWaitingPerNetworkMax, limits.uploadsWaitingMax],
  [limits.broughtOfReadersPerNetworkMax, limits.broughtOfReadersMax],
  [limits.intakesOfReadersPerNetworkMax, limits.intakesOfReadersMax],
  [limits.reviewsOfReadersPerNetworkMax, limits.reviewsOfReadersMax],
  [limits.unfinishedOfReadersPerNetworkMax, limits.unfinishedOfReadersMax],
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
assert(
  10 * limits.reviewsPerSponsorMax < limits.reviewsWaitingMax,
  'ten libraries leave places in the queue of a review to others',
);
assert(limits.bodyBytesMax > limits.transactionBytesMax, 'a transaction fits into a request');
assert(limits.peerLifeMs >= 2 * limits.announceIntervalSeconds * 1_000, 'a peer lives two intervals');
