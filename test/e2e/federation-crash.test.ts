import { join } from 'node:path';
import { expect } from 'chai';
import { announce, announceUrlsOf } from './fixtures/announce.ts';
import type { Session } from './fixtures/bittorrent-client.ts';
import { Custom } from './fixtures/custom.ts';
import { eventually } from './fixtures/eventually.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { type LedgerOnDisk, readLedger } from './fixtures/ledger-on-disk.ts';
import { libtorrent, startLibtorrent } from './fixtures/libtorrent.ts';
import { available, sameBytes, wealthyReader } from './fixtures/reader.ts';
import { jobOf, openScene, type Scene } from './fixtures/scene.ts';

/** Slow enough that the library dies in the middle of the download. */
const BYTES_PER_SECOND = 4_000_000;

describe('one of four libraries is killed during purchases and a download', () => {
  let scene: Scene;
  let download: Session | undefined;

  before(async () => {
    scene = await openScene();
  });
  after(async () => {
    await download?.stop();
    await scene?.stop();
  });

  it('the others go on; it comes back, catches up and serves; all four agree at every height', async () => {
    const { federation, folder, book } = scene;
    const reader = await wealthyReader(federation.at(4), folder, 3 * book.bytes.length);
    const torrent = await federation.at(4).download(reader, book.hash);
    const job = await jobOf(scene, 'during', torrent.bytes);
    if (libtorrent.missing() === undefined) download = await startLibtorrent(job, BYTES_PER_SECOND);

    await federation.settled(4);
    const custom = new Custom(reader);
    const { purchases } = custom.acknowledged;
    for (const number of [1, 2, 4]) custom.open(federation.at(number), 2);
    await eventually('the first purchases', () => purchases.length >= 6);
    await federation.process(3).kill();
    const atDeath = purchases.length;
    await eventually('purchases without library 3', () => purchases.length >= atDeath + 12);
    await federation.restart(3);
    await eventually('purchases with library 3', () => purchases.length >= atDeath + 24);
    await custom.close();

    const { height } = await federation.at(1).status();
    await eventually('library 3 to catch up', async () => (await federation.at(3).status()).height >= height);
    for (const { hash } of custom.acknowledged.uploads) await available(federation.at(3), hash);
    const again = await federation.at(3).download(reader, purchases[0]!);
    const own = announceUrlsOf(again.bytes)[0]!;
    expect(new URL(own).port).to.equal(String(federation.home(3).trackerPort));
    await eventually('a peer from library 3', async () => {
      const { failure, peers } = await announce(own, infoHashOf(again.bytes), {
        peerId: '-XX0001-bbbbbbbbbbbb',
      });
      expect(failure).to.equal(undefined);
      return peers.length > 0;
    });

    if (download !== undefined) {
      await download.completed();
      expect(await sameBytes(join(job.folder, book.name), book)).to.equal(true);
    }
    await federation.settled(3);
    await federation.stopProcesses();
    const ledgers = await Promise.all(federation.homes.libraries.map(({ home }) => readLedger(home)));
    agree(ledgers, height);
    for (const { accounts } of ledgers) {
      for (const key of custom.acknowledged.registers) expect(accounts.has(key)).to.equal(true);
      const { downloaded } = accounts.get(reader.publicKey)!;
      expect(Number(downloaded)).to.be.at.least(book.bytes.length + 512 * purchases.length);
    }
  });
});

/** Block by block, and in every balance where they stand at the same height. @param height - all have it. */
function agree(ledgers: readonly LedgerOnDisk[], height: number): void {
  const [first, ...others] = ledgers;
  for (const { accounts, supply } of ledgers) {
    const sum = [...accounts.values()].reduce((all, one) => all + one.tokens + one.locked, 0n);
    expect(sum).to.equal(supply);
  }
  for (const other of others) {
    const shared = Math.min(first!.blocks.length, other.blocks.length);
    expect(shared).to.be.above(height);
    expect(other.blocks.slice(0, shared)).to.deep.equal(first!.blocks.slice(0, shared));
    if (first!.blocks.length === other.blocks.length) {
      expect([...other.accounts]).to.deep.equal([...first!.accounts]);
    }
  }
}
