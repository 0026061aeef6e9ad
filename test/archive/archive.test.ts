import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import bencode from 'bencode';
import { assert, expect } from 'chai';
import { type Archive, createArchive } from '../../archive/archive.ts';
import { toHex, utf8 } from '../../core/bytes.ts';
import { Fault } from '../../core/fault.ts';
import { limits } from '../../core/limits.ts';
import { announceUrl } from '../../torrent/announce-url.ts';
import { infoHashes } from '../../torrent/metainfo.ts';
import type { Presence } from '../../torrent/peers.ts';
import { createTracker, type Tracker } from '../../tracker/tracker.ts';
import { freePort } from '../e2e/fixtures/ports.ts';
import { ID, RawPeer } from '../e2e/fixtures/raw-peer.ts';
import { eventually } from '../node/eventually.ts';
import {
  CHAIN_ID,
  EVERYBODY,
  fileHash,
  identity,
  LogInMemory,
  ManualClock,
  metainfoOf,
  NO_NAMES,
  outcome,
  RandomInMemory,
  RightsInMemory,
  vectorBytes,
  wantOf,
} from '../tracker/world.ts';

const FEDERATION = 'Vector Libraries';
const BYTES = vectorBytes(700_000);
const METAINFO = metainfoOf(BYTES, 'Büchlein.epub');
/** So often webtorrent looks who may ask. */
const RECHOKE_MS = 10_000;
const EXPECTED = { hash: METAINFO.hash, name: METAINFO.name };

async function* stream(bytes: Uint8Array, chunk = 65_536): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunk) yield bytes.subarray(at, at + chunk);
}

describe('the archive', () => {
  let folder: string;
  let freeBytes: number;

  let running: { stop(): Promise<void> }[];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'digitallib-archive-'));
    running = [];
    freeBytes = Number.MAX_SAFE_INTEGER;
  });

  afterEach(async () => {
    for (const part of running.reverse()) await part.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function open(
    options: {
      folder?: string;
      bytesMax?: number;
      announceUrls?: () => string[];
      names?: string[];
      clock?: ManualClock;
      presence?: Presence;
      port?: number;
    } = {},
  ): Promise<Archive> {
    const { bytesMax = 10_000_000, announceUrls = () => [], names = [], clock = new ManualClock() } = options;
    const { presence = EVERYBODY.presence } = options;
    const ports = {
      clock,
      random: new RandomInMemory(),
      log: new LogInMemory(),
      freeBytes: async () => freeBytes,
      presence,
      trackers: () => [],
      announceUrls,
      names: () => names,
    };
    const archive = createArchive(ports, {
      folder: options.folder ?? folder,
      bytesMax,
      host: '127.0.0.1',
      port: options.port ?? 0,
      federation: FEDERATION,
    });
    await archive.start();
    running.push(archive);
    return archive;
  }

  it('keeps what has the hash that was signed, under the hash, and knows it after a restart', async () => {
    const archive = await open();
    expect(await archive.receive(stream(BYTES), EXPECTED)).to.deep.equal({ kind: 'accept', value: METAINFO });
    expect(archive.has(METAINFO.hash)).to.equal(true);
    expect(await readFile(join(folder, toHex(METAINFO.hash), 'data'))).to.deep.equal(Buffer.from(BYTES));
    expect(outcome(await archive.receive(stream(BYTES, 999), EXPECTED))).to.equal('accept');
    expect(archive.size()).to.deep.equal({ files: 1, bytes: BYTES.length, seeding: 0 });
    const again = await open();
    expect(again.list()).to.deep.equal([METAINFO.hash]);
    expect(await again.metainfo(METAINFO.hash)).to.deep.equal(METAINFO);
    await again.forget(METAINFO.hash);
    expect(again.has(METAINFO.hash)).to.equal(false);
    expect(await readdir(folder)).to.deep.equal(['incoming']);
  });

  it('reads the file again when the guess of its size was wrong', async () => {
    const archive = await open();
    const received = await archive.receive(stream(BYTES), { ...EXPECTED, sizeHint: 2 ** 40 });
    expect(received).to.deep.equal({ kind: 'accept', value: METAINFO });
  });

  it('file.wrong-hash and file.empty: leave nothing, also of no bytes at all, and of bytes it holds already', async () => {
    const archive = await open();
    const wrong = async (bytes: Uint8Array, hash = METAINFO.hash) =>
      outcome(await archive.receive(stream(bytes), { hash, name: 'x' }));
    expect(await wrong(BYTES.subarray(1))).to.equal('file.wrong-hash');
    expect(await wrong(new Uint8Array(0))).to.equal('file.empty');
    expect(await readdir(join(folder, 'incoming'))).to.deep.equal([]);
    await archive.receive(stream(BYTES), EXPECTED);
    expect(await wrong(BYTES.subarray(1))).to.equal('file.wrong-hash');
    expect(await readdir(join(folder, 'incoming'))).to.deep.equal([]);
  });

  it('archive.full: counts what is there and what is on its way', async () => {
    const archive = await open({ bytesMax: BYTES.length });
    const first = await archive.receive(stream(BYTES), EXPECTED);
    expect(outcome(first)).to.equal('accept');
    const second = await archive.receive(stream(Uint8Array.of(1)), { hash: fileHash(1), name: 'x' });
    expect(outcome(second)).to.equal('archive.full');
    expect(outcome(await archive.fetch(fileHash(1), METAINFO))).to.equal('archive.full');
    expect(await readdir(join(folder, 'incoming'))).to.deep.equal([]);
  });

  it('archive.full: before the disk is', async () => {
    const archive = await open();
    const pieces: Uint8Array[] = [];
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const piece of stream(BYTES)) {
        pieces.push(piece);
        freeBytes -= piece.length;
        yield piece;
      }
    }
    freeBytes = limits.diskFreeBytesMin - 1;
    expect(outcome(await archive.receive(counted(), EXPECTED)), 'no room at all').to.equal('archive.full');
    expect(pieces).to.deep.equal([]);
    freeBytes = limits.diskFreeBytesMin + BYTES.length - 1;
    const announced = { ...EXPECTED, sizeHint: BYTES.length };
    expect(outcome(await archive.receive(counted(), announced)), 'not enough for what is announced').to.equal(
      'archive.full',
    );
    expect(pieces).to.deep.equal([]);
    freeBytes = limits.diskFreeBytesMin + BYTES.length - 1;
    expect(outcome(await archive.receive(counted(), EXPECTED)), 'not enough as it turns out').to.equal(
      'archive.full',
    );
    expect(pieces).not.to.deep.equal([]);
    expect(outcome(await archive.fetch(METAINFO.hash, METAINFO))).to.equal('archive.full');
    expect(await readdir(join(folder, 'incoming'))).to.deep.equal([]);
    freeBytes = limits.diskFreeBytesMin + 2 * BYTES.length;
    expect(outcome(await archive.receive(counted(), announced))).to.equal('accept');
  });

  it('archive.full: when others fill the disk while the bytes come', async () => {
    const archive = await open({ bytesMax: 4 * limits.diskUnseenBytesMax });
    const chunk = new Uint8Array(1024 * 1024);
    let given = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        given += chunk.length;
        if (given === 2 * chunk.length) freeBytes = 0;
        yield chunk;
      }
    }
    expect(outcome(await archive.receive(endless(), EXPECTED))).to.equal('archive.full');
    expect(given).to.be.at.most(limits.diskUnseenBytesMax + 2 * chunk.length);
    expect(await readdir(join(folder, 'incoming'))).to.deep.equal([]);
  });

  it('archive.full: when the disk is full all the same', async () => {
    const archive = await open();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield BYTES.subarray(0, 1000);
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    }
    expect(outcome(await archive.receive(broken(), EXPECTED))).to.equal('archive.full');
    expect(await readdir(join(folder, 'incoming'))).to.deep.equal([]);
  });

  it('request.too-long: more than an upload may have', async () => {
    const archive = await open({ bytesMax: Number.MAX_SAFE_INTEGER });
    const huge = { length: limits.uploadBytesMax + 1 } as Uint8Array;
    async function* endless(): AsyncGenerator<Uint8Array> {
      yield huge;
    }
    expect(outcome(await archive.receive(endless(), EXPECTED))).to.equal('request.too-long');
  });

  it('archive.busy: so many at once', async () => {
    const archive = await open({ bytesMax: limits.uploadsAtOnceMax * BYTES.length });
    const gate = Promise.withResolvers<void>();
    async function* held(): AsyncGenerator<Uint8Array> {
      await gate.promise;
      yield BYTES;
    }
    const all = Array.from({ length: limits.uploadsAtOnceMax }, () => archive.receive(held(), EXPECTED));
    expect(outcome(await archive.receive(stream(BYTES), EXPECTED))).to.equal('archive.busy');
    gate.resolve();
    expect((await Promise.all(all)).map(outcome)).to.deep.equal(
      Array(limits.uploadsAtOnceMax).fill('accept'),
    );
    expect(archive.size().files).to.equal(1);
  });

  it('throws a fault when the stream breaks, and leaves nothing', async () => {
    const archive = await open();
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield BYTES.subarray(0, 1000);
      throw new Error('gone');
    }
    const error = await archive.receive(broken(), EXPECTED).catch((thrown: unknown) => thrown);
    assert(error instanceof Fault && error.code === 'archive.failed');
    expect(await readdir(join(folder, 'incoming'))).to.deep.equal([]);
  });

  it('throws away at the start what was interrupted, and takes no other folder for a file', async () => {
    await open();
    await writeFile(join(folder, 'incoming', 'left-over'), 'x');
    await writeFile(join(folder, 'README'), 'x');
    const archive = await open();
    expect(await readdir(join(folder, 'incoming'))).to.deep.equal([]);
    expect(archive.list()).to.deep.equal([]);
  });

  describe('and the swarm', () => {
    const here = identity(1);
    const there = identity(2);
    let tracker: Tracker;
    let rights: RightsInMemory;

    beforeEach(async () => {
      rights = new RightsInMemory();
      rights.members.add(toHex(here.key)).add(toHex(there.key));
      rights.files.set(toHex(METAINFO.hash), infoHashes(METAINFO, FEDERATION).announced);
      await startTracker(0);
    });

    /** In the place of the one that was there. */
    async function startTracker(port: number): Promise<void> {
      if (port !== 0) await tracker.stop();
      const common = { names: NO_NAMES, clock: new ManualClock(), log: new LogInMemory() };
      const ports = { ...common, rights, identity: here };
      tracker = createTracker(ports, { chainId: CHAIN_ID, host: '127.0.0.1', port });
      await tracker.start();
      running.push(tracker);
    }

    function urls(key: Uint8Array): string[] {
      return [announceUrl(`http://127.0.0.1:${tracker.port()}`, tracker.issuePass(key, METAINFO.hash))];
    }

    it('seeds when somebody with a right announces, and fetches what another seeds', async () => {
      const seeder = await open({ announceUrls: () => urls(here.key) });
      tracker.onWanted((want) => seeder.want(want));
      await seeder.receive(stream(BYTES), { ...EXPECTED, name: 'its name at the upload' });
      expect(seeder.size().seeding).to.equal(0);
      const other = await mkdtemp(join(tmpdir(), 'digitallib-archive-'));
      try {
        // The ledger knows the file by another name than the upload that this library got.
        const named = await open({ folder: other, announceUrls: () => urls(there.key) });
        expect(outcome(await named.fetch(METAINFO.hash, { ...METAINFO, pieceLength: 1 }))).to.equal(
          'torrent.wrong',
        );
        const outline = { ...METAINFO, name: 'its name at the upload' };
        rights.files.set(toHex(METAINFO.hash), infoHashes(outline, FEDERATION).announced);
        const [first, second] = await Promise.all([
          named.fetch(METAINFO.hash, outline),
          named.fetch(METAINFO.hash, outline),
        ]);
        expect(first).to.deep.equal({ kind: 'accept', value: outline });
        expect(second).to.equal(first);
        expect(seeder.size().seeding).to.equal(1);
        expect(await readFile(join(other, toHex(METAINFO.hash), 'data'))).to.deep.equal(Buffer.from(BYTES));
        await seeder.forget(METAINFO.hash);
        expect(seeder.size()).to.deep.equal({ files: 0, bytes: 0, seeding: 0 });
      } finally {
        await rm(other, { recursive: true, force: true });
      }
    });

    it('announces again, but not each time, what is sought at a tracker that has started anew', async () => {
      const [infoHash] = infoHashes(METAINFO, FEDERATION).announced;
      const clock = new ManualClock();
      const seeder = await open({ announceUrls: () => urls(here.key), clock });
      await seeder.receive(stream(BYTES), EXPECTED);
      const seeders = () => tracker.stats(METAINFO.hash).seeders;
      seeder.sought(METAINFO.hash, infoHash, 'ann');
      await eventually(() => seeders() === 1);

      await startTracker(tracker.port());
      expect(seeders()).to.equal(0);
      seeder.sought(METAINFO.hash, infoHash, 'ann'); // too soon: nothing is asked, and the next one is
      clock.move(limits.seedAnnounceMinMs);
      expect(seeders()).to.equal(0);
      seeder.sought(METAINFO.hash, infoHash, 'ann');
      await eventually(() => seeders() === 1);

      await startTracker(tracker.port());
      clock.move(-3_600_000); // set back
      seeder.sought(METAINFO.hash, infoHash, 'ann');
      await eventually(() => seeders() === 1);
    });

    it('seeds under every name that the ledger has, no more torrents at once than it may', async () => {
      const names = Array.from({ length: limits.torrentsActiveMax / 4 + 1 }, (_, number) => `name ${number}`);
      const archive = await open({ names });
      await archive.receive(stream(BYTES), EXPECTED);
      const want = (infoHash: Uint8Array) => archive.want(wantOf(METAINFO.hash, infoHash));
      for (const name of names.slice(0, 2)) {
        for (const infoHash of infoHashes({ ...METAINFO, name }, FEDERATION).announced) want(infoHash);
      }
      expect(archive.size().seeding).to.equal(8);
      for (const name of names) {
        for (const infoHash of infoHashes({ ...METAINFO, name }, FEDERATION).announced) want(infoHash);
      }
      expect(archive.size().seeding).to.equal(limits.torrentsActiveMax);
    });

    it('closes no torrent that is read for what others ask, and opens that as soon as another one is free', async () => {
      const { names, all } = moreThanAreOpen();
      const [clock, port] = [new ManualClock(), await freePort('127.0.0.1')];
      const archive = await open({ names, clock, port });
      await archive.receive(stream(BYTES), EXPECTED);
      const opened = all.slice(0, limits.torrentsActiveMax);
      for (const infoHash of opened) archive.want(wantOf(METAINFO.hash, infoHash));
      const next = all[limits.torrentsActiveMax]!;
      archive.want(wantOf(METAINFO.hash, next));
      const list = () => readFileSync(join(folder, 'open-torrents'), 'utf8');
      const read = await reader(port, opened[0]!);
      await eventually(() => read.payload === BYTES.length);
      const crawling = await reader(port, opened[1]!);
      crawling.greedy = false;
      await eventually(() => crawling.told.includes(ID.unchoke));
      expect(list()).not.to.include(toHex(next)); // all are as new as it is
      clock.move(limits.torrentOpenMsMin);
      await eventually(() => list().includes(toHex(next)));
      expect(list()).to.include(toHex(opened[0]!)).and.not.include(toHex(opened[1]!));
      await crawling.closed();
      expect([read.socket.closed, archive.size().seeding]).to.deep.equal([false, limits.torrentsActiveMax]);
      read.socket.destroy();
    });

    it('closes one that somebody has come for and has read soon after, for the next: made-up books keep no places', async () => {
      const { names, all } = moreThanAreOpen();
      const [clock, port] = [new ManualClock(), await freePort('127.0.0.1')];
      const archive = await open({ names, clock, port });
      await archive.receive(stream(BYTES), EXPECTED);
      const opened = all.slice(0, limits.torrentsActiveMax);
      for (const infoHash of opened) archive.want(wantOf(METAINFO.hash, infoHash));
      archive.want(wantOf(METAINFO.hash, all[limits.torrentsActiveMax]!));
      const list = () => readFileSync(join(folder, 'open-torrents'), 'utf8');
      const served = opened[7]!;
      const read = await reader(port, served);
      await eventually(() => read.payload === BYTES.length);
      read.socket.destroy();
      clock.move(limits.torrentsLookMs);
      await new Promise(setImmediate);
      expect(list(), 'he may come back').to.include(toHex(served));
      let passedMs = limits.torrentsLookMs;
      const turn = async (): Promise<void> => {
        await new Promise(setImmediate);
        if (passedMs + limits.torrentsLookMs >= limits.torrentOpenMsMin) return;
        passedMs += limits.torrentsLookMs;
        clock.move(limits.torrentsLookMs);
      };
      await eventually(() => list().includes(toHex(all[limits.torrentsActiveMax]!)), turn);
      expect(list()).not.to.include(toHex(served));
      expect(list(), 'nobody has come for it yet').to.include(toHex(opened[0]!));
      expect(archive.size().seeding).to.equal(limits.torrentsActiveMax);
    });

    it('opens few torrents of what one member says to be wanted, and closes none of others for them', async () => {
      const { names, all } = moreThanAreOpen();
      const clock = new ManualClock();
      const archive = await open({ names, clock });
      await archive.receive(stream(BYTES), EXPECTED);
      const list = () => readFile(join(folder, 'open-torrents'), 'utf8').catch(() => '');
      const [own, honest, ...liars] = all;
      archive.want(wantOf(METAINFO.hash, own!));
      archive.sought(METAINFO.hash, honest!, 'bob');
      const share = limits.torrentsPerMemberUnreadMax;
      for (let minute = 0; minute < 3; minute++) {
        for (const infoHash of liars) archive.sought(METAINFO.hash, infoHash, 'eve');
        expect(archive.size().seeding).to.equal(2 + share);
        clock.move(limits.torrentOpenMsMin);
      }
      archive.sought(METAINFO.hash, liars.at(-1)!, 'eve'); // in the place of an older one of its own
      expect(archive.size().seeding).to.equal(2 + share);
      let kept = '';
      const look = async (): Promise<void> => {
        kept = await list();
      };
      await eventually(() => kept.includes(toHex(liars.at(-1)!)), look);
      expect(kept).to.include(toHex(own!)).and.include(toHex(honest!));
    });

    it('keeps few torrents open on the word of one member, whoever has opened them: others are opened for whoever waits', async () => {
      const { names, all } = moreThanAreOpen(limits.torrentsActiveMax / 4);
      const clock = new ManualClock();
      const archive = await open({ names, clock });
      await archive.receive(stream(BYTES), EXPECTED);
      const [opened, next] = [all.slice(0, limits.torrentsActiveMax), all.slice(limits.torrentsActiveMax)];
      for (const infoHash of opened) archive.want(wantOf(METAINFO.hash, infoHash));
      clock.move(limits.torrentOpenMsMin);
      const again = 2_000;
      for (let ms = 0; ms <= limits.torrentServedMsMin; ms += again) {
        for (const infoHash of opened) archive.sought(METAINFO.hash, infoHash, 'eve');
        clock.move(again);
      }
      archive.sought(METAINFO.hash, opened.at(-1)!, 'bob'); // his reader is about to come
      for (const infoHash of opened) archive.sought(METAINFO.hash, infoHash, 'eve');
      for (const infoHash of next) archive.want(wantOf(METAINFO.hash, infoHash));
      const share = limits.torrentsPerMemberUnreadMax;
      const expected = [...opened.slice(0, share), opened.at(-1)!, ...next.slice(0, -share - 1)].map(toHex);
      let list: string[] = [];
      const look = async (): Promise<void> => {
        list = (await readFile(join(folder, 'open-torrents'), 'utf8').catch(() => '')).trim().split('\n');
      };
      await eventually(() => list.at(-1)?.endsWith(expected.at(-1)!) === true, look);
      expect(list.map((line) => line.split(' ')[1])).to.have.members(expected);
    });

    it('keeps few torrents open for passes of one other member, shown at our own tracker: others are opened for whoever waits', async () => {
      const { names, all } = moreThanAreOpen(12);
      const clock = new ManualClock();
      const archive = await open({ names, clock });
      await archive.receive(stream(BYTES), EXPECTED);
      const [opened, next] = [all.slice(0, limits.torrentsActiveMax), all.slice(limits.torrentsActiveMax)];
      for (const infoHash of opened) archive.want(wantOf(METAINFO.hash, infoHash));
      clock.move(limits.torrentOpenMsMin);
      for (const infoHash of opened) archive.want(wantOf(METAINFO.hash, infoHash, { by: 'eve' }));
      for (const infoHash of next) archive.want(wantOf(METAINFO.hash, infoHash));
      const expected = [...opened.slice(0, limits.torrentsPerIssuerUnreadMax), ...next].map(toHex);
      let list: string[] = [];
      const look = async (): Promise<void> => {
        list = (await readFile(join(folder, 'open-torrents'), 'utf8').catch(() => '')).trim().split('\n');
      };
      await eventually(() => list.at(-1)?.endsWith(expected.at(-1)!) === true, look);
      expect(list.map((line) => line.split(' ')[1])).to.include.members(expected);
    });

    it('leaves a member its places for what it has opened and another member keeps open', async () => {
      const { names, all } = moreThanAreOpen(limits.torrentsActiveMax / 4);
      const clock = new ManualClock();
      const archive = await open({ names, clock });
      await archive.receive(stream(BYTES), EXPECTED);
      const share = limits.torrentsPerMemberUnreadMax;
      const [first, second] = [all.slice(0, share), all.slice(share, 2 * share)];
      for (const infoHash of first) archive.sought(METAINFO.hash, infoHash, 'bob');
      for (const infoHash of first) archive.sought(METAINFO.hash, infoHash, 'eve');
      for (const infoHash of second) archive.sought(METAINFO.hash, infoHash, 'bob');
      expect(archive.size().seeding).to.equal(2 * share);
    });

    /** As soon as the torrent is open: who comes before would wait until the clock moves, so he comes again, ever later. */
    async function reader(port: number, infoHash: Uint8Array, patienceMs = 50): Promise<RawPeer> {
      const peer = await RawPeer.dial({ port }, toHex(infoHash), BYTES.length);
      peer.saysNone = true;
      const until = performance.now() + patienceMs;
      await eventually(() => peer.received > 0 || peer.socket.closed || performance.now() > until);
      if (peer.received > 0 && !peer.socket.closed) return peer;
      peer.socket.destroy();
      return await reader(port, infoHash, 2 * patienceMs);
    }

    it('lets everybody ask who has a place, however many others do', async () => {
      const setTimer = globalThis.setInterval;
      const rechokes: (() => void)[] = [];
      globalThis.setInterval = ((act: () => void, ms: number) => {
        if (ms === RECHOKE_MS) rechokes.push(act);
        return setTimer(act, ms);
      }) as typeof setInterval;
      try {
        const { names, all } = moreThanAreOpen();
        const port = await freePort('127.0.0.1');
        const archive = await open({ names, port });
        await archive.receive(stream(BYTES), EXPECTED);
        archive.want(wantOf(METAINFO.hash, all[0]!));
        const peers: RawPeer[] = [];
        for (let i = 0; i < 16; i++) peers.push(await reader(port, all[0]!));
        const choked = () =>
          peers.filter(({ told }) => told.lastIndexOf(ID.choke) > told.lastIndexOf(ID.unchoke));
        await eventually(() => peers.every(({ told }) => told.includes(ID.unchoke)));
        for (let round = 0; round < 5; round++) {
          for (const rechoke of rechokes) rechoke();
          await new Promise(setImmediate);
        }
        await eventually(() => peers.every(({ payload }) => payload === BYTES.length));
        expect([rechokes.length > 0, choked().length]).to.deep.equal([true, 0]);
        for (const { socket } of peers) socket.destroy();
      } finally {
        globalThis.setInterval = setTimer;
      }
    });

    it('hears who wants pieces in one breath with his handshake, and never says which he has', async () => {
      const { names, all } = moreThanAreOpen();
      const port = await freePort('127.0.0.1');
      const archive = await open({ names, port });
      await archive.receive(stream(BYTES), EXPECTED);
      archive.want(wantOf(METAINFO.hash, all[0]!));
      (await reader(port, all[0]!)).socket.destroy(); // it is open
      const socket = connect({ host: '127.0.0.1', port });
      const peer = new RawPeer(socket, BYTES.length);
      peer.wantsAtOnce = true;
      await once(socket, 'connect');
      peer.greet(toHex(all[0]!));
      await eventually(() => peer.payload === BYTES.length);
      socket.destroy();
    });

    it('lets nobody wait for a torrent whose file is gone, nor for ever', async () => {
      const { names, all } = moreThanAreOpen();
      const clock = new ManualClock();
      const archive = await open({ names, clock });
      await archive.receive(stream(BYTES), EXPECTED);
      const idle = clock.waiting;
      for (const infoHash of all) archive.want(wantOf(METAINFO.hash, infoHash));
      await archive.forget(METAINFO.hash);
      clock.move(limits.torrentsLookMs);
      expect([archive.size().seeding, clock.waiting - idle]).to.deep.equal([0, 0]);
    });

    it('seeds again after a restart what it was seeding, whatever the list of that looks like', async () => {
      const [infoHash] = infoHashes(METAINFO, FEDERATION).announced;
      const list = join(folder, 'open-torrents');
      const archive = await open();
      await archive.receive(stream(BYTES), EXPECTED);
      archive.want(wantOf(METAINFO.hash, infoHash));
      await archive.stop();
      const again = await open();
      expect(again.size().seeding).to.equal(0);
      await again.resume();
      expect(again.size().seeding).to.equal(1);
      await again.stop();
      const lost = `${toHex(fileHash(9))} ${toHex(infoHash)}`;
      await writeFile(list, `\n../..\n${lost}\n${await readFile(list, 'utf8')}half a li`);
      const third = await open();
      await third.resume();
      expect(third.size().seeding).to.equal(1);
      await third.forget(METAINFO.hash);
      await third.stop();
      expect(await readFile(list, 'utf8')).to.equal('');
      await rm(list);
      await (await open()).resume();
    });

    it('opens nothing, and closes nothing, for those who bring files or have them whole', async () => {
      const [infoHash] = infoHashes(METAINFO, FEDERATION).announced;
      const archive = await open();
      await archive.receive(stream(BYTES), EXPECTED);
      for (let i = 0; i < limits.torrentsActiveMax + 4; i++) {
        archive.want(wantOf(METAINFO.hash, infoHash, { role: 'intake' }));
        archive.want(wantOf(METAINFO.hash, infoHash, { complete: true }));
      }
      expect(archive.size().seeding).to.equal(0);
    });

    it('has room for uploads while torrents only say how large they are', async () => {
      const clock = new ManualClock();
      const archive = await open({
        bytesMax: 1.5 * BYTES.length,
        announceUrls: () => urls(there.key),
        clock,
      });
      const claims = [1, 2].map((number) => {
        const cancel = new AbortController();
        const fetched = archive.fetch(fileHash(number), METAINFO, cancel).catch(() => undefined);
        return { cancel, fetched };
      });
      await new Promise((resolve) => setImmediate(resolve));
      expect(outcome(await archive.receive(stream(BYTES), EXPECTED))).to.equal('accept');
      for (const { cancel } of claims) cancel.abort();
      for (const { fetched } of claims) await fetched;
    });

    it('cannot be stopped by a peer whose bencode has a negative length', async () => {
      await open();
      expect(() => bencode.decode(utf8('l-3:'))).to.throw('not bencode');
      expect(() => bencode.decode('d1:ml-3:e')).to.throw('not bencode');
      expect(bencode.decode(utf8('d1:ai1eetrailing'))).to.deep.equal({ a: 1 });
    });

    it('archive.full: a fetch ends when others fill the disk meanwhile', async () => {
      const seeder = await open({ announceUrls: () => urls(here.key) });
      tracker.onWanted((want) => seeder.want(want));
      await seeder.receive(stream(BYTES), EXPECTED);
      const other = await mkdtemp(join(tmpdir(), 'digitallib-archive-'));
      try {
        const archive = await open({
          folder: other,
          announceUrls: () => {
            freeBytes = limits.diskFreeBytesMin; // asked for behind the first look at the disk
            return urls(there.key);
          },
        });
        expect(outcome(await archive.fetch(METAINFO.hash, METAINFO))).to.equal('archive.full');
        expect(await readdir(join(other, 'incoming'))).to.deep.equal([]);
      } finally {
        await rm(other, { recursive: true, force: true });
      }
    });

    it('file.not-available: a fetch ends when nobody sends anything, and makes room for another', async () => {
      const clock = new ManualClock();
      const archive = await open({ announceUrls: () => urls(there.key), clock });
      const watched = Promise.withResolvers<void>();
      const { after } = clock;
      clock.after = (delayMs, run) => {
        if (delayMs === limits.fetchWindowMs) watched.resolve();
        return after.call(clock, delayMs, run);
      };
      const fetched = archive.fetch(METAINFO.hash, METAINFO);
      await Promise.race([watched.promise, fetched]);
      clock.move(limits.fetchWindowMs);
      expect(outcome(await fetched)).to.equal('file.not-available');
      expect(await readdir(join(folder, 'incoming'))).to.deep.equal([]);
    });

    it('archive.busy: a fetch of which nothing comes loses its turn to one that waits, and to no other', async () => {
      const clock = new ManualClock();
      const archive = await open({ announceUrls: () => urls(there.key), clock });
      const watched = watchedFetch(clock);
      let isWaitedFor = false;
      const fetched = archive.fetch(METAINFO.hash, METAINFO, { isWaitedFor: () => isWaitedFor });
      await Promise.race([watched, fetched]);
      clock.move(limits.fetchTurnMs);
      isWaitedFor = true;
      clock.move(limits.fetchTurnMs - 1);
      expect(await readdir(join(folder, 'incoming')), 'under way').to.have.length(1);
      clock.move(1);
      expect(outcome(await fetched)).to.equal('archive.busy');
    });

    it('fetches for another library from those who have a right, and from nobody who only brings the file', async () => {
      const clock = new ManualClock();
      const archive = await open({ announceUrls: () => urls(there.key), clock });
      const watched = watchedFetch(clock);
      const ending = new AbortController();
      const fetched = archive.fetch(METAINFO.hash, METAINFO, ending).catch(() => undefined);
      await watched;
      const [brings, reads] = [await listener(), await listener()];
      const [infoHash] = infoHashes(METAINFO, FEDERATION).announced;
      const want = (role: 'intake' | 'reader', { at }: Listener) =>
        archive.want(wantOf(METAINFO.hash, infoHash, { role, complete: true, at }));
      want('intake', brings);
      want('reader', reads);
      await reads.dialled;
      expect(brings.count(), 'it was told first').to.equal(0);
      ending.abort();
      await fetched;
    });

    type Listener = Awaited<ReturnType<typeof listener>>;

    /** Where somebody could be dialled. */
    async function listener() {
      const dialled = Promise.withResolvers<void>();
      let count = 0;
      const server = createServer((socket) => {
        count++;
        socket.destroy();
        dialled.resolve();
      });
      await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
      running.push({ stop: () => new Promise((done) => server.close(() => done())) });
      const { port } = server.address() as AddressInfo;
      const at = { address: { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) }, port } as const;
      return { at, dialled: dialled.promise, count: () => count };
    }

    /** Resolves when the next fetch has begun. */
    function watchedFetch(clock: ManualClock): Promise<void> {
      const watched = Promise.withResolvers<void>();
      const { after } = clock;
      clock.after = (delayMs, run) => {
        if (delayMs === limits.fetchTurnMs) setImmediate(watched.resolve);
        return after.call(clock, delayMs, run);
      };
      return watched.promise;
    }

    it('gives a fetch up when it is told to, and when it stops', async () => {
      const archive = await open({ announceUrls: () => urls(there.key) });
      const cancel = new AbortController();
      const first = archive.fetch(METAINFO.hash, METAINFO, cancel).catch((thrown: unknown) => thrown);
      setImmediate(() => cancel.abort());
      assert((await first) instanceof Fault);
      const second = archive.fetch(METAINFO.hash, METAINFO).catch((thrown: unknown) => thrown);
      await archive.stop();
      running = running.filter((part) => part !== archive);
      assert((await second) instanceof Fault);
      expect(await readdir(join(folder, 'incoming'))).to.deep.equal([]);
    });
  });
});

/** Names of one file, and their torrents in all formats: more than an archive has open. */
function moreThanAreOpen(more = 1) {
  const names = Array.from({ length: limits.torrentsActiveMax / 4 + more }, (_, number) => `name ${number}`);
  return { names, all: names.flatMap((name) => infoHashes({ ...METAINFO, name }, FEDERATION).announced) };
}
