/** Our torrents, tracker and archive against libtorrent (qBittorrent, Deluge), in every format. Skipped where it is absent. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, expect } from 'chai';
import { createArchive } from '../../archive/archive.ts';
import { toHex } from '../../core/bytes.ts';
import { freeBytes } from '../../node/process/system.ts';
import { announceUrl } from '../../torrent/announce-url.ts';
import { buildTorrent } from '../../torrent/build.ts';
import { type Format, infoHashes, infoHashV1 } from '../../torrent/metainfo.ts';
import type { Seeding } from '../../torrent/peers.ts';
import { PieceHasher } from '../../torrent/piece-hasher.ts';
import { pieceLengthOf } from '../../torrent/piece-tree.ts';
import { createTracker } from '../../tracker/tracker.ts';
import {
  CHAIN_ID,
  identity,
  LogInMemory,
  ManualClock,
  NO_NAMES,
  RandomInMemory,
  RightsInMemory,
  vectorBytes,
} from '../tracker/world.ts';

const PYTHON = '/usr/bin/python3';
const FEDERATION = 'Vector Libraries';
/** Not a whole number of pieces: v2 swarms are asked for the rest of the last one, too. */
const BYTES = vectorBytes(300_001);

const CLIENT = `
import libtorrent as lt, sys
session = lt.session({'listen_interfaces': '127.0.0.1:0', 'enable_dht': False, 'enable_lsd': False,
  'enable_upnp': False, 'enable_natpmp': False, 'allow_multiple_connections_per_ip': True,
  'enable_outgoing_utp': False, 'min_announce_interval': 5, 'alert_mask': lt.alert.category_t.status_notification})
torrent = session.add_torrent({'ti': lt.torrent_info(sys.argv[1]), 'save_path': sys.argv[2]})
seeding = sys.argv[3] == 'seed'
if seeding: print('ready', flush=True)
while seeding or not torrent.status().is_seeding: session.wait_for_alert(200); session.pop_alerts()
`;

describe('libtorrent', () => {
  let folder: string;
  let stops: (() => Promise<void> | void)[];

  before(function () {
    if (spawnSync(PYTHON, ['-c', 'import libtorrent']).status !== 0) this.skip();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'digitallib-libtorrent-'));
    stops = [];
  });

  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function library() {
    const self = identity(1);
    const reader = identity(2);
    const hasher = new PieceHasher(pieceLengthOf(BYTES.length));
    hasher.update(BYTES);
    const digest = hasher.finish();
    assert(digest !== undefined);
    const metainfo = { name: 'Büchlein.epub', ...digest };
    const rights = new RightsInMemory();
    rights.members.add(toHex(self.key));
    rights.grant(reader.key, digest.hash, 'reader');
    rights.files.set(toHex(digest.hash), infoHashes(metainfo, FEDERATION).announced);
    const common = { clock: new ManualClock(), log: new LogInMemory(), random: new RandomInMemory() };
    const address = { host: '127.0.0.1', port: 0 };
    const ports = { ...common, names: NO_NAMES, rights, identity: self };
    const tracker = createTracker(ports, { chainId: CHAIN_ID, ...address });
    await tracker.start();
    stops.push(() => tracker.stop());
    const urls = (key: Uint8Array) => [
      announceUrl(`http://127.0.0.1:${tracker.port()}`, tracker.issuePass(key, digest.hash)),
    ];
    const archive = createArchive(
      {
        ...{ ...common, freeBytes, presence: tracker.presence, trackers: () => [] },
        ...{ announceUrls: () => urls(self.key), names: () => [] },
      },
      { folder: join(folder, 'archive'), bytesMax: 1_000_000, federation: FEDERATION, ...address },
    );
    await archive.start();
    stops.push(() => archive.stop());
    tracker.onWanted((want) => archive.want(want));
    const seeded = new Promise<Seeding>((resolve) => tracker.onSeeded(resolve));
    return { archive, metainfo, rights, reader, urls, seeded };
  }

  async function* stream(): AsyncGenerator<Uint8Array> {
    yield BYTES;
  }

  for (const format of ['v1', 'v2', 'hybrid'] as const satisfies Format[]) {
    it(`downloads a ${format} torrent from the archive, which begins to seed when it announces`, async () => {
      const { archive, metainfo, reader, urls } = await library();
      await archive.receive(stream(), { hash: metainfo.hash, name: metainfo.name });
      const torrent = join(folder, 'x.torrent');
      await writeFile(torrent, buildTorrent(metainfo, FEDERATION, format, urls(reader.key)));
      const client = spawn(PYTHON, ['-c', CLIENT, torrent, folder, 'leech'], { stdio: 'ignore' });
      stops.push(() => void client.kill('SIGKILL'));
      expect(await new Promise((resolve) => client.once('exit', resolve))).to.equal(0);
      expect(await readFile(join(folder, metainfo.name))).to.deep.equal(Buffer.from(BYTES));
    });
  }

  it('seeds an upload, which the archive fetches from where its reader has announced', async () => {
    const { archive, metainfo, rights, reader, urls, seeded } = await library();
    rights.grant(reader.key, metainfo.hash, 'intake');
    rights.files.set(toHex(metainfo.hash), [infoHashV1(metainfo, FEDERATION)]);
    const torrent = join(folder, 'x.torrent');
    await writeFile(torrent, buildTorrent(metainfo, FEDERATION, 'v1', urls(reader.key)));
    await writeFile(join(folder, metainfo.name), BYTES);
    const client = spawn(PYTHON, ['-c', CLIENT, torrent, folder, 'seed'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const gone = new Promise<void>((resolve) => client.once('exit', () => resolve()));
    stops.push(
      () => void client.kill('SIGKILL'),
      () => gone,
    );
    stops.reverse();
    await new Promise((resolve) => client.stdout.once('data', resolve));
    const { hash, name, size, pieceLength, pieces } = metainfo;
    const { subject, at } = await seeded;
    expect(toHex(subject)).to.equal(toHex(reader.key));
    const fetched = await archive.fetchBrought({
      ...{
        hash,
        outline: () => ({ name, size, pieceLength, pieces }),
        by: { key: reader.key, address: '', paid: false },
      },
      from: () => [at],
      signal: new AbortController().signal,
      reading() {},
    });
    assert(fetched.kind === 'accept');
    expect(toHex(fetched.value.layer)).to.equal(toHex(metainfo.layer));
  });
});
