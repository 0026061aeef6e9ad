/**
 * The books of a library: what it keeps (archive), who may meet in their swarms (tracker), what is brought to it, what it
 * fetches from others, and how they are found (catalogue).
 */
import { createArchive } from '../../archive/archive.ts';
import { type Catalogue, openCatalogue } from '../../catalogue/catalogue.ts';
import { file, member, pendingUploads } from '../../chain/queries.ts';
import type { CheckedTransaction } from '../../chain/transaction/signing.ts';
import { equalBytes } from '../../core/bytes.ts';
import type { Clock, Log, Random, Store } from '../../core/ports.ts';
import type { Seed32 } from '../../core/scalars.ts';
import { signingHash } from '../../core/sign.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { VerifySignature } from '../../light/trusted.ts';
import type { Libp2pNetwork } from '../../network/libp2p-network.ts';
import { hasPaid } from '../../rpc/right.ts';
import type { TrackerMetrics } from '../../tracker/ports.ts';
import { createTracker, type Tracker } from '../../tracker/tracker.ts';
import type { EventFeed } from '../ledger/event-feed.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { MemberPlaces } from '../peers/member-places.ts';
import type { Names } from '../peers/names.ts';
import type { Protocol } from '../peers/protocol.ts';
import { bracketed, type Config, isLoopback } from '../process/config.ts';
import type { Identity } from '../process/identity.ts';
import type { Part } from '../process/lifecycle.ts';
import { freeBytes } from '../process/system.ts';
import { Archivist } from './archivist.ts';
import { CatalogueFeed } from './catalogue-feed.ts';
import { Holding } from './holding.ts';
import { MetainfoStore } from './metainfo-store.ts';
import { ReviewDesk } from './review/review-desk.ts';
import { SponsoredReviews } from './review/sponsored-reviews.ts';
import { createRights } from './rights.ts';
import { Sponsor } from './sponsor.ts';
import { Torrents } from './torrents.ts';
import { Intakes } from './uploads/intakes.ts';
import { Resumables } from './uploads/resumables.ts';
import { Stock } from './uploads/stock.ts';
import { UploadClerk } from './uploads/upload-clerk.ts';
import { Uploads } from './uploads/uploads.ts';
import { Wants } from './wants.ts';

type Ports = {
  readonly ledger: Ledger;
  readonly events: EventFeed;
  readonly names: Names;
  readonly store: Store;
  readonly network: Libp2pNetwork;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly identity: Identity;
  readonly seed: Seed32;
  readonly verify: VerifySignature;
  readonly metrics: { readonly tracker: TrackerMetrics; broughtEnded(outcome: string): void };
  yieldToLoop(): Promise<void>;
  enter(checked: CheckedTransaction): Promise<Verdict<unknown>>;
};
/** Where the books lie. */
type Folders = { readonly archive: string; readonly catalogue: string };

export type Content = {
  readonly torrents: Torrents;
  readonly uploads: Uploads;
  readonly resumables: Resumables;
  readonly catalogue: Catalogue;
  readonly tracker: Tracker;
  readonly sponsor: Sponsor;
  readonly stock: Stock;
  readonly review: ReviewDesk;
  /** Our own tracker as readers reach it; after its start. */
  trackerUrl(): string;
  readonly protocols: readonly Protocol[];
  /** Before the library meets others: what they ask for must be at hand; and it stops when nobody brings anything any more. */
  readonly early: readonly Part[];
  /** In the order in which they start. */
  readonly parts: readonly Part[];
};

export function openContent(ports: Ports, config: Config, folders: Folders): Content {
  const {
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
    metrics,
    yieldToLoop,
    enter,
  } = ports;
  const { chainId, genesis } = ledger;
  const federation = genesis.name;
  const key = identity.publicKey;
  const metainfos = new MetainfoStore({ store, network, clock, federation });
  const sponsor = new Sponsor({ chainId, seed, key, clock, random });
  const holding = new Holding({ ledger, network, random, metainfos, self: key });
  const intakes = new Intakes(
    store,
    (reader) => hasPaid(ledger.head().view, reader),
    (reader) => equalBytes(reader, key),
    config.review === 'manual',
  );

  const places = new MemberPlaces({
    ...{ ledger, clock, self: key },
    isConnectedAt: (peer, address) => network.isAt(peer, address),
  });
  const tracker = createTracker(
    {
      ...{ names, clock, log, metrics: metrics.tracker },
      rights: createRights(ledger, intakes, places, key),
      identity: { key, sign: (text) => identity.sign(signingHash(text)) },
    },
    { chainId, host: config.host, port: config.trackerPort, trustedProxies: config.trustedProxies },
  );
  const trackerUrl = (): string => {
    const local = `http://${bracketed(config.host)}:${tracker.port()}`;
    if (config.trackerUrl !== undefined || isLoopback(config.host)) return config.trackerUrl ?? local;
    return member(ledger.head().view, key)?.tracker || local;
  };
  const torrents = new Torrents({
    ...{ ledger, metainfos, intakes, self: key, trackerUrl },
    issuePass: (subject, hash) => tracker.issuePass(subject, hash),
  });

  const archive = createArchive(
    {
      ...{ clock, random, log, freeBytes, presence: tracker.presence },
      trackers: () => torrents.trackers(),
      announceUrls: (hash) => torrents.announceUrls(hash, key),
      names(hash) {
        const { view, header } = ledger.head();
        const pending = pendingUploads(view, hash, header.time).map(({ name }) => name);
        return [...pending, ...[file(view, hash)?.name ?? []].flat()];
      },
    },
    {
      ...{ folder: folders.archive, federation, bytesMax: config.archiveBytesMax },
      ...{ host: config.host, port: config.torrentPort },
    },
  );
  const wants = new Wants({
    ...{ archive, network, clock, verify, chainId, identity },
    isMember: (other) => member(ledger.head().view, other) !== undefined,
  });
  const reviews = new SponsoredReviews({ ledger, store, clock, log, isManual: config.review === 'manual' });
  const archivist = new Archivist({
    ...{ ledger, events, archive, metainfos, holding, sponsor, reviews, clock, log, enter },
    replicate: config.replicate,
  });
  const clerk = new UploadClerk({
    ...{ ledger, archive, metainfos, intakes, sponsor, reviews, clock, log, enter },
    counted: (outcome) => metrics.broughtEnded(outcome),
  });
  tracker.onWanted((want) => wants.wanted(want));
  tracker.onSeeded((seeding) => clerk.seeded(seeding));
  // Whatever else ends a right ends what is open a second later.
  ledger.onCommit((_, happened) => {
    for (const event of happened) {
      if (event.kind === 'members-changed') archive.recheck();
      if (event.kind !== 'taken-down' && event.kind !== 'reset') continue;
      tracker.takenDown(event.hash);
      archive.recheck(event.hash);
    }
  });
  const catalogue = openCatalogue(folders.catalogue, { log, clock });
  const feed = new CatalogueFeed({ ledger, events, catalogue, log });
  const review = new ReviewDesk({
    ...{ catalogue, yieldToLoop, archive, intakes, clerk, archivist },
    sponsored: reviews,
  });

  const uploads = new Uploads({ ledger, archive, intakes, clerk, sponsor, clock });
  const resumables = new Resumables(
    {
      ...{ store, archive, uploads, intakes, clock, random, log },
      hasPaid: (reader) => hasPaid(ledger.head().view, reader),
    },
    config.archiveBytesMax,
  );
  const stock = new Stock({ ledger, archive, uploads, sponsor, log });

  return {
    ...{ torrents, uploads, resumables, catalogue, tracker, sponsor, stock, review, trackerUrl },
    protocols: [...holding.protocols, ...wants.protocols],
    early: [
      { name: 'catalogue', start: () => feed.start(), stop: () => feed.stop() },
      { name: 'archivist tasks', start() {}, stop: () => archivist.drained() },
      { name: 'stock under way', start() {}, stop: () => stock.drained() },
      { name: 'resumed uploads under way', start() {}, stop: () => resumables.drained() },
      { name: 'reviews', start: () => reviews.load(), stop: () => reviews.drained() },
      { name: 'uploads under way', start: () => intakes.start(), stop: () => clerk.drained() },
    ],
    parts: [
      { name: 'archive', start: () => archive.start(), stop: () => archive.stop() },
      { name: 'tracker', start: () => tracker.start(), stop: () => tracker.stop() },
      { name: 'archivist', start: () => archivist.start(), stop: () => archivist.stop() },
      { name: 'upload clerk', start: () => clerk.start(), stop: () => clerk.stop() },
      { name: 'resumed uploads', start: () => resumables.start(), stop: () => resumables.stop() },
      { name: 'stock', start: () => stock.start(), stop: () => stock.stop() },
      {
        name: 'review',
        start() {
          reviews.start((hash) => clerk.dropUnneeded(hash));
          review.open();
        },
        stop: () => reviews.stop(),
      },
    ],
  };
}
