import { join } from 'node:path';
import { expect } from 'chai';
import { type LibtorrentSession, libtorrent, startLibtorrent } from './fixtures/libtorrent.ts';
import { sameBytes, wealthyReader } from './fixtures/reader.ts';
import { jobOf, openScene, type Scene } from './fixtures/scene.ts';
import { skipIf } from './fixtures/skip.ts';

/** Slow enough that the library dies in the middle of the download. */
const BYTES_PER_SECOND = 5_000_000;

describe('the only library that holds a file is killed in the middle of a download', () => {
  let scene: Scene;
  let download: LibtorrentSession | undefined;

  before(async function () {
    skipIf(this, libtorrent.missing());
    scene = await openScene();
  });
  after(async () => {
    await download?.stop();
    await scene?.stop();
  });

  it('comes back, looks for those whom it was serving, and the download ends', async () => {
    const { federation, folder, book } = scene;
    const reader = await wealthyReader(federation.at(4), folder, book.bytes.length);
    const torrent = await federation.at(4).download(reader, book.hash);
    const job = await jobOf(scene, 'interrupted', torrent.bytes);
    download = await startLibtorrent(job, BYTES_PER_SECOND);
    await download.begun();
    await federation.process(2).kill();
    await federation.restart(2);
    await download.completed();
    expect(await sameBytes(join(job.folder, book.name), book)).to.equal(true);
  });
});
