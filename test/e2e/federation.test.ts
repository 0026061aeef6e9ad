import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { toHex } from '../../core/bytes.ts';
import { announce, announceUrlsOf, withTrackers } from './fixtures/announce.ts';
import { aria2 } from './fixtures/aria2.ts';
import { eventually } from './fixtures/eventually.ts';
import { infoHashesOf } from './fixtures/info-hash.ts';
import { libtorrent } from './fixtures/libtorrent.ts';
import { plainTorrent } from './fixtures/plain-torrent.ts';
import { newReader, sameBytes, wealthyReader, writeBook } from './fixtures/reader.ts';
import { jobOf, openScene, passFor, type Scene } from './fixtures/scene.ts';
import { skipIf } from './fixtures/skip.ts';

describe('what one library knows, the others know', () => {
  let scene: Scene;
  let infoHash: string;

  before(async () => {
    scene = await openScene();
    const { book, federation } = scene;
    infoHash = toHex(infoHashesOf(book, federation.homes.genesis.name)[0]!);
  });
  after(async () => await scene?.stop());

  it('right.missing before, welcome after: what is bought at library 4 opens the tracker of library 1 with its block', async () => {
    const { federation, folder, book } = scene;
    const reader = await wealthyReader(federation.at(4), folder, book.bytes.length);
    const soon = Math.floor(Date.now() / 1_000) + 3_600;
    const pass = passFor(federation, federation.home(4).seed, reader, book, soon);
    const url = `http://127.0.0.1:${federation.home(1).trackerPort}/announce/${pass}`;
    expect((await announce(url, infoHash)).failure).to.include('(right.missing)');
    await federation.at(4).download(reader, book.hash);
    const { height } = await federation.at(4).status();
    await eventually(`block ${height} at library 1`, async () => {
      return (await federation.at(1).status()).height >= height;
    });
    expect((await announce(url, infoHash)).failure).to.equal(undefined);
  });

  it('shows the archive of library 2 to a reader who announces at the tracker of library 3 only', async () => {
    const { federation, folder, book } = scene;
    const reader = await wealthyReader(federation.at(3), folder, book.bytes.length);
    const torrent = await federation.at(3).download(reader, book.hash);
    const url = trackerOf(torrent.bytes, federation.home(3).trackerPort);
    const peers = await eventually('a peer', async () => {
      const { failure, peers } = await announce(url, infoHash, { event: '', peerId: '-XX0001-aaaaaaaaaaaa' });
      expect(failure).to.equal(undefined);
      return peers.length > 0 && peers;
    });
    expect(peers).to.have.length(1);
    expect(await federation.at(3).file(book.hash)).to.deep.include({ seeders: 1, leechers: 1 });
  });

  it('member.elsewhere: the pass of an archive that was seen on the wire opens no tracker from another address', async () => {
    const { federation, folder, book } = scene;
    const reader = await wealthyReader(federation.at(3), folder, book.bytes.length);
    const torrent = await federation.at(3).download(reader, book.hash);
    const url = trackerOf(torrent.bytes, federation.home(3).trackerPort);
    const asked = { event: '', peerId: '-XX0001-bbbbbbbbbbbb', from: '127.0.0.5' };
    const shown = () => announce(url, infoHash, asked).then(({ peers }) => peers);
    const before = await eventually('the archive', async () => {
      const peers = await shown();
      return peers.length > 0 && peers;
    });
    const soon = Math.floor(Date.now() / 1_000) + 3_600;
    const { seed, key } = federation.home(2);
    const seen = passFor(federation, seed, { key }, book, soon);
    for (const { trackerPort } of federation.homes.libraries) {
      for (const event of ['started', 'stopped', '']) {
        const stolen = `http://127.0.0.1:${trackerPort}/announce/${seen}`;
        const told = await announce(stolen, infoHash, { from: '127.0.0.77', port: 7_777, left: 0, event });
        expect(told.failure).to.include('(member.elsewhere)');
        expect(told.peers).to.deep.equal([]);
      }
    }
    const after = await shown();
    expect(after)
      .to.include.members([...before])
      .and.not.to.include('127.0.0.77:7777');
  });

  for (const client of [libtorrent, aria2]) {
    describe(client.name, () => {
      before(function () {
        skipIf(this, client.missing());
      });

      it('downloads from the archive of library 2, told of the tracker of library 4 alone', async () => {
        const { federation, folder, book } = scene;
        const reader = await wealthyReader(federation.at(4), folder, book.bytes.length);
        const { bytes } = await federation.at(4).download(reader, book.hash);
        const alone = withTrackers(bytes, [trackerOf(bytes, federation.home(4).trackerPort)]);
        const job = await jobOf(scene, `${client.name}-alone`, alone);
        const session = await client.leech(job);
        try {
          await session.completed();
        } finally {
          await session.stop();
        }
        expect(await sameBytes(join(job.folder, book.name), book)).to.equal(true);
      });

      it('seeds an upload: library 3 fetches it, attests it, and the reader gets the tokens', async () => {
        const { federation, folder } = scene;
        const library = federation.at(3);
        const reader = await newReader(library);
        const own = await writeBook(folder, `Sown with ${client.name}.bin`, 5_000_001);
        const { torrent } = await library.uploadTorrent(reader, own.hash, plainTorrent(own));
        expect((await library.account(reader)).tokens).to.equal(0n);
        const job = await jobOf(scene, `${client.name}-seeds`, torrent!.bytes);
        copyFileSync(own.path, join(job.folder, own.name));
        const session = await client.seed(job);
        try {
          await eventually('the tokens', async () => (await library.account(reader)).tokens > 0n);
        } finally {
          await session.stop();
        }
        expect((await library.account(reader)).tokens).to.equal(5_000_001n);
        expect((await library.file(own.hash)).filename).to.equal(own.name);
      });
    });
  }

  function trackerOf(torrent: Uint8Array, port: number): string {
    return announceUrlsOf(torrent).find((url) => new URL(url).port === String(port))!;
  }
});
