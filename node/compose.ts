/**
 * The whole wiring of a library: every room is opened here, once, and handed what it needs of the others. Holds no rule and
 * no loop. The rooms that the simulator runs as well are joined in replica.ts; what readers reach, in serve.ts.
 */
import { members } from '../chain/queries.ts';
import { encodeChecked } from '../chain/transaction/signing.ts';
import { toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import { createLibp2pNetwork } from '../network/libp2p-network.ts';
import { listenAddresses } from '../network/multiaddrs.ts';
import { openInvitations } from './cards/invitations.ts';
import { type CardRoom, openCards } from './cards/open.ts';
import { type Content, openContent } from './content/open.ts';
import { openDesk } from './desk/open.ts';
import { WatermarkFile } from './engine/amnesia/watermark-file.ts';
import { type Home, openHome } from './home/home.ts';
import { EventFeed } from './ledger/event-feed.ts';
import { HistoryBuilder } from './ledger/history-builder.ts';
import { Pruner } from './ledger/prune.ts';
import { enterUnlessTwin } from './mempool/twin-guard.ts';
import { type Operator, openOperator } from './operator/open.ts';
import { openHello } from './peers/hello/open.ts';
import { Names } from './peers/names.ts';
import { PROTOCOLS, TOPICS } from './peers/protocol-names.ts';
import type { Config } from './process/config.ts';
import { identityOf } from './process/identity.ts';
import { Lifecycle } from './process/lifecycle.ts';
import { createLog } from './process/log.ts';
import { type Machine, openMachine } from './process/open.ts';
import type { Rejoining } from './process/restarts.ts';
import { systemClock, systemRandom } from './process/system.ts';
import { openReplica } from './replica.ts';
import { createDoors } from './serve.ts';
import { joinIfWanted } from './sync/snapshot/join-stage.ts';
import { SnapshotServer } from './sync/snapshot/server.ts';
import { SnapshotTrigger } from './sync/snapshot/trigger.ts';

export type Library = {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** After `start`. */
  addresses(): {
    readonly api: string;
    readonly tracker: string;
    readonly metrics: string;
    readonly peers: readonly string[];
  };
  readonly chainId: string;
  readonly federation: string;
  readonly key: string;
};
type Failed = (error: unknown) => void;

/**
 * @param failed - called once when the library cannot go on (its disk, or a mistake of ours): the process must end.
 * @throws Fault("config.invalid" | "genesis.to-come" | "store.locked" | "store.failed" | "network.closed").
 */
export async function openLibrary(config: Config, failed: Failed, how: Rejoining): Promise<Library> {
  const home = openHome(config, systemRandom, systemClock.now());
  const { publicKey } = identityOf(home.seed);
  const own = home.genesis.members.find((one) => toHex(one.key) === toHex(publicKey));
  const machine = await openMachine(home.database, createLog(own?.name ?? 'library', config.logLevel));
  try {
    const { genesis, seed } = home;
    const { stopping } = how;
    const isWhole = await joinIfWanted({ ...machine, failed }, { config, genesis, seed, stopping });
    if (!isWhole || stopping.aborted) {
      throw new Fault('network.closed', 'The library was stopped before it was open.');
    }
    return await openRooms(machine, home, config, failed, how);
  } catch (error) {
    await machine.store.stop();
    throw error;
  }
}

async function openRooms(
  machine: Machine,
  { genesis, seed, ...home }: Home,
  config: Config,
  failed: Failed,
  { rejoin, stopping }: Rejoining,
): Promise<Library> {
  const { store, clock, random, log, verify, yieldToLoop } = machine;
  const identity = identityOf(seed);
  const key = identity.publicKey;
  const network = createLibp2pNetwork(
    { clock, random, log },
    {
      ...{ seed, topics: TOPICS, protocols: PROTOCOLS, members: [] },
      listen: listenAddresses(config.host, config.p2pPort),
    },
  );
  const watermark = new WatermarkFile(home.mark);
  const replica = await openReplica(
    {
      ...{ ...machine, network, identity, watermark, failed },
      ...(config.join === 'snapshot' && { lag: (peer, lag) => trigger.consider(peer, lag) }),
      accused() {},
    },
    { ...config, genesis },
  );
  const { ledger, engine, peers, submission } = replica;
  const current = () => members(ledger.head().view);
  const trigger = new SnapshotTrigger({
    ...{ store, network, verify, log, genesis, rejoin, members: current },
    blocksKeptMin: limits.blocksKeptMin,
  });
  const snapshots = new SnapshotServer({ store, ledger, clock, log });
  const pruner = new Pruner({ store, ledger, log, yieldToLoop, failed }, config);
  const history = new HistoryBuilder({ store, ledger, log, yieldToLoop, failed });
  const events = new EventFeed({ ledger, clock, yieldToLoop, failed });

  const hello = openHello(
    {
      ...{ peers, network, clock, random, log, identity, verify, chainId: ledger.chainId, members: current },
      height: () => ledger.head().header.height,
      isBehind: () => operator.isBehind(),
      refused: (code) => operator.metrics.helloRefused(code),
      twin: () => void engine.silence().catch(failed),
    },
    config,
  );
  const { greeter } = hello;
  ledger.onCommit((_, happened) => {
    if (happened.some(({ kind }) => kind === 'members-changed')) hello.membersChanged();
  });
  const operator: Operator = openOperator(
    {
      ...{ rooms: replica, greeter, store, network, clock, random, log, key },
      stock: (wanted) => content.stock.add(wanted),
      operate: (method, params) => doors.operate(method, params),
      swarms: () => content.tracker.size(),
      unfinished: () => content.resumables.size(),
      cards: () => cards.figures(),
    },
    home.folder,
  );
  const desk = openDesk({ store, clock, log }, home.folder);
  const enter = enterUnlessTwin(submission, key, () => greeter.isTwin);
  const names = new Names(ledger, key, config);
  const content: Content = openContent(
    {
      ...{
        ledger,
        events,
        names,
        store,
        network,
        clock,
        random,
        log,
        identity,
        seed,
        verify,
        enter,
        yieldToLoop,
      },
      metrics: operator.metrics,
    },
    config,
    home,
  );
  const cards: CardRoom = openCards(
    {
      ...{ ledger, events, store, clock, random, log, yieldToLoop, key, seed, enter, failed },
      codes: openInvitations({ clock, random, log }, home.folder),
      register: (reader) => encodeChecked(content.sponsor.register(reader)),
    },
    config,
  );
  const doors = createDoors(
    {
      ...{ machine, replica, operator, desk, content, cards: cards.cards },
      acquaintances: () => hello.acquaintances(),
      ...{ network, names, events, enter, failed },
    },
    config,
  );
  for (const room of [snapshots, greeter, content]) peers.serve(room.protocols);
  peers.assertWhole();

  const lifecycle = new Lifecycle(
    [
      ...machine.parts,
      { name: 'snapshots', start() {}, stop: () => snapshots.stop() },
      { name: 'history', start: () => history.start(), stop: () => history.stop() },
      { name: 'pruner', start: () => pruner.start(), stop: () => pruner.stop() },
      ...operator.early,
      ...desk.parts,
      { name: 'watermark', start() {}, stop: () => watermark.close() },
      ...content.early,
      ...cards.early,
      ...replica.parts,
      ...hello.parts,
      ...operator.parts,
      ...content.parts,
      ...cards.parts,
      ...doors.parts,
      { name: 'events', start() {}, stop: () => events.stop() },
    ],
    log,
  );
  return {
    start: () => lifecycle.start(stopping),
    stop: () => lifecycle.stop(),
    addresses: () => ({
      api: doors.api(),
      tracker: content.trackerUrl(),
      metrics: doors.metrics(),
      peers: network.addresses(),
    }),
    chainId: toHex(ledger.chainId),
    federation: genesis.name,
    key: toHex(key),
  };
}
