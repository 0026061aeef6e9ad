/**
 * Who else is there, and who this node is to them: says hello, finds out why nobody lets it in, knows when it has
 * arrived, and whether readers may come. The wiring of these parts, taken out of compose.ts; holds no rule.
 */

import { canFollow, RULES_VERSION } from '../chain/block/version.ts';
import { authorities, member, members, parameters } from '../chain/queries.ts';
import { type CheckedTransaction, signerOf, sponsorOf } from '../chain/transaction/signing.ts';
import { equalBytes } from '../core/bytes.ts';
import type { Clock, Log, MemberAddress, Network, Random } from '../core/ports.ts';
import { reject, type Verdict } from '../core/verdict.ts';
import type { VerifySignature } from '../light/trusted.ts';
import { heartbeatAt } from './engine/builder.ts';
import type { Role } from './engine/role.ts';
import { nameOf } from './ledger/member-name.ts';
import type { Final } from './mempool/submission.ts';
import { Readiness } from './operator/readiness.ts';
import { callTheRoll } from './operator/roll-call.ts';
import { Waits } from './operator/waits.ts';
import { askApi } from './peers/hello/ask-api.ts';
import { Greeter } from './peers/hello/greeter.ts';
import { type Flags, OwnEntry } from './peers/hello/own-entry.ts';
import { Stranger } from './peers/hello/stranger.ts';
import type { Identity } from './process/identity.ts';
import type { Part } from './process/lifecycle.ts';
import { freeBytes } from './process/system.ts';
import { VERSION } from './process/version.ts';
import type { Replica } from './replica.ts';
import { Arrival } from './sync/arrival.ts';

type Ports = {
  readonly replica: Replica;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly identity: Identity;
  readonly verify: VerifySignature;
  /** With which it was started. */
  readonly flags: Flags;
  /** The home: its disk is looked at. */
  readonly folder: string;
  /** For metrics. */
  refused(code: string): void;
  failed(error: unknown): void;
};

export type Company = {
  readonly greeter: Greeter;
  readonly readiness: Readiness;
  readonly waits: Waits;
  /** What this node does for consensus, or why nothing. */
  role(): Role;
  /** Into the pool; but what this library signs as a member, it does not sign while another process does so too. */
  enter(checked: CheckedTransaction): Promise<Verdict<Final>>;
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};

export function createCompany(ports: Ports): Company {
  const { replica, network, clock, random, log, identity, verify, flags, folder, refused, failed } = ports;
  const { ledger, engine, sync, submission, pool, attendance, checkpoint } = replica;
  const { chainId } = ledger;
  const key = identity.publicKey;
  const height = (): number => ledger.head().header.height;
  const others = (): readonly MemberAddress[] =>
    members(ledger.head().view).filter((one) => !equalBytes(one.key, key));

  const greeter = new Greeter({
    network: {
      // Also those that gossip does not reach: to whoever has a twin that is so.
      peers: () => others().map((one) => one.key),
      request: (to, protocol, bytes) => network.request(to, protocol, bytes),
    },
    ...{ clock, random, log, identity, verify, chainId, height, refused },
    uptimeMs: () => performance.now(),
    rules: RULES_VERSION,
    program: VERSION,
    twin: () => void engine.silence().catch(failed),
    part: (peer) => replica.peers.part(peer),
  });
  replica.peers.onOpened((peer) => greeter.connected(peer));
  replica.peers.onConnected((peer) => greeter.connected(peer));
  const arrival = new Arrival({
    ...{ network, clock, height },
    authorities: () => authorities(ledger.head().view),
    hasOthers: () => others().length > 0,
    isGreeted: () => greeter.answered,
  });
  const stranger = new Stranger({
    ...{ clock, log, key, chainId },
    peers: () => network.peers().length,
    height,
    members: () => members(ledger.head().view),
    ask: askApi,
  });
  const isBehind = (): boolean => sync.isLate || (!arrival.arrived && !arrival.isUnheard);
  const ownEntry = new OwnEntry({
    ...{ clock, log, flags, isBehind },
    entry: () => member(ledger.head().view, key),
  });
  ledger.onCommit((_, events) => {
    if (events.some(({ kind }) => kind === 'members-changed')) ownEntry.changed();
  });
  const readiness = new Readiness({
    clock,
    log,
    isTwin: () => greeter.isTwin,
    isOutdated: () => sync.unreadable || !canFollow(ledger.head()),
    isUnheard: () => arrival.isUnheard,
    isBeforeCheckpoint: () => checkpoint.ahead !== undefined,
    isBehind,
    freeBytes: () => freeBytes(folder),
  });
  const role = (): Role => (sync.unreadable && !greeter.isTwin ? 'outdated' : engine.role);
  const waits = new Waits({
    ...{ clock, log },
    head() {
      const { header, view } = ledger.head();
      const leader = header.height === 0 ? undefined : nameOf(view, header.proposer);
      return { height: header.height, time: header.time, leader };
    },
    clockGap: () => greeter.clockGap,
    isDue: () => pool.size > 0 || clock.now() >= heartbeatAt(ledger.head()) || !engine.status().idle,
    blockIntervalMs: () => parameters(ledger.head().view).blockIntervalMs,
    isBehind: () => sync.behind > 0 || sync.unreadable || !canFollow(ledger.head()),
    heard: () => attendance.turn(),
    roll: () =>
      callTheRoll(ledger.head().view, {
        self: key,
        role: role(),
        hasSpoken: (one) => attendance.has(one),
        isConnected: (one) => network.peers().some((peer) => equalBytes(peer, one)),
      }),
  });

  return {
    greeter,
    readiness,
    waits,
    role,
    async enter(checked) {
      const { transaction } = checked;
      const isOurs = equalBytes(sponsorOf(transaction) ?? signerOf(transaction), key);
      return greeter.isTwin && isOurs ? reject('node.twin') : submission.enter(checked);
    },
    parts: [
      { name: 'hello', start: () => greeter.start(), stop: () => greeter.stop() },
      { name: 'own entry', start: () => ownEntry.start(), stop: () => ownEntry.stop() },
      { name: 'stranger', start: () => stranger.start(), stop: () => stranger.stop() },
      { name: 'readiness', start: () => readiness.start(), stop: () => readiness.stop() },
      { name: 'waits', start: () => waits.start(), stop: () => waits.stop() },
      { name: 'arrival', start: () => arrival.start(), stop: () => arrival.stop() },
    ],
  };
}
