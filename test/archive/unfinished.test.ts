/** Who sends nearly all of each piece, and never the last block, over a real connection. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Torrent } from 'webtorrent';
import { Progress } from '../../archive/disk/progress.ts';
import { download } from '../../archive/fetch/download.ts';
import { Unfinished } from '../../archive/fetch/unfinished.ts';
import { onlyAt } from '../../archive/peers/admission.ts';
import { SwarmClient } from '../../archive/swarm-client.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { infoHashV1 } from '../../torrent/metainfo.ts';
import { RawListener, type RawPeer } from '../e2e/fixtures/raw-peer.ts';
import { eventually } from '../node/eventually.ts';
import { EVERYBODY, fileHash, LogInMemory, ManualClock, outcome } from '../tracker/world.ts';

const FEDERATION = 'Vector Libraries';
const SIZE = 64 * 1024 * 1024;
/** Larger than ours, so that a small file has pieces of many blocks, as one of many GiB has. */
const PIECE = 1024 * 1024;
const BLOCK = 16 * 1024;
const MAX = 32 * BLOCK;

describe('pieces that never become whole', () => {
  it('end the fetch before they fill the memory', async () => {
    await fetching(
      (_, at) => at === PIECE - BLOCK,
      async ({ sender, clock, progress, ended }) => {
        const given = () => sender.met.reduce((sum, { asked }) => sum + asked.length, 0) * BLOCK;
        await eventually(() => given() > MAX);
        expect(ended(), 'nobody has looked yet').to.equal(undefined);
        await eventually(() => {
          clock.move(250);
          return ended() !== undefined;
        });
        expect(ended()).to.equal('file.not-available');
        expect(progress.bytes).to.equal(0);
      },
    );
  });

  it('are not asked for again and again of a peer that rejects all it is asked for: it is cut off', async () => {
    await fetching(
      () => true,
      async ({ sender }) => {
        await eventually(() => sender.met[0]?.socket.closed === true);
        expect(sender.met[0]!.asked.length).to.be.within(limits.peerRejectsMax, 2 * limits.peerRejectsMax);
      },
    );
  });

  it('are a matter of who holds most: the others go on, and so does whoever is below the bound', () => {
    const clock = new ManualClock();
    const unfinished = new Unfinished(clock, 100);
    const ended: string[] = [];
    const torrent = (...missing: readonly number[]) =>
      ({
        ready: true,
        destroyed: false,
        pieces: [null, ...missing.map((one) => ({ length: 60, missing: one }))],
      }) as unknown as Torrent;
    unfinished.watch(torrent(20), () => ended.push('some'));
    const left = unfinished.watch(torrent(0), () => ended.push('most'));
    clock.move(1_000);
    expect(ended, 'exactly as much as there may be').to.deep.equal([]);
    const last = unfinished.watch(torrent(59), () => ended.push('least'));
    clock.move(1_000);
    expect(ended).to.deep.equal(['most']);
    left();
    last();
    clock.move(1_000);
    expect(ended).to.deep.equal(['most']);
    expect(limits.unfinishedBytesMax).to.be.above(2 * 16 * 1024 * 1024);
  });
});

type Fetching = {
  readonly sender: RawListener;
  readonly clock: ManualClock;
  readonly progress: Progress;
  /** undefined: it has not. */
  ended(): string | undefined;
};

/** A fetch from somebody who has the file, and does not give these blocks. */
async function fetching(
  rejects: RawPeer['rejects'],
  act: (fetching: Fetching) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'digitallib-unfinished-'));
  const clock = new ManualClock();
  const outline = {
    name: 'endless',
    size: SIZE,
    pieceLength: PIECE,
    pieces: new Uint8Array((20 * SIZE) / PIECE),
  };
  const infoHash = toHex(infoHashV1(outline, FEDERATION));
  const host = '127.0.0.1';
  const sender = await RawListener.open({ host }, infoHash, SIZE, new Uint8Array(SIZE));
  sender.opened = (peer) => {
    peer.rejects = rejects;
  };
  const address = { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) } as const;
  const from = () => [{ address, port: sender.port }];
  const admission = onlyAt(from, { clock, ...EVERYBODY });
  const client = new SwarmClient({ clock, log: new LogInMemory() }, admission, { host, port: 0 });
  const progress = await Progress.open(folder, outline);
  let ended: string | undefined;
  const room = { mayWrite: async () => true, giveBack() {} };
  const wanted = { hash: fileHash(1), outline, announceUrls: () => [], from };
  const ports = { clock, client, federation: FEDERATION, room, unfinished: new Unfinished(clock, MAX) };
  try {
    const signal = new AbortController().signal;
    const policy = { signal, firstMs: limits.broughtFirstMs };
    void download(progress, wanted, ports, policy).then((verdict) => {
      ended = outcome(verdict);
    });
    await act({ sender, clock, progress, ended: () => ended });
  } finally {
    await client.stop();
    await progress.close();
    await sender.close();
    await rm(folder, { recursive: true, force: true });
  }
}
