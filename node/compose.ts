/**
 * The whole wiring of a library: every part is made here, once, and handed what it needs. Holds no rule and no
 * loop. What runs in the simulator as well is assembled in replica.ts.
 */
import { createArchive } from '../archive/archive.ts';
import { openCatalogue } from '../catalogue/catalogue.ts';
import { childEpoch } from '../chain/block/block.ts';
import { childVersion } from '../chain/block/version.ts';
import { file, member, members, pendingUploads } from '../chain/queries.ts';
import { toHex } from '../core/bytes.ts';
import { Fault } from '../core/fault.ts';
import { limits } from '../core/limits.ts';
import type { MemberAddress } from '../core/ports.ts';
import type { Hash32 } from '../core/scalars.ts';
import { signingHash } from '../core/sign.ts';
import type { VerifySignature } from '../light/trusted.ts';
import { createLibp2pNetwork } from '../network/libp2p-network.ts';
import { listenAddresses } from '../network/listen-addresses.ts';
import { createMetricsServer } from '../rpc/metrics-server.ts';
import { hasPaid } from '../rpc/right.ts';
import { createRpcServer } from '../rpc/server.ts';
import { openLevelStore } from '../store/level.ts';
import { createTracker } from '../tracker/tracker.ts';
import { createCompany } from './company.ts';
import { Archivist } from './content/archivist.ts';
import { CatalogueFeed } from './content/catalogue-feed.ts';
import { Holding } from './content/holding.ts';
import { MetainfoStore } from './content/metainfo-store.ts';
import { createRights } from './content/rights.ts';
import { Sponsor } from './content/sponsor.ts';
import { Torrents } from './content/torrents.ts';
import { Intakes } from './content/uploads/intakes.ts';
import { UploadClerk } from './content/uploads/upload-clerk.ts';
import { Uploads } from './content/uploads/uploads.ts';
import { Wants } from './content/wants.ts';
import { WatermarkFile } from './engine/amnesia/watermark-file.ts';
import type { Role } from './engine/role.ts';
import { openHome } from './home/home.ts';
import { EventFeed } from './ledger/event-feed.ts';
import { Proofs } from './ledger/proofs.ts';
import { Pruner } from './ledger/prune.ts';
import { AdminSocket } from './operator/admin-socket.ts';
import { Metrics } from './operator/metrics.ts';
import { ReaderCodes } from './operator/reader-codes.ts';
import { MemberPlaces } from './peers/member-places.ts';
import { Names } from './peers/names.ts';
import { PROTOCOLS, TOPICS } from './peers/protocol-names.ts';
import { createBreath } from './process/breath.ts';
import { type Config, isLoopback } from './process/config.ts';
import { identityOf } from './process/identity.ts';
import { Lifecycle } from './process/lifecycle.ts';
import { createLog } from './process/log.ts';
import type { Rejoining } from './process/rounds.ts';
import { systemClock as clock, freeBytes, systemRandom as random } from './process/system.ts';
import { createVerifier } from './process/verifier.ts';
import { VERSION } from './process/version.ts';
import { openReplica } from './replica.ts';
import { joinIfWanted } from './sync/snapshot/join-stage.ts';
import { SnapshotServer } from './sync/snapshot/server.ts';
import { SnapshotWish } from './sync/snapshot/wish.ts';

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

/**
 * @param failed - called once when the library cannot go on (its disk, or a mistake of ours): the process must end.
 * @throws Fault("config.invalid" | "genesis.to-come" | "store.locked" | "store.failed" | "network.closed").
 */
export async function openLibrary(
  config: Config,
  failed: (error: unknown) => void,
  { rejoin, stopping }: Rejoining,
): Promise<Library> {
  const home = openHome(config, random, clock.now());
  const { genesis, seed } = home;
  const identity = identityOf(seed);
  const { publicKey: key, sign } = identity;
  const federation = genesis.name;
  const log = createLog(
    genesis.members.find((one) => toHex(one.key) === toHex(key))?.name ?? 'library',
    config.logLevel,
  );

  const store = openLevelStore(home.database, log);
  await store.start();
  try {
    const verifier = createVerifier();
    const verify: VerifySignature = (publicKey, hash, signature) =>
      verifier.verifyNow(publicKey, hash, signature);
    const joinPorts = { store, clock, random, log, verify, failed };
    const isWhole = await joinIfWanted(joinPorts, { config, genesis, seed, stopping });
    if (!isWhole || stopping.aborted) {
      throw new Fault('network.closed', 'The library was stopped before it was open.');
    }
    const network = createLibp2pNetwork(
      { clock, random, log },
      {
        seed,
        listen: listenAddresses(config.host, config.p2pPort),
        topics: TOPICS,
        protocols: PROTOCOLS,
        members: [],
      },
    );
    const watermark = new WatermarkFile(home.mark);
    const breathe = createBreath();
    const metainfos = new MetainfoStore({ store, network, clock, federation });
    const replica = await openReplica(
      {
        store,
        network,
        clock,
        random,
        log,
        verifier,
        identity,
        ...(config.join === 'snapshot' && { lag: (peer, lag) => wish.consider(peer, lag) }),
        accused() {},
        watermark,
        breathe,
        failed,
      },
      {
        genesis,
        deltaMs: config.deltaMs,
        statesKept: config.statesKept,
        peers: config.peers,
        signAfterAmnesia: config.signAfterAmnesia,
        checkpoint: config.checkpoint,
      },
    );
    const { ledger, pool, engine, sync } = replica;
    const { chainId } = ledger;
    const snapshots = new SnapshotServer({ store, ledger, clock, log });
    const latest = (): readonly MemberAddress[] => members(ledger.head().view);
    const wish = new SnapshotWish({
      store,
      network,
      verify,
      log,
      genesis,
      members: latest,
      rejoin,
      blocksKeptMin: limits.blocksKeptMin,
    });
    const pruner = new Pruner({ store, ledger, log, failed }, config);
    const readerCodes = new ReaderCodes({ clock, random }, home.folder);
    const admin = new AdminSocket({ store, log, readerCodes }, home.folder);
    const company = createCompany({
      ...{ replica, network, clock, random, log, verify, failed },
      identity,
      flags: config,
      folder: home.folder,
      refused: (code) => metrics.helloRefused(code),
    });
    const { greeter, readiness, waits, role, enter } = company;

    const sponsor = new Sponsor({ chainId, seed, key, clock, random });
    const holding = new Holding({ ledger, network, random, metainfos, self: key });
    const intakes = new Intakes(store, (reader) => hasPaid(ledger.head().view, reader));
    const metrics = new Metrics({
      height: () => ledger.head().header.height,
      view: () => engine.status().view,
      behind: () => sync.behind,
      peers: () => network.peers().length,
      poolTransactions: () => pool.size,
      poolBytes: () => pool.bytes,
      swarms: () => tracker.size().swarms,
      swarmPeers: () => tracker.size().peers,
      sound: () => Number(!UNSOUND.includes(role())),
      twin: () => Number(greeter.isTwin),
      unready: () => readiness.reasons(),
      waits: () => waits.list().map(({ reason }) => reason),
      evidence: () => replica.evidence.list().length,
      lastBlockAgeSeconds: () => (clock.now() - ledger.head().header.time) / 1_000,
    });
    ledger.onCommit(({ transactions }) => metrics.committed(transactions.map((one) => one.transaction.kind)));

    const places = new MemberPlaces({
      ...{ ledger, clock, self: key },
      isConnectedAt: (peer, address) => network.isAt(peer, address),
    });
    const names = new Names(ledger, key, config);
    const tracker = createTracker(
      {
        rights: createRights(ledger, intakes, places, key),
        identity: { key, sign: (text) => sign(signingHash(text)) },
        names,
        clock,
        log,
        metrics: metrics.tracker,
      },
      { chainId, host: config.host, port: config.trackerPort, trustedProxies: config.trustedProxies },
    );
    const trackerUrl = (): string => {
      const local = `http://${bracketed(config.host)}:${tracker.port()}`;
      if (config.trackerUrl !== undefined || isLoopback(config.host)) return config.trackerUrl ?? local;
      return member(ledger.head().view, key)?.tracker || local;
    };
    const issuePass = (subject: Uint8Array, hash: Hash32): string => tracker.issuePass(subject, hash);
    const torrents = new Torrents({ ledger, metainfos, intakes, self: key, issuePass, trackerUrl });
    const archive = createArchive(
      {
        clock,
        random,
        log,
        freeBytes,
        presence: tracker.presence,
        trackers: () => torrents.trackers(),
        announceUrls: (hash) => torrents.announceUrls(hash, key),
        names(hash) {
          const { view, header } = ledger.head();
          const pending = pendingUploads(view, hash, header.time).map(({ name }) => name);
          return [...pending, ...[file(view, hash)?.name ?? []].flat()];
        },
      },
      {
        folder: home.archive,
        bytesMax: config.archiveBytesMax,
        host: config.host,
        port: config.torrentPort,
        federation,
      },
    );
    const wants = new Wants({
      ...{ archive, network, clock, verify, chainId: ledger.chainId },
      identity,
      isMember: (other) => member(ledger.head().view, other) !== undefined,
    });
    tracker.onWanted((want) => wants.wanted(want));
    tracker.onSeeded((seeding) => clerk.seeded(seeding));
    // Whatever else ends a right ends what is open a second later.
    ledger.onCommit((_, events) => {
      for (const event of events) {
        if (event.kind === 'members-changed') archive.recheck();
        if (event.kind !== 'taken-down' && event.kind !== 'reset') continue;
        tracker.takenDown(event.hash);
        archive.recheck(event.hash);
      }
    });
    const events = new EventFeed({ ledger, clock, breathe, failed });
    const archivist = new Archivist({
      ledger,
      events,
      archive,
      metainfos,
      holding,
      sponsor,
      clock,
      log,
      replicate: config.replicate,
      enter,
    });
    const clerk = new UploadClerk({
      ...{ ledger, archive, metainfos, intakes, sponsor, clock, log },
      counted: (outcome) => metrics.broughtEnded(outcome),
      enter,
    });

    const catalogue = openCatalogue(home.catalogue, { log, clock });
    const feed = new CatalogueFeed({ ledger, events, catalogue, log });
    const rpc = createRpcServer(
      {
        ledger: {
          chainId,
          genesisName: federation,
          head: () => {
            const head = ledger.head();
            const { header, hash } = head;
            return { ...header, hash, epoch: childEpoch(header), rules: childVersion(head) };
          },
          view: () => ledger.head().view,
          submit: enter,
        },
        sponsor,
        signatures: verifier,
        readerCodes,
        torrents,
        archive: new Uploads({ ledger, archive, intakes, clerk, sponsor, clock }),
        catalogue,
        swarms: tracker,
        names,
        proofs: new Proofs({ ledger, store, clock, breathe }),
        node: {
          version: VERSION,
          peers: () => network.peers().length,
          ready: () => readiness.reasons().length === 0,
          lacksBlocks: () => readiness.reasons().includes('blocks-missing'),
          closed: () => replica.checkpoint.ahead !== undefined,
          unready: () => readiness.reasons(),
          waits: () => waits.list(),
          role,
          evidence: () => replica.evidence.list(),
        },
        clock,
        log,
        breathe,
        fail: failed,
      },
      {
        host: config.host,
        port: config.httpPort,
        registration: config.registration,
        requireExpires: config.requireExpires,
        trustedProxies: config.trustedProxies,
      },
    );

    const metricsServer = createMetricsServer(
      { metrics: () => metrics.text(), clock, log, fail: failed },
      config.metricsPort,
    );

    for (const room of [snapshots, greeter, holding, wants]) replica.peers.serve(room.protocols);
    replica.peers.assertWhole();

    const lifecycle = new Lifecycle(
      [
        { name: 'store', start() {}, stop: () => store.stop() },
        { name: 'verifier', start() {}, stop: () => verifier.stop() },
        { name: 'snapshots', start() {}, stop: () => snapshots.stop() },
        { name: 'pruner', start: () => pruner.start(), stop: () => pruner.stop() },
        { name: 'admin socket', start: () => admin.start(), stop: () => admin.stop() },
        { name: 'watermark', start() {}, stop: () => watermark.close() },
        { name: 'catalogue', start: () => feed.start(), stop: () => feed.stop() },
        { name: 'archivist tasks', start() {}, stop: () => archivist.drained() },
        { name: 'uploads under way', start: () => intakes.start(), stop: () => clerk.drained() },
        ...replica.parts,
        ...company.parts,
        { name: 'archive', start: () => archive.start(), stop: () => archive.stop() },
        { name: 'tracker', start: () => tracker.start(), stop: () => tracker.stop() },
        { name: 'archivist', start: () => archivist.start(), stop: () => archivist.stop() },
        { name: 'metrics', start: () => metricsServer.start(), stop: () => metricsServer.stop() },
        { name: 'upload clerk', start: () => clerk.start(), stop: () => clerk.stop() },
        { name: 'rpc', start: () => rpc.start(), stop: () => rpc.stop() },
        { name: 'events', start() {}, stop: () => events.stop() },
      ],
      log,
    );
    return {
      start: () => lifecycle.start(stopping),
      stop: () => lifecycle.stop(),
      addresses: () => ({
        api: `http://${bracketed(rpc.address().host)}:${rpc.address().port}`,
        tracker: trackerUrl(),
        metrics: `http://127.0.0.1:${metricsServer.port()}/metrics`,
        peers: network.addresses(),
      }),
      chainId: toHex(chainId),
      federation,
      key: toHex(key),
    };
  } catch (error) {
    await store.stop();
    throw error;
  }
}

/** Roles in which something is wrong with this node itself. */
const UNSOUND: readonly Role[] = ['amnesic', 'outdated', 'twin'];

/** An address as it stands in a URL (RFC 3986: IPv6 in brackets). */
function bracketed(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
