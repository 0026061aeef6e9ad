/** A library of one, as far as uploads go: a real replica, archive and archivist; the store survives what a test kills. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert } from 'chai';
import { uploadText } from '../../chain/texts.ts';
import { piecesRoot } from '../../client/pieces-root.ts';
import { type Bytes, toHex } from '../../core/bytes.ts';
import { publicKeyOf, signText } from '../../core/sign.ts';
import type { Verdict } from '../../core/verdict.ts';
import { Archivist } from '../../node/archivist.ts';
import { freeBytes } from '../../node/disk.ts';
import { Intakes } from '../../node/intakes.ts';
import { MetainfoStore } from '../../node/metainfo-store.ts';
import { systemRandom } from '../../node/random.ts';
import { Sponsor } from '../../node/sponsor.ts';
import { Torrents } from '../../node/torrents.ts';
import { Uploads } from '../../node/uploads.ts';
import type { Received } from '../../rpc/ports.ts';
import { type Archive, createArchive } from '../../tracker/archive/archive.ts';
import { seedOf } from '../chain/world.ts';
import { ManualClock } from '../tracker/world.ts';
import { quiet, registration, startFederation, type TestFederation, type TestReplica } from './replicas.ts';

const NAME = 'ann';

export class UploadDesk {
  readonly folder = mkdtempSync(join(tmpdir(), 'digitallib-desk-'));
  /** Of the archivist and of the intakes. */
  readonly clock = new ManualClock();
  readonly #federation: TestFederation;
  replica!: TestReplica;
  archive!: Archive;
  archivist!: Archivist;
  intakes!: Intakes;
  uploads!: Uploads;
  torrents!: Torrents;

  private constructor(federation: TestFederation) {
    this.#federation = federation;
  }

  static async open(readers: readonly string[]): Promise<UploadDesk> {
    const federation = await startFederation([NAME], { authorities: 1 });
    const desk = new UploadDesk(federation);
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
    return this.uploads.receiveFile(chunks, { hash: hashOf(bytes), name, key: keyOf(reader) });
  }

  /** Puts it on the ledger, as the API does after `receive`. */
  async announce(reader: string, received: Received): Promise<void> {
    const seed = seedOf(reader);
    const key = publicKeyOf(seed);
    const { chainId } = this.replica.ledger;
    const signature = signText(seed, uploadText(toHex(chainId), toHex(received.hash), toHex(key)));
    const upload = this.#sponsor().upload({ ...received, key, expires: undefined, signature });
    const done = await this.replica.submission.submit(upload);
    assert(done.kind === 'accept');
  }

  #sponsor(): Sponsor {
    const seed = seedOf(NAME);
    return new Sponsor(this.replica.ledger.chainId, seed, publicKeyOf(seed));
  }

  async #assemble(replica: TestReplica): Promise<void> {
    this.replica = replica;
    const { ledger, store, network, submission } = replica;
    const federation = ledger.genesis.name;
    const metainfos = new MetainfoStore({ store, network, clock: this.clock, federation });
    const intakes = new Intakes(store, this.clock);
    await intakes.start();
    const announceUrls = () => [];
    const archive = createArchive(
      { clock: this.clock, random: systemRandom, log: quiet, freeBytes, announceUrls, names: () => [] },
      { folder: join(this.folder, 'archive'), bytesMax: 1e9, host: '127.0.0.1', port: 0, federation },
    );
    await archive.start();
    const sponsor = this.#sponsor();
    const archivist = new Archivist({
      ledger,
      archive,
      metainfos,
      intakes,
      sponsor,
      clock: this.clock,
      log: quiet,
      replicate: false,
      submit: (transaction) => submission.submit(transaction),
    });
    const issuePass = () => 'pass';
    const trackerUrl = () => 'http://127.0.0.1:1';
    const torrents = new Torrents({ ledger, metainfos, intakes, self: sponsor.key, issuePass, trackerUrl });
    this.uploads = new Uploads({ ledger, archive, archivist, metainfos, intakes, torrents });
    Object.assign(this, { archive, archivist, intakes, torrents });
  }

  async #close(): Promise<void> {
    this.archivist.stop();
    await this.archive.stop();
    await this.archivist.drained();
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
