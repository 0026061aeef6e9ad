/**
 * What the operator sees of a library, and what it says of itself to readers: whether they may come, why no block does,
 * its figures, and the socket of the commands.
 */
import { canFollow } from '../../chain/block/version.ts';
import { authorities, members, parameters } from '../../chain/queries.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { Clock, DeepStore, Log, Network, Random } from '../../core/ports.ts';
import type { PublicKey32 } from '../../core/scalars.ts';
import { ReaderCodes } from '../desk/reader-codes.ts';
import { heartbeatAt } from '../engine/builder.ts';
import type { EngineRoom } from '../engine/open.ts';
import type { EngineRole } from '../engine/role.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { nameOf } from '../ledger/member-name.ts';
import type { Pool } from '../mempool/pool.ts';
import type { Greeter } from '../peers/hello/greeter.ts';
import type { Part } from '../process/lifecycle.ts';
import { freeBytes } from '../process/system.ts';
import { Arrival } from '../sync/arrival.ts';
import type { SyncRoom } from '../sync/open.ts';
import { AdminSocket, type CallAnswer, type StockAnswer, type StockFile } from './admin-socket.ts';
import { Metrics, type Readings } from './metrics.ts';
import { Readiness } from './readiness.ts';
import { callTheRoll } from './roll-call.ts';
import { Waits } from './waits.ts';

type Ports = {
  readonly rooms: Pick<EngineRoom, 'engine' | 'evidence' | 'attendance'> &
    Pick<SyncRoom, 'sync' | 'checkpoint'> & { readonly ledger: Ledger; readonly pool: Pool };
  readonly greeter: Greeter;
  readonly store: DeepStore;
  readonly network: Network;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly key: PublicKey32;
  stock(wanted: StockFile): Promise<StockAnswer>;
  /** A call of the desk, for whoever can open the socket. */
  operate(method: string, params: unknown): Promise<CallAnswer>;
  /** Of the tracker. */
  swarms(): { readonly swarms: number; readonly peers: number };
  unfinished(): { readonly count: number; readonly bytes: number };
  cards: Readings['cards'];
};

export type Operator = {
  readonly readiness: Readiness;
  readonly waits: Waits;
  readonly metrics: Metrics;
  readonly readerCodes: ReaderCodes;
  /** What this node does for consensus, or why nothing. */
  role(): EngineRole;
  /** Blocks are missing, or nobody has said yet that none are. */
  isBehind(): boolean;
  /** Before the library meets others. */
  readonly early: readonly Part[];
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};

/** Roles in which something is wrong with this node itself. */
const UNSOUND: readonly EngineRole[] = ['amnesic', 'outdated', 'twin'];

/** @param home - the folder of the library: its disk is looked at, and the socket lies in it. */
export function openOperator(ports: Ports, home: string): Operator {
  const { rooms, greeter, store, network, clock, random, log, key } = ports;
  const { ledger, engine, sync, pool, attendance, checkpoint, evidence } = rooms;
  const height = (): number => ledger.head().header.height;
  const isUnreadable = (): boolean => sync.unreadable || !canFollow(ledger.head());
  const role = (): EngineRole => (sync.unreadable && !greeter.isTwin ? 'outdated' : engine.role);

  const arrival = new Arrival({
    ...{ network, clock, height },
    authorities: () => authorities(ledger.head().view),
    hasOthers: () => members(ledger.head().view).some((one) => !equalBytes(one.key, key)),
    isGreeted: () => greeter.answered,
  });
  const isBehind = (): boolean => sync.isLate || (!arrival.arrived && !arrival.isUnheard);
  const readiness = new Readiness({
    ...{ clock, log, isBehind },
    isTwin: () => greeter.isTwin,
    isOutdated: isUnreadable,
    isUnheard: () => arrival.isUnheard,
    isBeforeCheckpoint: () => checkpoint.ahead !== undefined,
    freeBytes: () => freeBytes(home),
  });
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
    isBehind: () => sync.behind > 0 || isUnreadable(),
    heard: () => attendance.turn(),
    roll: () =>
      callTheRoll(ledger.head().view, {
        self: key,
        role: role(),
        hasSpoken: (one) => attendance.has(one),
        isConnected: (one) => network.peers().some((peer) => equalBytes(peer, one)),
      }),
  });
  const metrics = new Metrics({
    height,
    view: () => engine.status().view,
    behind: () => sync.behind,
    peers: () => network.peers().length,
    poolTransactions: () => pool.size,
    poolBytes: () => pool.bytes,
    swarms: () => ports.swarms().swarms,
    swarmPeers: () => ports.swarms().peers,
    unfinished: () => ports.unfinished(),
    sound: () => Number(!UNSOUND.includes(role())),
    twin: () => Number(greeter.isTwin),
    unready: () => readiness.reasons(),
    waits: () => waits.list().map(({ reason }) => reason),
    evidence: () => evidence.list().length,
    cards: () => ports.cards(),
    lastBlockAgeSeconds: () => (clock.now() - ledger.head().header.time) / 1_000,
  });
  ledger.onCommit(({ transactions }) => metrics.committed(transactions.map((one) => one.transaction.kind)));
  const readerCodes = new ReaderCodes({ clock, random }, home);
  const stock = (wanted: StockFile): Promise<StockAnswer> => ports.stock(wanted);
  const admin = new AdminSocket({ store, log, readerCodes, stock, operate: ports.operate }, home);

  return {
    ...{ readiness, waits, metrics, readerCodes, role, isBehind },
    early: [{ name: 'admin socket', start: () => admin.start(), stop: () => admin.stop() }],
    parts: [
      { name: 'readiness', start: () => readiness.start(), stop: () => readiness.stop() },
      { name: 'waits', start: () => waits.start(), stop: () => waits.stop() },
      { name: 'arrival', start: () => arrival.start(), stop: () => arrival.stop() },
    ],
  };
}
