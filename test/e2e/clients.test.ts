import { expect } from 'chai';
import type { TorrentFormat } from '../../client/proved.ts';
import { announce, announceUrlsOf } from './fixtures/announce.ts';
import { aria2 } from './fixtures/aria2.ts';
import type { BitTorrentClient } from './fixtures/bittorrent-client.ts';
import { infoHashOf } from './fixtures/info-hash.ts';
import { libtorrent } from './fixtures/libtorrent.ts';
import { qbittorrent } from './fixtures/qbittorrent.ts';
import {
  buysAndDownloads,
  isRefused,
  openScene,
  type Refusal,
  type Scene,
  worthlessTorrents,
} from './fixtures/scene.ts';
import { skipIf } from './fixtures/skip.ts';

const CLIENTS: readonly (readonly [BitTorrentClient, readonly TorrentFormat[]])[] = [
  [libtorrent, ['v1', 'hybrid', 'v2']],
  [qbittorrent, ['v1']],
  [aria2, ['v1']],
];
/** In the order of `worthlessTorrents`. */
const REFUSALS = ['right.missing', 'pass.expired', 'pass.other-file', 'pass.forged', 'pass.malformed'];

describe('BitTorrent clients that nobody here wrote, at four libraries', () => {
  let scene: Scene;
  let refusals: readonly Refusal[];

  before(async () => {
    scene = await openScene();
    refusals = await worthlessTorrents(scene);
  });
  after(async () => await scene?.stop());

  for (const code of REFUSALS) {
    it(`${code}: the tracker of every library refuses such a torrent with that reason, and shows no peer`, async () => {
      const { torrent } = refusals.find((one) => one.code === code)!;
      const urls = announceUrlsOf(torrent);
      expect(urls).to.have.length(4);
      expect(new Set(urls.map((url) => new URL(url).port))).to.have.property('size', 4);
      for (const url of urls) {
        const { failure, peers } = await announce(url, infoHashOf(torrent));
        expect(failure).to.include(`(${code})`);
        expect(peers).to.deep.equal([]);
      }
    });
  }

  it('pass.missing: the tracker of every library serves nobody without a pass', async () => {
    const infoHash = infoHashOf(refusals[0]!.torrent);
    for (const { trackerPort } of scene.federation.homes.libraries) {
      const { failure, peers } = await announce(`http://127.0.0.1:${trackerPort}/announce`, infoHash);
      expect(failure).to.include('(pass.missing)');
      expect(peers).to.deep.equal([]);
    }
  });

  for (const [client, formats] of CLIENTS) {
    describe(client.name, () => {
      before(function () {
        skipIf(this, client.missing());
      });

      for (const format of formats) {
        it(`downloads a bought file as ${format}: announced at library 4, held by library 2`, async () => {
          await buysAndDownloads(scene, client, format);
        });
      }

      for (const code of REFUSALS) {
        it(`is told ${code}, and downloads nothing`, async () => {
          await isRefused(scene, client, refusals.find((one) => one.code === code)!);
        });
      }
    });
  }
});
