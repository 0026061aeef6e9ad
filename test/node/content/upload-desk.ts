/** A library of one, as far as uploads go: a real replica, archive and archivist; the store survives what a test kills. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { type Archive, createArchive } from '../../../archive/archive.ts';
import { uploadTextOf } from '../../../chain/files/upload.ts';
import type { Action } from '../../../chain/governance/action.ts';
import { signTransaction } from '../../../chain/transaction/signing.ts';
import { piecesRoot } from '../../../client/pieces-root.ts';
import { parseAddress } from '../../../core/address.ts';
import { type Bytes, equalBytes, toHex } from '../../../core/bytes.ts';
import { publicKeyOf, signText } from '../../../core/sign.ts';
import { accept, reject, type Verdict } from '../../../core/verdict.ts';
import { Archivist } from '../../../node/content/archivist.ts';
import { Holding } from '../../../node/content/holding.ts';
import { MetainfoStore } from '../../../node/content/metainfo-store.ts';
import { ReviewDesk } from '../../../node/content/review/review-desk.ts';
import { SponsoredReviews } from '../../../node/content/review/sponsored-reviews.ts';
import { Sponsor } from '../../../node/content/sponsor.ts';
import { Torrents } from '../../../node/content/torrents.ts';
import { Intakes } from '../../../node/content/uploads/intakes.ts';
import { Resumables } from '../../../node/content/uploads/resumables.ts';
import { Stock } from '../../../node/content/uploads/stock.ts';
import { UploadClerk } from '../../../node/content/uploads/upload-clerk.ts';
import { Uploads } from '../../../node/content/uploads/uploads.ts';
import { EventFeed } from '../../../node/ledger/event-feed.ts';
import { freeBytes, systemRandom } from '../../../node/process/system.ts';
import { createYield } from '../../../node/process/yield.ts';
import { hasPaid } from '../../../rpc/right.ts';
import type { Announced, Received } from '../../../rpc/upload-ports.ts';
import { seedOf } from '../../chain/world.ts';
import { EVERYBODY, ManualClock } from '../../tracker/world.ts';
import {
  type FederationOptions,
  quiet,
  registration,
  startFederation,
  type TestFederation,
  type TestReplica,
} from '../replicas.ts';

const NAME = 'ann';
const HERE = parseAddress('127.0.0.1');

export class UploadDesk {
  readonly folder = mkdtempSync(join(tmpdir(), 'digitallib-desk-'));
  /** Of the archivist and of the intakes. */
  readonly clock = new ManualClock();
  readonly #federation: TestFederation;
  /** What the clerk has said to the operator. */
  readonly warned: string[] = [];
  /** How fetches of what readers seed have ended. */
  readonly counted: string[] = [];
  /** Nothing comes onto the ledger. */
  ledgerIsFull = false;
  replica!: TestReplica;
  archive!: Archive;
  archivist!: Archivist;
  clerk!: UploadClerk;
  intakes!: Intakes;
  uploads!: Uploads;
  resumables!: Resumables;
  stock!: Stock;
  torrents!: Torrents;
  reviews!: SponsoredReviews;
  review!: ReviewDesk;
  /** Of the archive. */
  archiveBytes = 1e9;
  /** Does a librarian look at uploads? From the next start on. */
  manual = false;

  private constructor(federation: TestFederation) {
    this.#federation = federation;
  }

  static async open(
    readers: readonly string[],
    {
      manual = false,
      ...options
    }: Pick<FederationOptions, 'parameters' | 'clock'> & { manual?: boolean } = {},
  ): Promise<UploadDesk> {
    const federation = await startFederation([NAME], { authorities: 1, ...options });
    const desk = new UploadDesk(federation);
    desk.manual = manual;
    await desk.#assemble(federation.replicas[0]!);
    for (const reader of readers) {
      const registered = await desk.replica.submission.submit(registration(federation.genesis, reader, NAME));
      assert(registered.kind === 'accept');
    }
    return desk;
  }

  /** Ends without a word to anybody, and comes back with what is on its disk. */
  async killAndRestart(): Promise<void> {
    await this.#close();
    const { store, watermark } = await this.#federation.kill(NAME);
    await this.#assemble(await this.#federation.join(NAME, { store, watermark }));
  }

  async stop(): Promise<void> {
    await this.#close();
    await this.#federation.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** The bytes of `chunks`, brought by a reader under the hash of `bytes`. */
  receive(
    reader: string,
    bytes: Bytes,
    chunks: AsyncIterable<Bytes> = whole(bytes),
    name = 'a book',
  ): Promise<Verdict<Received>> {
    return this.uploads.receiveFile(chunks, this.announced(reader, bytes, name));
  }

  /** As `reader` signs it. @param expires - Unix time in seconds: size and name are signed as well. */
  announced(reader: string, bytes: Bytes, name = 'a book', expires?: number): Announced {
    const [seed, hash] = [seedOf(reader), hashOf(bytes)];
    const key = publicKeyOf(seed);
    const size = BigInt(bytes.length);
    const text = uploadTextOf(toHex(this.replica.ledger.chainId), { hash, key, size, name, expires });
    const written = expires === undefined ? undefined : { size, name };
    return { claim: { hash, key, expires, written, signature: signText(seed, text) }, name, from: HERE };
  }

  /** By the one authority that there is. */
  async decide(action: Action): Promise<void> {
    const { chainId } = this.replica.ledger;
    const seed = seedOf(NAME);
    const once = {
      nonce: systemRandom.bytes(16),
      expires: Math.floor(this.replica.ledger.head().header.time / 1_000) + 600,
    };
    const unsigned = { kind: 'propose', action, proposer: publicKeyOf(seed), ...once } as const;
    const decided = await this.replica.submission.submit(signTransaction<'propose'>(chainId, unsigned, seed));
    assert(decided.kind === 'accept', JSON.stringify(decided));
  }

  /** Lets whatever is due at this library come to its end. */
  async look(): Promise<void> {
    this.clerk.start();
    this.clock.settle();
    this.clerk.stop();
    await this.clerk.drained();
  }

  #sponsor(): Sponsor {
    const seed = seedOf(NAME);
    const { chainId } = this.replica.ledger;
    return new Sponsor({
      chainId,
      seed,
      key: publicKeyOf(seed),
      clock: this.#federation.clock,
      random: systemRandom,
    });
  }

  async #assemble(replica: TestReplica): Promise<void> {
    this.replica = replica;
    const { ledger, store, network, submission } = replica;
    const federation = ledger.genesis.name;
    const metainfos = new MetainfoStore({ store, network, clock: this.clock, federation });
    const intakes = new Intakes(
      store,
      (reader) => hasPaid(ledger.head().view, reader),
      (reader) => equalBytes(reader, publicKeyOf(seedOf(NAME))),
      this.manual,
    );
    await intakes.start();
    const announceUrls = () => [];
    const archive = createArchive(
      {
        ...{ clock: this.clock, random: systemRandom, log: quiet },
        ...{ freeBytes, announceUrls, names: () => [], ...EVERYBODY },
      },
      {
        folder: join(this.folder, 'archive'),
        bytesMax: this.archiveBytes,
        host: '127.0.0.1',
        port: 0,
        federation,
      },
    );
    await archive.start();
    const sponsor = this.#sponsor();
    const random = systemRandom;
    const holding = new Holding({ ledger, network, random, metainfos, self: sponsor.key });
    const failed = (error: unknown): void => {
      throw error;
    };
    const reviews = new SponsoredReviews({
      ...{ ledger, store, clock: this.clock, log: quiet },
      isManual: this.manual,
    });
    await reviews.load();
    const archivist = new Archivist({
      holding,
      reviews,
      ledger,
      events: new EventFeed({ ledger, clock: this.clock, yieldToLoop: createYield(), failed }),
      archive,
      metainfos,
      sponsor,
      clock: this.clock,
      log: quiet,
      replicate: false,
      enter: (checked) => submission.enter(checked),
    });
    const clerk = new UploadClerk({
      ...{
        ledger,
        archive,
        metainfos,
        intakes,
        sponsor,
        reviews,
        clock: this.clock,
        log: { ...quiet, warn: (message) => void this.warned.push(message) },
      },
      counted: (outcome) => void this.counted.push(outcome),
      enter: (checked) =>
        this.ledgerIsFull ? Promise.resolve(reject('pool.full')) : submission.enter(checked),
    });
    const issuePass = () => 'pass';
    const trackerUrl = () => 'http://127.0.0.1:1';
    const torrents = new Torrents({ ledger, metainfos, intakes, self: sponsor.key, issuePass, trackerUrl });
    this.uploads = new Uploads({ ledger, archive, intakes, clerk, sponsor, clock: this.clock });
    this.resumables = new Resumables(
      {
        ...{ store, archive, uploads: this.uploads, intakes, clock: this.clock, random, log: quiet },
        hasPaid: (reader) => hasPaid(ledger.head().view, reader),
      },
      this.archiveBytes,
    );
    await this.resumables.start();
    this.stock = new Stock({ ledger, archive, uploads: this.uploads, sponsor, log: quiet });
    this.stock.start();
    const catalogue = { search: async () => accept({ files: [], next: undefined }), ofSize: async () => [] };
    this.review = new ReviewDesk({
      ...{ catalogue, yieldToLoop: async () => {}, archive, intakes, clerk, archivist },
      sponsored: reviews,
    });
    this.review.open();
    Object.assign(this, { archive, archivist, clerk, intakes, torrents, reviews });
  }

  async #close(): Promise<void> {
    this.archivist.stop();
    this.clerk.stop();
    this.resumables.stop();
    await this.resumables.drained();
    await this.archive.stop();
    await this.archivist.drained();
    await this.clerk.drained();
  }
}

export const keyOf = (reader: string): Bytes => publicKeyOf(seedOf(reader));

export function hashOf(bytes: Bytes): Bytes {
  const root = piecesRoot(bytes);
  assert(root !== undefined);
  return root;
}

async function* whole(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}
