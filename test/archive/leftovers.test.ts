/** Fetches that end too early, with real BitTorrent connections: what has come is gone on with, and never looks whole. */
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assert, expect } from 'chai';
import { type Archive, createArchive } from '../../archive/archive.ts';
import type { Turn } from '../../archive/fetch/fetches.ts';
import { toHex } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import { infoHashV1 } from '../../torrent/metainfo.ts';
import { eventually as asked } from '../e2e/fixtures/eventually.ts';
import { RawListener } from '../e2e/fixtures/raw-peer.ts';
import { eventually } from '../node/eventually.ts';
import {
  EVERYBODY,
  fileHash,
  identity,
  LogInMemory,
  ManualClock,
  metainfoOf,
  outcome,
  RandomInMemory,
  vectorBytes,
  wantOf,
} from '../tracker/world.ts';

const FEDERATION = 'Vector Libraries';
const BYTES = vectorBytes(700_000);
const BOOK = metainfoOf(BYTES);
const PIECES = Math.ceil(BOOK.size / BOOK.pieceLength);
/** Pieces that come before the sender falls silent: of one block each. */
const COME = 20;

describe('what is left of a fetch that ended too early', () => {
  let folder: string;
  let clock: ManualClock;
  let stops: (() => Promise<void>)[];
  /** What the disk has left. */
  let freeBytes: number;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'digitallib-leftovers-'));
    clock = new ManualClock();
    stops = [];
    freeBytes = Number.MAX_SAFE_INTEGER;
  });
  afterEach(async () => {
    for (const stop of stops.reverse()) await stop();
    await rm(folder, { recursive: true, force: true });
  });

  const incoming = () => readdir(join(folder, 'incoming'));
  const nameOfBook = toHex(BOOK.hash);
  const becomes = (what: string, holds: () => Promise<boolean>) =>
    asked(what, holds, () => new Promise(setImmediate));

  async function open(bytesMax = 10_000_000): Promise<Archive> {
    const archive = createArchive(
      {
        ...{ clock, random: new RandomInMemory(), log: new LogInMemory(), freeBytes: async () => freeBytes },
        ...{ ...EVERYBODY, announceUrls: () => [], names: () => [] },
      },
      { folder, bytesMax, host: '127.0.0.1', port: 0, federation: FEDERATION },
    );
    await archive.start();
    stops.push(() => archive.stop());
    return archive;
  }

  /** Somebody who has the whole book, and gives so many blocks of it. */
  async function seeder(
    answersMax = Number.POSITIVE_INFINITY,
    metainfo = BOOK,
    bytes = BYTES,
  ): Promise<RawListener> {
    const infoHash = toHex(infoHashV1(metainfo, FEDERATION));
    const listener = await RawListener.open(
      { host: '127.0.0.1' },
      infoHash,
      metainfo.size,
      bytes,
      answersMax,
    );
    stops.push(() => listener.close());
    return listener;
  }
  const placeOf = ({ port }: RawListener) =>
    ({ address: { family: 4, bytes: Uint8Array.of(127, 0, 0, 1) }, port }) as const;
  /** Pieces that it was asked for and has given. */
  const given = ({ met }: RawListener, most = Number.POSITIVE_INFINITY) =>
    new Set(met.flatMap(({ asked }) => asked.slice(0, most).map(({ piece }) => piece)));

  /** From this one only. */
  async function fetchFrom(archive: Archive, from: RawListener, options: Turn = {}, metainfo = BOOK) {
    const { after } = clock;
    const begun = new Promise<void>((resolve) => {
      clock.after = (delayMs, run) => {
        if (delayMs === limits.fetchTurnMs) setImmediate(resolve);
        return after.call(clock, delayMs, run);
      };
    });
    const fetched = archive.fetch(metainfo.hash, metainfo, options);
    await Promise.race([begun, fetched.catch(() => undefined)]);
    const infoHash = infoHashV1(metainfo, FEDERATION);
    const meet = () => archive.want(wantOf(metainfo.hash, infoHash, { complete: true, at: placeOf(from) }));
    let isOver = false;
    const over = () => {
      isOver = true;
    };
    fetched.then(over, over);
    const turn = () => new Promise(setImmediate).then(meet);
    await eventually(() => isOver || from.met.length > 0, turn);
    return { fetched };
  }

  /** Comes as far as `COME` pieces, and loses its turn to one who waits. */
  async function half(archive: Archive, share = 'ann'): Promise<RawListener> {
    const silent = await seeder(COME);
    const bits = join(folder, 'incoming', nameOfBook, 'pieces');
    const { fetched } = await fetchFrom(archive, silent, { isWaitedFor: () => true, share });
    await eventually(() => silent.met[0] !== undefined && silent.met[0].asked.length > COME);
    await becomes('all to be written', async () => ones(await readFile(bits)) === COME);
    clock.move(limits.fetchTurnMs);
    clock.move(limits.fetchTurnMs);
    expect(outcome(await fetched)).to.equal('archive.busy');
    return silent;
  }
  const ones = (bits: Uint8Array) =>
    [...bits].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);

  async function isWhole(archive: Archive): Promise<void> {
    expect(archive.has(BOOK.hash)).to.equal(true);
    expect(await readFile(join(folder, nameOfBook, 'data'))).to.deep.equal(Buffer.from(BYTES));
    expect((await readdir(join(folder, nameOfBook))).sort()).to.deep.equal(['data', 'metainfo']);
    expect(await incoming()).to.deep.equal([]);
  }

  it('is gone on with when it loses its turn: no piece comes twice, and nothing half looks whole meanwhile', async () => {
    const archive = await open();
    const first = await half(archive);
    expect(await incoming()).to.deep.equal([nameOfBook]);
    expect([archive.has(BOOK.hash), archive.list(), archive.size().files]).to.deep.equal([false, [], 0]);
    expect(await archive.metainfo(BOOK.hash)).to.equal(undefined);
    const second = await seeder();
    expect(outcome(await (await fetchFrom(archive, second)).fetched)).to.equal('accept');
    const [before, after] = [given(first, COME), given(second)];
    expect(before.size).to.equal(COME);
    expect([...after].filter((piece) => before.has(piece))).to.deep.equal([]);
    expect(after.size).to.equal(PIECES - COME);
    await isWhole(archive);
  });

  it('is found after a kill and gone on with, but for what the disk has lost of it', async () => {
    const killed = await open();
    await half(killed);
    // The power goes: a piece was in no file yet, although its bit was.
    const path = join(folder, 'incoming', nameOfBook, 'data');
    const data = await readFile(path);
    await writeFile(path, data.fill(0, 3 * BOOK.pieceLength, 4 * BOOK.pieceLength));
    const archive = await open();
    const second = await seeder();
    expect(outcome(await (await fetchFrom(archive, second)).fetched)).to.equal('accept');
    expect(given(second).has(3), 'the one that was lost').to.equal(true);
    expect(given(second).size).to.equal(PIECES - COME + 1);
    await isWhole(archive);
  });

  it('is thrown away after a kill when nobody can say what of it has come, or when it is something else', async () => {
    await open();
    for (const [name, files] of [
      ['a'.repeat(64), ['data']],
      ['b'.repeat(64), ['pieces']],
      ['c'.repeat(64), ['data', 'metainfo']],
      ['d'.repeat(64), ['data', 'metainfo', 'pieces']],
      ['e'.repeat(32), ['data', 'pieces']],
    ] as const) {
      const draft = join(folder, 'incoming', name);
      await mkdir(draft);
      for (const file of files) await writeFile(join(draft, file), Uint8Array.of(255));
    }
    const empty = join(folder, 'incoming', `${'f'.repeat(64)}.${'f'.repeat(64)}`);
    await mkdir(empty);
    for (const file of ['data', 'pieces']) await writeFile(join(empty, file), Uint8Array.of(0));
    await writeFile(join(folder, 'incoming', '1'.repeat(64)), 'no folder');
    const archive = await open();
    expect(await incoming()).to.deep.equal([]);
    expect(archive.list()).to.deep.equal([]);
  });

  it('is believed only piece by piece: bits without bytes make no file, and neither do the bytes of another one', async () => {
    await open();
    const draft = join(folder, 'incoming', nameOfBook);
    await mkdir(draft);
    await writeFile(join(draft, 'pieces'), new Uint8Array(Math.ceil(PIECES / 8)).fill(255));
    await writeFile(join(draft, 'data'), vectorBytes(900_000).fill(1, 0, 2 * BOOK.pieceLength));
    const archive = await open();
    const from = await seeder();
    expect(outcome(await (await fetchFrom(archive, from)).fetched)).to.equal('accept');
    expect([...given(from)].sort(), 'the first two are wrong').to.deep.equal([0, 1]);
    await isWhole(archive);
  });

  it('is of no use for a torrent with other pieces: whoever lies about them gains nothing by what has come', async () => {
    const archive = await open();
    await half(archive);
    const lie = { ...BOOK, pieces: BOOK.pieces.map((byte) => byte ^ 1) };
    const from = await seeder(0, lie);
    const { fetched } = await fetchFrom(archive, from, { isWaitedFor: () => true }, lie);
    clock.move(limits.fetchTurnMs);
    expect(outcome(await fetched)).to.equal('archive.busy');
    expect(await incoming(), 'not one piece was right').to.deep.equal([]);
  });

  it('is nothing when the bytes are of no use any more, and stays when the library stops', async () => {
    const archive = await open();
    await half(archive);
    const ending = new AbortController();
    const { fetched } = await fetchFrom(archive, await seeder(0), ending);
    ending.abort();
    await fetched.catch(() => undefined);
    expect(await incoming()).to.deep.equal([]);
    await half(archive);
    const again = await fetchFrom(archive, await seeder(0));
    const ended = again.fetched.catch(() => undefined);
    await archive.stop();
    await ended;
    expect(await incoming()).to.deep.equal([nameOfBook]);
    expect((await stat(join(folder, 'incoming', nameOfBook, 'data'))).size).to.be.above(0);
  });

  it('goes after a day, and with the file when nobody needs that', async () => {
    const archive = await open();
    await half(archive);
    clock.move(limits.leftoverMs - 1);
    expect(await incoming()).to.deep.equal([nameOfBook]);
    clock.move(1);
    await becomes('it to be gone', async () => (await incoming()).length === 0);
    await half(archive);
    await archive.forget(BOOK.hash, () => true);
    expect(await incoming()).to.deep.equal([nameOfBook]);
    await archive.forget(BOOK.hash);
    expect(await incoming()).to.deep.equal([]);
  });

  it('gives its room to whoever needs it: of the archive, and of the disk', async () => {
    const archive = await open(1_500_000);
    await half(archive);
    const other = vectorBytes(1_400_000);
    const expected = { hash: metainfoOf(other).hash, name: 'another' };
    async function* stream(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < other.length; at += 100_000) yield other.subarray(at, at + 100_000);
    }
    expect(outcome(await archive.receive(stream(), expected))).to.equal('accept');
    expect(await incoming()).to.deep.equal([]);
    await archive.forget(expected.hash);
    await half(archive);
    freeBytes = limits.diskFreeBytesMin + 1_300_000;
    const received = archive.receive(stream(), { ...expected, sizeHint: other.length });
    expect(outcome(await received), 'the disk is no larger for that').to.equal('archive.full');
    expect(await incoming()).to.deep.equal([]);
  });

  /** That the last fetch has told of. */
  let pieces = 0;
  /** A stranger's, from this address in hex. */
  function brings(archive: Archive, number: number, from: RawListener, address = '') {
    const at = placeOf(from);
    pieces = 0;
    return archive.fetchBrought({
      ...{ hash: BOOK.hash, outline: () => BOOK, reading() {}, from: () => [at] },
      piece: () => void pieces++,
      by: { key: identity(number).key, address, paid: false },
      signal: new AbortController().signal,
    });
  }
  const nameOfBrought = (number: number) => `${nameOfBook}.${toHex(identity(number).key)}`;

  /** Comes as far as `COME` pieces, and no further. */
  async function halfBrought(archive: Archive, number: number, address = ''): Promise<void> {
    const silent = await seeder(COME);
    const fetched = brings(archive, number, silent, address);
    await eventually(() => silent.met[0] !== undefined && silent.met[0].asked.length > COME);
    const bits = join(folder, 'incoming', nameOfBrought(number), 'pieces');
    await becomes('all to be written', async () => ones(await readFile(bits)) === COME);
    await silent.close();
    clock.move(limits.fetchWindowMs);
    clock.move(limits.fetchWindowMs);
    expect(outcome(await fetched)).to.equal('file.not-available');
  }

  it('of one reader is never taken for what another brings', async () => {
    const archive = await open();
    await halfBrought(archive, 5);
    expect(await incoming()).to.deep.equal([nameOfBrought(5)]);
    expect(pieces, 'each that came was told').to.equal(COME);
    const isFirst = (key: Uint8Array) => toHex(key) === toHex(identity(5).key);
    await archive.forget(BOOK.hash, () => false, isFirst);
    expect(await incoming(), 'another has given it up').to.deep.equal([nameOfBrought(5)]);
    const other = await seeder();
    expect(outcome(await brings(archive, 6, other))).to.equal('accept');
    expect(given(other).size, 'all of it is his').to.equal(PIECES);
    const own = await seeder();
    expect(outcome(await brings(archive, 5, own))).to.equal('accept');
    expect(given(own).size).to.equal(PIECES - COME);
    expect(pieces, 'what was here already is no news').to.equal(PIECES - COME);
    assert(archive.has(BOOK.hash) && !archive.has(fileHash(1)));
    expect(await incoming()).to.deep.equal([]);
  });

  it('of a network with many addresses gives way first, and not that of one reader from elsewhere', async () => {
    // A quarter of it holds two of them.
    const archive = await open(3_200_000);
    await halfBrought(archive, 5, 'c0000201');
    await halfBrought(archive, 6, '0a000001');
    await halfBrought(archive, 7, '0a000002');
    expect((await incoming()).sort()).to.deep.equal([nameOfBrought(5), nameOfBrought(7)].sort());
  });
});
