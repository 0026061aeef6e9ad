import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert, expect } from 'chai';
import type { Archive } from '../../../../archive/archive.ts';
import type { Parameters } from '../../../../chain/block/genesis.ts';
import { account, file, pendingUploads } from '../../../../chain/queries.ts';
import { parseAddress } from '../../../../core/address.ts';
import { type Bytes, toHex, utf8 } from '../../../../core/bytes.ts';
import { Fault } from '../../../../core/fault.ts';
import { limits } from '../../../../core/limits.ts';
import { reject, type Verdict } from '../../../../core/verdict.ts';
import { Intakes } from '../../../../node/content/uploads/intakes.ts';
import { systemClock } from '../../../../node/process/system.ts';
import type { Received } from '../../../../rpc/upload-ports.ts';
import { plainTorrent } from '../../../e2e/fixtures/plain-torrent.ts';
import { outcome, vectorBytes } from '../../../tracker/world.ts';
import { eventually } from '../../eventually.ts';
import { hashOf, keyOf, UploadDesk } from '../upload-desk.ts';

const BOOK = vectorBytes(200_000);
const HASH = hashOf(BOOK);

describe('uploads on their way in', () => {
  let desk: UploadDesk;
  beforeEach(async () => {
    desk = await UploadDesk.open(['kim', 'lou']);
  });
  afterEach(() => desk.stop());

  const isAvailable = () => file(desk.replica.ledger.head().view, HASH) !== undefined;
  const tokensOf = (reader: string) => account(desk.replica.ledger.head().view, keyOf(reader))?.tokens;
  const inFolder = () => readdirSync(join(desk.folder, 'archive')).filter((name) => name.length === 64);
  const stateOf = (reader: string) => desk.uploads.standing(HASH, keyOf(reader))?.state;

  it('come onto the ledger when the library has read the bytes, and not before', async () => {
    const { height } = desk.replica.ledger.head().header;
    const gate = Promise.withResolvers<void>();
    const coming = desk.receive('kim', BOOK, held(gate.promise, BOOK));
    expect(stateOf('kim')).to.equal('receiving');
    expect(stateOf('lou'), 'nobody else is told').to.equal(undefined);
    gate.resolve();
    const received = accepted(await coming);
    expect(stateOf('kim')).to.equal('waiting');
    expect(desk.replica.ledger.head().header.height).to.equal(height);
    expect(await received.outcome()).to.include({ state: 'available', code: undefined });
    expect(isAvailable()).to.equal(true);
    expect(desk.archive.has(HASH)).to.equal(true);
    expect(desk.intakes.size, 'none that the ledger does not know').to.equal(0);
  });

  it('are said to be read while they are hashed, to the key that brings them', async () => {
    const states: (string | undefined)[] = [];
    const { intakes } = desk;
    const { reading } = intakes;
    intakes.reading = (hash, key) => {
      const end = reading.call(intakes, hash, key);
      states.push(stateOf('kim'), stateOf('lou'));
      return end;
    };
    await accepted(await desk.receive('kim', BOOK)).outcome();
    expect(states).to.deep.equal(['reading', undefined]);
    expect(stateOf('kim')).to.equal('available');
    expect(outcome(await desk.receive('kim', utf8('other bytes'), whole(BOOK)))).to.equal('file.wrong-hash');
    expect(desk.uploads.standing(hashOf(utf8('other bytes')), keyOf('kim'))).to.equal(undefined);
  });

  it('that are not whole leave nothing', async () => {
    const received = accepted(await desk.receive('kim', BOOK));
    expect(inFolder()).to.deep.equal([toHex(HASH)]);
    await received.discard();
    expect(desk.archive.has(HASH)).to.equal(false);
    expect(inFolder()).to.deep.equal([]);
    expect(desk.intakes.size).to.equal(0);
    expect(outcome(await desk.receive('kim', utf8('other bytes'), whole(BOOK)))).to.equal('file.wrong-hash');
    expect(desk.intakes.size).to.equal(0);
  });

  it('file.of-64-bytes and upload.size-mismatch: are refused by what was read, and leave nothing', async () => {
    const node = vectorBytes(64);
    expect(outcome(await desk.receive('kim', node))).to.equal('file.of-64-bytes');
    const { claim, ...rest } = desk.announced('kim', BOOK, 'a book', 2_000_000_000);
    const written = { ...claim.written!, size: claim.written!.size + 1n };
    const wrong = { ...rest, claim: { ...claim, written } };
    expect(outcome(await desk.uploads.receiveFile(whole(BOOK), wrong))).to.equal('upload.size-mismatch');
    expect(inFolder()).to.deep.equal([]);
    expect(desk.intakes.size).to.equal(0);
  });

  it('put a name on the ledger in its composed form, however a torrent writes it', async () => {
    const torrent = plainTorrent({ name: 'Cafe\u0301.bin', bytes: BOOK, path: '', hash: '' });
    const { claim } = desk.announced('kim', BOOK);
    const received = accepted(
      await desk.uploads.receiveTorrent(torrent, { claim, name: undefined, from: undefined }),
    );
    expect(await received.outcome()).to.include({ name: 'Caf\u00e9.bin' });
  });

  it('of one file by two readers: the first is credited, the second is told so, and neither takes from the other', async () => {
    const first = accepted(await desk.receive('kim', BOOK));
    const second = accepted(await desk.receive('lou', BOOK));
    expect(await second.outcome()).to.include({ state: 'available' });
    expect(await first.outcome()).to.include({ state: 'refused', code: 'upload.already-available' });
    expect(desk.archive.has(HASH)).to.equal(true);
    expect(tokensOf('lou')).to.equal(BigInt(BOOK.length));
    expect(tokensOf('kim')).to.equal(0n);
  });

  it('of one file by two readers: one that is broken off takes nothing from the other', async () => {
    const late = Promise.withResolvers<void>();
    const first = accepted(await desk.receive('kim', BOOK));
    const second = desk.receive('lou', BOOK, held(late.promise, BOOK));
    late.resolve();
    const other = accepted(await second);
    await first.discard();
    expect(desk.archive.has(HASH), 'while the other waits for the ledger').to.equal(true);
    expect(await other.outcome()).to.include({ state: 'available' });
  });

  it('of one file by two readers: the bytes go with the last one that is broken off, and not before', async () => {
    const first = accepted(await desk.receive('kim', BOOK));
    const gate = Promise.withResolvers<void>();
    const broken = desk.receive('lou', BOOK, held(gate.promise, utf8('something else')));
    await first.discard();
    expect(desk.archive.has(HASH), 'another upload of it is under way').to.equal(true);
    gate.resolve();
    expect(outcome(await broken)).to.equal('file.wrong-hash');
    expect(desk.archive.has(HASH)).to.equal(false);
  });

  it('of what was here before take nothing away when they are broken off', async () => {
    const expected = { hash: HASH, name: 'from before' };
    expect(outcome(await desk.archive.receive(whole(BOOK), expected))).to.equal('accept');
    await accepted(await desk.receive('kim', BOOK)).discard();
    expect(desk.archive.has(HASH)).to.equal(true);
  });

  it('twice by the same reader: the one that is broken off does not forget the other', async () => {
    const first = accepted(await desk.receive('kim', BOOK));
    const second = accepted(await desk.receive('kim', BOOK));
    await second.discard();
    expect(stateOf('kim')).to.equal('waiting');
    expect(await first.outcome()).to.include({ state: 'available' });
  });

  it('wait for a ledger that has no room, and come onto it by themselves, also after a kill', async () => {
    desk.ledgerIsFull = true;
    const received = accepted(await desk.receive('kim', BOOK));
    expect(await received.outcome()).to.include({ state: 'waiting', code: 'pool.full' });
    await desk.look();
    expect(isAvailable()).to.equal(false);
    await desk.killAndRestart();
    expect(stateOf('kim')).to.equal('waiting');
    desk.ledgerIsFull = false;
    await desk.look();
    await eventually(isAvailable);
    expect(tokensOf('kim')).to.equal(BigInt(BOOK.length));
    await desk.look();
    expect(stateOf('kim')).to.equal('available');
  });

  it('that the reader was told nothing of come onto the ledger when the library was killed behind the last byte', async () => {
    await desk.receive('kim', BOOK); // and nobody goes on with it: the power is gone
    await desk.killAndRestart();
    expect(isAvailable()).to.equal(false);
    await desk.look();
    await eventually(isAvailable);
    expect(tokensOf('kim')).to.equal(BigInt(BOOK.length));
  });

  it('upload.sign-again: a claim that has lapsed is told, its bytes wait a week, and a newer one goes on', async () => {
    const now = desk.replica.ledger.head().header.time;
    desk.clock.time = now;
    const expires = Math.floor(now / 1_000) + 60;
    desk.ledgerIsFull = true;
    const received = accepted(
      await desk.uploads.receiveFile(whole(BOOK), desk.announced('kim', BOOK, 'a book', expires)),
    );
    await received.outcome();
    desk.clock.time = now + 61_000;
    await desk.look();
    const lapsed = desk.uploads.standing(HASH, keyOf('kim'));
    expect(lapsed).to.include({ state: 'refused', code: 'upload.sign-again' });
    expect(lapsed?.until).to.equal(desk.clock.time + limits.unsignedBytesMs);
    desk.clock.time += limits.unsignedBytesMs;
    await desk.look();
    expect(desk.archive.has(HASH)).to.equal(true);
    desk.ledgerIsFull = false;
    const later = Math.floor(desk.clock.time / 1_000) + 3_600;
    const other = desk.announced('kim', BOOK, 'another name', later);
    expect(await desk.uploads.signAgain(other.claim), 'it says something else').to.include({
      state: 'refused',
    });
    const again = await desk.uploads.signAgain(desk.announced('kim', BOOK, 'a book', later).claim);
    expect(again).to.include({ state: 'available' });
  });

  it('whose claim has lapsed are over after a week: their bytes go, and the key is told why for 30 days', async () => {
    const now = desk.replica.ledger.head().header.time;
    desk.clock.time = now;
    desk.ledgerIsFull = true;
    const expires = Math.floor(now / 1_000) + 60;
    const announced = desk.announced('kim', BOOK, 'a book', expires);
    await accepted(await desk.uploads.receiveFile(whole(BOOK), announced)).outcome();
    desk.clock.time += 61_000;
    await desk.look();
    desk.clock.time += limits.unsignedBytesMs + 1;
    await desk.look();
    const over = { state: 'refused', code: 'transaction.expired' };
    expect(desk.uploads.standing(HASH, keyOf('kim'))).to.include(over);
    expect(desk.archive.has(HASH)).to.equal(false);
    expect(inFolder()).to.deep.equal([]);
    expect(desk.intakes.size).to.equal(0);
    const later = Math.floor(desk.clock.time / 1_000) + 3_600;
    const newer = desk.announced('kim', BOOK, 'a book', later);
    expect(await desk.uploads.signAgain(newer.claim), 'there are no bytes to go on with').to.include(over);
    desk.clock.time += limits.standingKeptMs;
    await desk.killAndRestart();
    await desk.look();
    expect(desk.uploads.standing(HASH, keyOf('kim'))).to.include(over);
    desk.ledgerIsFull = false;
    expect(await accepted(await desk.receive('kim', BOOK)).outcome()).to.include({ state: 'available' });
  });

  it('node.fault: of which the library has lost the bytes are over, and say so', async () => {
    desk.ledgerIsFull = true;
    await accepted(await desk.receive('kim', BOOK)).outcome();
    await desk.archive.forget(HASH);
    await desk.look();
    expect(desk.uploads.standing(HASH, keyOf('kim'))).to.include({ state: 'refused', code: 'node.fault' });
    desk.ledgerIsFull = false;
    expect(await accepted(await desk.receive('kim', BOOK)).outcome()).to.include({ state: 'available' });
  });

  it('that signed no expiry wait for as long as one may lie ahead, and have to be signed again then', async () => {
    desk.ledgerIsFull = true;
    const settled = await accepted(await desk.receive('kim', BOOK)).outcome();
    expect(settled.until).to.equal(desk.clock.time + limits.uploadLifeMs);
    desk.clock.time = settled.until;
    await desk.look();
    expect(stateOf('kim')).to.equal('waiting');
    desk.clock.time += 1;
    await desk.look();
    const told = desk.uploads.standing(HASH, keyOf('kim'));
    expect(told).to.include({ state: 'refused', code: 'upload.sign-again' });
    expect(desk.archive.has(HASH)).to.equal(true);
  });

  it('that were refused are said to come when they come again', async () => {
    desk.ledgerIsFull = true;
    await accepted(await desk.receive('kim', BOOK)).outcome();
    await desk.archive.forget(HASH);
    await desk.look();
    expect(stateOf('kim')).to.equal('refused');
    const gate = Promise.withResolvers<void>();
    const coming = desk.receive('kim', BOOK, held(gate.promise, BOOK));
    expect(stateOf('kim')).to.equal('receiving');
    gate.resolve();
    accepted(await coming);
    expect(stateOf('kim')).to.equal('waiting');
  });

  it('upload.reset: are not called available when the federation has taken the entry back, also after a kill', async () => {
    await accepted(await desk.receive('kim', BOOK)).outcome();
    expect(stateOf('kim')).to.equal('available');
    await desk.decide({ kind: 'reset-file', hash: HASH });
    const told = () => desk.uploads.standing(HASH, keyOf('kim'));
    expect(told()).to.include({ state: 'refused', code: 'upload.reset' });
    await desk.killAndRestart();
    await desk.look();
    expect(told()).to.include({ state: 'refused', code: 'upload.reset' });
    const again = accepted(await desk.receive('lou', BOOK));
    expect(await again.outcome(), 'the true file comes').to.include({ state: 'available' });
    expect(told(), 'and is another’s').to.include({ state: 'refused', code: 'upload.reset' });
  });

  it('upload.reset: can be brought again by whose entry was taken back', async () => {
    await accepted(await desk.receive('kim', BOOK)).outcome();
    await desk.decide({ kind: 'reset-file', hash: HASH });
    expect(await accepted(await desk.receive('kim', BOOK)).outcome()).to.include({ state: 'available' });
    expect(tokensOf('kim')).to.equal(BigInt(BOOK.length));
  });

  it('file.taken-down: are not called available while nobody may have them, and are again when it is restored', async () => {
    await accepted(await desk.receive('kim', BOOK)).outcome();
    await desk.decide({ kind: 'take-down', hash: HASH });
    const told = () => desk.uploads.standing(HASH, keyOf('kim'));
    expect(told()).to.include({ state: 'refused', code: 'file.taken-down' });
    const lous = await accepted(await desk.receive('lou', BOOK)).outcome();
    expect(lous).to.include({ state: 'refused', code: 'file.taken-down' });
    await desk.decide({ kind: 'restore', hash: HASH });
    expect(told()).to.include({ state: 'available', code: undefined });
    expect(desk.uploads.standing(HASH, keyOf('lou'))?.code, 'is another’s').to.equal(
      'upload.already-available',
    );
  });

  it('are remembered for 30 days, for the key that brought them', async () => {
    desk.clock.time = desk.replica.ledger.head().header.time;
    await accepted(await desk.receive('kim', BOOK)).outcome();
    desk.clock.time += limits.standingKeptMs;
    await desk.killAndRestart();
    await desk.look();
    expect(stateOf('kim')).to.equal('available');
    expect(stateOf('lou')).to.equal(undefined);
    desk.clock.time += 1;
    await desk.look();
    expect(stateOf('kim')).to.equal(undefined);
    expect(desk.archive.has(HASH), 'the file itself stays').to.equal(true);
  });

  it('upload.too-many: what the ledger does not know is bounded for each key', async () => {
    desk.ledgerIsFull = true;
    for (let i = 0; i < limits.intakesPerKeyMax; i++) {
      await accepted(await desk.receive('kim', utf8(`book ${i}`))).outcome();
    }
    expect(outcome(await desk.receive('kim', utf8('one more')))).to.equal('upload.too-many');
    expect(outcome(await desk.receive('kim', utf8('book 0'))), 'it is there already').to.equal('accept');
    expect(outcome(await desk.receive('lou', utf8('one more')))).to.equal('accept');
    expect(pendingUploads(desk.replica.ledger.head().view, hashOf(utf8('book 0')), 0)).to.deep.equal([]);
  });
});

describe('uploads of requests that do not say how long they are', () => {
  const CHUNK = 100_000;
  const MANY = 2 ** 20;
  let desk: UploadDesk;
  let given: number;
  beforeEach(() => {
    given = 0;
  });
  afterEach(() => desk.stop());

  /** Without an end. */
  async function* endless(): AsyncGenerator<Bytes> {
    for (;;) {
      given += CHUNK;
      yield vectorBytes(CHUNK);
    }
  }
  const left = () => [desk.intakes.size, readdirSync(join(desk.folder, 'archive', 'incoming')).length];

  it('file.wrong-size: are refused as soon as they are longer than the federation takes', async () => {
    desk = await UploadDesk.open(['kim'], { parameters: { fileBytesMax: MANY } });
    expect(outcome(await desk.receive('kim', BOOK, endless()))).to.equal('file.wrong-size');
    expect(given).to.be.within(MANY, MANY + CHUNK);
    expect(left()).to.deep.equal([0, 0]);
    given = 0;
    const announced = { ...desk.announced('kim', BOOK), sizeHint: BOOK.length };
    expect(outcome(await desk.uploads.receiveFile(endless(), announced))).to.equal('file.wrong-size');
    expect(given, 'also when what they say is not true').to.be.within(MANY, MANY + CHUNK);
  });

  it('upload.size-mismatch: are refused as soon as they are longer than the reader has signed', async () => {
    desk = await UploadDesk.open(['kim']);
    const announced = desk.announced('kim', BOOK, 'a book', 2_000_000_000);
    expect(outcome(await desk.uploads.receiveFile(endless(), announced))).to.equal('upload.size-mismatch');
    expect(given).to.be.within(BOOK.length, BOOK.length + CHUNK);
    expect(left()).to.deep.equal([0, 0]);
  });

  it('upload.daily-cap: are refused as soon as no day credits so many bytes, and take from the key only while they come', async () => {
    desk = await UploadDesk.open(['kim'], { parameters: { uploadBytesPerKeyPerDay: 250_000 } });
    const soon = Math.floor(Date.now() / 1_000) + 60;
    const { claim, ...rest } = desk.announced('kim', BOOK);
    const unsized = { ...rest, claim: { ...claim, expires: soon } };
    expect(outcome(await desk.uploads.receiveFile(endless(), unsized))).to.equal('upload.daily-cap');
    expect(given).to.be.within(250_000, 250_000 + CHUNK);
    expect(left()).to.deep.equal([0, 0]);

    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    const coming = desk.uploads.receiveFile(held(gate.promise, BOOK, reached.resolve), unsized);
    await reached.promise;
    const other = desk.announced('kim', vectorBytes(100_000), 'another', soon);
    const code = outcome(await desk.uploads.receiveFile(untouched(), other));
    expect(code, 'what has come goes first').to.equal('upload.daily-cap');
    gate.resolve();
    expect(outcome(await coming)).to.equal('accept');
  });
});

describe('uploads of which a day credits only so many bytes', () => {
  const DAY_MS = 86_400_000;
  const OTHER = vectorBytes(150_000);
  let desk: UploadDesk;
  /** Of the ledger. */
  let aheadMs = 0;
  beforeEach(() => {
    aheadMs = 0;
  });
  afterEach(() => desk.stop());

  async function open(parameters: Partial<Parameters>): Promise<void> {
    const clock = { ...systemClock, now: () => Date.now() + aheadMs };
    desk = await UploadDesk.open(['kim', 'lou'], { parameters, clock });
    // Noon, so that no midnight comes by itself.
    aheadMs = DAY_MS + DAY_MS / 2 - (Date.now() % DAY_MS);
    desk.clock.time = clock.now();
  }
  const standing = (bytes: Bytes, reader = 'kim') => desk.uploads.standing(hashOf(bytes), keyOf(reader));
  const secondsAhead = (ms: number) => Math.floor((desk.clock.time + ms) / 1_000);

  it('wait for the next day, and are credited then by themselves, also after a kill', async () => {
    await open({ uploadBytesPerKeyPerDay: 250_000 });
    expect(await accepted(await desk.receive('kim', BOOK)).outcome()).to.include({ state: 'available' });
    const { height } = desk.replica.ledger.head().header;
    const full = { state: 'waiting', code: 'upload.daily-cap' };
    expect(await accepted(await desk.receive('kim', OTHER)).outcome()).to.include(full);
    await desk.look();
    await desk.killAndRestart();
    await desk.look();
    expect(standing(OTHER)).to.include(full);
    expect(desk.replica.ledger.head().header.height, 'nothing was signed').to.equal(height);
    expect(await accepted(await desk.receive('lou', OTHER)).outcome(), 'another key').to.include({
      state: 'available',
    });
    aheadMs += DAY_MS;
    desk.clock.time += DAY_MS;
    await desk.look();
    expect(standing(OTHER)).to.include({ state: 'refused', code: 'upload.already-available' });
  });

  it('are credited on the next day when nobody else has brought them', async () => {
    await open({ uploadBytesPerNodePerDay: 250_000 });
    await accepted(await desk.receive('lou', BOOK)).outcome();
    expect(await accepted(await desk.receive('kim', OTHER)).outcome()).to.include({
      code: 'upload.daily-cap',
    });
    aheadMs += DAY_MS;
    desk.clock.time += DAY_MS;
    await desk.look();
    await eventually(() => standing(OTHER)?.state === 'available');
  });

  it('upload.daily-cap: are refused before their first byte when no day until their signature lapses has room', async () => {
    await open({ uploadBytesPerKeyPerDay: 250_000 });
    const code = async (bytes: Bytes, aheadOfNowMs: number) => {
      const announced = desk.announced('kim', bytes, 'a book', secondsAhead(aheadOfNowMs));
      return outcome(await desk.uploads.receiveFile(untouched(), announced));
    };
    expect(await code(vectorBytes(250_001), 10 * DAY_MS), 'more than a whole day').to.equal(
      'upload.daily-cap',
    );
    await accepted(await desk.receive('kim', BOOK)).outcome();
    expect(await code(OTHER, 60_000), 'today is full').to.equal('upload.daily-cap');
    const gate = Promise.withResolvers<void>();
    const coming = desk.uploads.receiveFile(
      held(gate.promise, OTHER),
      desk.announced('kim', OTHER, 'a book', secondsAhead(DAY_MS)),
    );
    expect(await code(vectorBytes(150_001), DAY_MS), 'what comes already goes first').to.equal(
      'upload.daily-cap',
    );
    gate.resolve();
    await accepted(await coming).discard();
    const later = desk.announced('kim', OTHER, 'a book', secondsAhead(DAY_MS));
    expect(outcome(await desk.uploads.receiveFile(whole(OTHER), later))).to.equal('accept');
  });

  it('file.wrong-size: are refused before their first byte when the request is longer than any file may be', async () => {
    await open({ fileBytesMax: limits.fileBytesMaxMin });
    const announced = { ...desk.announced('kim', BOOK), sizeHint: 2 * limits.fileBytesMaxMin };
    expect(outcome(await desk.uploads.receiveFile(untouched(), announced))).to.equal('file.wrong-size');
  });
});

describe('uploads that readers seed', () => {
  let desk: UploadDesk;
  beforeEach(async () => {
    desk = await UploadDesk.open(['kim', 'lou']);
    desk.clerk.start();
  });
  afterEach(() => desk.stop());

  const torrent = plainTorrent({ name: 'A book.bin', bytes: BOOK, path: '', hash: '' });
  const standing = () => desk.uploads.standing(HASH, keyOf('kim'));

  const KIMS_PEER = { address: parseAddress('192.0.2.1')!, port: 1 };
  /** Kim announces the file, and a peer with her pass comes. @param fetched - what the archive does then. */
  async function kimSeeds(fetched: Archive['fetchBrought'], expires?: number): Promise<void> {
    desk.archive.fetchBrought = fetched;
    const { claim, from, name } = desk.announced('kim', BOOK, 'A book.bin', expires);
    await accepted(await desk.uploads.receiveTorrent(torrent, { claim, name, from })).outcome();
    desk.clerk.start();
    desk.clerk.seeded({ file: HASH, subject: keyOf('kim'), at: KIMS_PEER });
  }

  it('are fetched no more when another has brought the file: the place is free at once', async () => {
    let ended = false;
    await kimSeeds(async ({ signal }) => {
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
      return reject('file.not-available');
    });
    expect(standing()?.state).to.equal('fetching');
    await accepted(await desk.receive('lou', BOOK)).outcome();
    await eventually(() => standing()?.state === 'refused');
    expect(ended).to.equal(true);
    expect(standing()?.code).to.equal('upload.already-available');
  });

  it('that break off say nothing to the operator, who may count them', async () => {
    await kimSeeds(async () => {
      throw new Fault('archive.failed', 'the torrent failed');
    });
    await eventually(() => desk.counted.length === 1);
    expect(desk.counted).to.deep.equal(['archive.failed']);
    expect(desk.warned).to.deep.equal([]);
    expect(standing()?.state, 'it may go better the next time').to.equal('fetching');
  });

  it('that are something else than was announced say nothing to the operator, and end', async () => {
    await kimSeeds(async () => reject('file.wrong-hash'));
    await eventually(() => standing()?.state === 'refused');
    expect(desk.counted).to.deep.equal(['file.wrong-hash']);
    expect(desk.warned).to.deep.equal([]);
  });

  const HOUR_MS = 3_600_000;
  /** Pieces that come in the next fetch, before it breaks off. */
  let coming = 0;
  /** Kim's claim, of a fetch in which they come. @param lifeMs - of what she has signed, from now on. */
  async function kimIsSlow(lifeMs?: number): Promise<void> {
    coming = 0;
    const before = desk.counted.length;
    desk.clock.time = desk.replica.ledger.head().header.time;
    const expires = lifeMs === undefined ? undefined : Math.floor((desk.clock.time + lifeMs) / 1_000);
    await kimSeeds(async ({ piece }) => {
      for (; coming > 0; coming--) piece?.();
      return reject('file.not-available');
    }, expires);
    await eventually(() => desk.counted.length > before);
  }
  async function later(hours: number, pieces: number): Promise<void> {
    desk.clock.time += hours * HOUR_MS;
    coming = pieces;
    desk.clerk.seeded({ file: HASH, subject: keyOf('kim'), at: KIMS_PEER });
    await desk.look();
  }

  it('upload.too-slow: stay for a day after each piece that comes, also after a kill, and are over when none came for a day', async () => {
    await kimIsSlow();
    expect(standing()?.until).to.equal(desk.clock.time + limits.intakeIdleMs);
    await later(20, 1);
    const until = desk.clock.time + limits.intakeIdleMs;
    expect(standing()).to.include({ state: 'fetching', until });
    await later(20, 0);
    expect(desk.counted, 'it was tried').to.have.length(3);
    expect(standing()).to.include({ state: 'fetching', until });
    const { fetchBrought } = desk.archive;
    await desk.killAndRestart();
    desk.archive.fetchBrought = fetchBrought;
    expect(standing()).to.include({ state: 'fetching', until });
    await later(4, 0);
    expect(standing()?.state).to.equal('fetching');
    await later(1, 1);
    expect(standing()).to.include({ state: 'refused', code: 'upload.too-slow' });
    expect(standing()?.until).to.equal(desk.clock.time + limits.standingKeptMs);
    expect(desk.intakes.size).to.equal(0);
    await kimIsSlow();
    expect(standing()?.state, 'it may be announced anew').to.equal('fetching');
  });

  it('are over with their claim, however many pieces come: one a day keeps no place for ever', async () => {
    await kimIsSlow(50 * HOUR_MS);
    const lapses = Math.floor(desk.clock.time / 1_000) * 1_000 + 50 * HOUR_MS;
    for (let i = 0; i < 2; i++) await later(20, 1);
    expect(standing()).to.include({ state: 'fetching', until: lapses });
    await later(9, 1);
    expect(standing()).to.include({ state: 'fetching', until: lapses });
    await later(2, 1);
    expect(coming, 'nothing was fetched').to.equal(1);
    expect(standing()).to.include({ state: 'refused', code: 'transaction.expired' });
  });

  it('are ended with their claim in the midst of a fetch that goes on and on', async () => {
    desk.clock.time = desk.replica.ledger.head().header.time;
    const expires = Math.floor(desk.clock.time / 1_000) + 30 * 3_600;
    let ended = false;
    const come = Promise.withResolvers<void>();
    await kimSeeds(async ({ signal, piece }) => {
      for (let i = 0; i < 3; i++) {
        desk.clock.time += 9 * HOUR_MS;
        piece?.();
        await new Promise(setImmediate);
      }
      come.resolve();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      ended = true;
      throw new Fault('archive.failed', 'it was ended');
    }, expires);
    await come.promise;
    expect(standing()).to.include({ state: 'fetching', until: expires * 1_000 });
    desk.clock.time = expires * 1_000 + 1;
    await desk.look();
    expect(ended).to.equal(true);
    await desk.look();
    expect(standing()).to.include({ state: 'refused', code: 'transaction.expired' });
  });

  it('are not written for each piece that comes, and a kill takes an hour of them at most', async () => {
    let writes = 0;
    const { intakes } = desk;
    const { put } = intakes;
    intakes.put = (...intake) => {
      writes++;
      return put.apply(intakes, intake);
    };
    let saved: number | undefined;
    await kimSeeds(async ({ piece }) => {
      writes = 0;
      for (let i = 0; i < 200; i++) {
        desk.clock.time += HOUR_MS / 20;
        piece?.();
        await new Promise(setImmediate);
      }
      const onDisk = new Intakes(desk.replica.store, () => false);
      await onDisk.start();
      saved = onDisk.get(HASH, keyOf('kim'))?.until;
      return reject('file.not-available');
    });
    await eventually(() => desk.counted.length === 1);
    const until = desk.clock.time + limits.intakeIdleMs;
    expect(saved).to.be.within(until - limits.intakeSavedMs, until);
    await eventually(() => standing()?.until === until);
    expect(writes).to.be.within(5, 11);
  });

  it('and are signed anew meanwhile are not fetched twice, and the newer signature goes onto the ledger', async () => {
    desk.clock.time = desk.replica.ledger.head().header.time;
    const later = Math.floor(desk.clock.time / 1_000) + 7_200;
    await kimSeeds(async () => {
      const again = await desk.uploads.signAgain(desk.announced('kim', BOOK, 'A book.bin', later).claim);
      expect(again?.state).to.equal('fetching');
      return desk.archive.receive(whole(BOOK), { hash: HASH, name: 'A book.bin' });
    }, later - 3_600);
    await eventually(() => standing()?.state === 'available');
    expect(desk.counted).to.deep.equal(['fetched']);
    expect(desk.intakes.get(HASH, keyOf('kim'))?.expires).to.equal(later);
  });

  it('are said to be read while they are hashed', async () => {
    const states: (string | undefined)[] = [];
    await kimSeeds(async ({ reading }) => {
      states.push(standing()?.state);
      reading();
      states.push(standing()?.state);
      return reject('file.not-available');
    });
    await eventually(() => desk.counted.length === 1);
    await eventually(() => standing()?.state === 'fetching');
    expect(states).to.deep.equal(['fetching', 'reading']);
  });
});

describe('uploads that were made up', () => {
  const torrent = plainTorrent({ name: 'Made up.bin', bytes: BOOK, path: '', hash: '' });
  let desk: UploadDesk;
  beforeEach(async () => {
    desk = await UploadDesk.open(['kim']);
  });
  afterEach(() => desk.stop());

  async function bring(reader: string, what: string, from: string, byPage = false): Promise<string> {
    const { claim } = desk.announced(reader, utf8(what));
    const announced = { claim, name: undefined, from: parseAddress(from), byPage };
    const received = await desk.uploads.receiveTorrent(torrent, announced);
    if (received.kind === 'accept') await received.value.outcome();
    return outcome(received);
  }

  /** Each of two thousand keys from one place. @returns how often there was which outcome. */
  async function makeUp(count: number, from: (i: number) => string): Promise<Record<string, number>> {
    const codes = new Map<string, number>();
    for (let i = 0; i < count; i++) {
      const code = await bring(`liar ${i % 2_000}`, `made up ${i}`, from(i));
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    return Object.fromEntries(codes);
  }

  /** Then the key of kim counts as one that has paid. */
  async function kimPays(): Promise<void> {
    const brought = accepted(await desk.receive('kim', vectorBytes(limits.paidBytesMin)));
    expect(await brought.outcome()).to.include({ state: 'available' });
  }

  it('upload.too-many: 10,000 of them leave no trace on the ledger, and at most 4,096 of them are brought at a time, for a day', async () => {
    await kimPays();
    const { height } = desk.replica.ledger.head().header;
    const before = readdirSync(join(desk.folder, 'archive'));
    // Two hundred networks.
    expect(await makeUp(10_000, (i) => `10.0.${i % 200}.1`)).to.deep.equal({
      accept: limits.intakesOfStrangersMax,
      'upload.too-many': 10_000 - limits.intakesOfStrangersMax,
    });
    expect(await bring('kim', 'the book of a reader who has paid', '10.0.7.1')).to.equal('accept');
    expect(desk.replica.ledger.head().header.height).to.equal(height);
    desk.clock.time += limits.intakeIdleMs + 1;
    await desk.look();
    expect(desk.intakes.size).to.equal(0);
    expect(readdirSync(join(desk.folder, 'archive')), 'nothing was fetched').to.deep.equal(before);
  });

  it('from ten networks, with as many addresses and keys as they like, leave room for a stranger from elsewhere and for a key that has paid', async () => {
    await kimPays();
    const ten = (i: number) =>
      i % 10 < 5
        ? `10.0.${i % 10}.${Math.floor(i / 10)}`
        : `2001:db8:0:${i % 10}${hex(Math.floor(i / 10))}::1`;
    expect(await makeUp(1_000, ten)).to.deep.equal({
      accept: 10 * limits.intakesPerNetworkMax,
      'upload.too-many': 1_000 - 10 * limits.intakesPerNetworkMax,
    });
    expect(await bring('lou', 'a book', '192.0.2.1')).to.equal('accept');
    expect(await bring('mia', 'a book', '2001:db8:1::1')).to.equal('accept');
    expect(await bring('kim', 'a book', '10.0.1.1')).to.equal('accept');
    expect(await bring('noa', 'a book', '10.0.1.1'), 'who has not').to.equal('upload.too-many');
    await desk.killAndRestart();
    expect(await bring('noa', 'a book', '10.0.1.1'), 'also after a kill').to.equal('upload.too-many');
    expect(await bring('noa', 'a book', '192.0.2.1')).to.equal('accept');
    expect(await bring('kim', 'another book', '10.0.1.1')).to.equal('accept');
  });

  it('upload.too-many: a /24 with hundreds of addresses holds no more than its share, nor does one address take all of that', async () => {
    expect(await makeUp(100, () => '10.0.0.1')).to.include({ accept: limits.intakesPerAddressMax });
    // The first of them say the same once more.
    expect(await makeUp(512, (i) => `10.0.0.${i % 256}`)).to.include({ accept: limits.intakesPerNetworkMax });
    expect(desk.intakes.size).to.equal(limits.intakesPerNetworkMax);
    expect(await bring('lou', 'a book', '10.0.0.77')).to.equal('upload.too-many');
    expect(await bring('lou', 'a book', '10.0.1.77')).to.equal('accept');
  });

  /** As many as a network may claim; most of them from one address. */
  async function fillNetwork(): Promise<void> {
    await makeUp(limits.intakesPerAddressMax, () => '10.0.0.1');
    const rest = limits.intakesPerNetworkMax - limits.intakesPerAddressMax;
    for (let i = 0; i < rest; i++)
      expect(await bring(`other ${i}`, `more ${i}`, '10.0.0.2')).to.equal('accept');
    expect(desk.intakes.size).to.equal(limits.intakesPerNetworkMax);
  }
  const standingOf = (reader: string, what: string) =>
    desk.uploads.standing(hashOf(utf8(what)), keyOf(reader));

  it('from one address, that nobody seeds, keep out nobody there who brings the bytes: neither a newcomer nor a whole class', async () => {
    await fillNetwork();
    expect(await bring('kim', 'a torrent', '10.0.0.1')).to.equal('upload.too-many');
    const sends = async (reader: string, bytes: Bytes): Promise<Verdict<Received>> => {
      const { claim, name } = desk.announced(reader, bytes);
      return desk.uploads.receiveFile(whole(bytes), { claim, name, from: parseAddress('10.0.0.1')! });
    };
    expect(await accepted(await sends('kim', BOOK)).outcome()).to.include({ state: 'available' });
    desk.ledgerIsFull = true;
    for (let i = 0; i < limits.intakesPerAddressMax; i++) {
      await accepted(await sends(`pupil ${i}`, utf8(`book ${i}`))).outcome();
    }
    const full = await sends('one more', utf8('one more'));
    expect(full).to.deep.include({ code: 'upload.too-many', facts: { retry_after: 10 } });
  });

  it('upload.too-slow: of which nothing comes, and with nobody there, give way after some minutes to those who come, the oldest first', async () => {
    await fillNetwork();
    desk.clock.time += limits.claimIdleMs - 1;
    const { claim } = desk.announced('lou', utf8('a book'));
    const from = parseAddress('10.0.0.1')!;
    const refused = await desk.uploads.receiveTorrent(torrent, { claim, name: undefined, from });
    expect(refused).to.deep.include({ code: 'upload.too-many', facts: { retry_after: 10 } });
    desk.clock.time += 1;
    expect(await bring('lou', 'a book', '10.0.0.1')).to.equal('accept');
    expect(standingOf('liar 0', 'made up 0')).to.include({ state: 'refused', code: 'upload.too-slow' });
    expect(standingOf('liar 1', 'made up 1')).to.include({ state: 'fetching' });
    expect(desk.intakes.size).to.equal(limits.intakesPerNetworkMax);
    expect(await bring('mia', 'a book', '10.0.0.3'), 'of the same network').to.equal('accept');
    expect(await bring('noa', 'a book', '10.0.1.1'), 'which costs nobody a place').to.equal('accept');
    expect(desk.intakes.size).to.equal(limits.intakesPerNetworkMax + 1);
    await desk.killAndRestart();
    desk.clock.time += limits.claimIdleMs - 1;
    expect(await bring('ben', 'a book', '10.0.0.1'), 'peers announce again').to.equal('upload.too-many');
    desk.clock.time += 1;
    expect(await bring('ben', 'a book', '10.0.0.1')).to.equal('accept');
  });

  it('give their place to one of those who want it at the same moment, and the other is told to come again', async () => {
    await makeUp(limits.intakesPerAddressMax, () => '10.0.0.1');
    desk.clock.time += limits.claimIdleMs;
    for (let i = 1; i < limits.intakesPerAddressMax; i++)
      await bring(`liar ${i}`, `made up ${i}`, '10.0.0.1');
    const from = parseAddress('10.0.0.1')!;
    const [first, second] = await Promise.all(
      ['lou', 'mia'].map(async (reader) => {
        const { claim } = desk.announced(reader, utf8('a book'));
        return accepted(await desk.uploads.receiveTorrent(torrent, { claim, name: undefined, from }));
      }),
    );
    expect(await first!.outcome()).to.include({ state: 'fetching' });
    expect(await second!.outcome()).to.include({ state: 'refused', code: 'upload.too-many', caused: false });
    expect(standingOf('liar 0', 'made up 0')?.state).to.equal('refused');
    expect(desk.intakes.size).to.equal(limits.intakesPerAddressMax);
  });

  it('take no place of one whose peer waits for its turn, or sends pieces; one whose peer sends nothing gives way', async () => {
    const seeded = () =>
      desk.clerk.seeded({
        ...{ file: hashOf(utf8('her book')), subject: keyOf('kim') },
        at: { address: parseAddress('10.0.0.1')!, port: 1 },
      });
    const kims = () => standingOf('kim', 'her book')?.state;
    await bring('kim', 'her book', '10.0.0.1');
    await makeUp(limits.intakesPerAddressMax - 1, () => '10.0.0.1');
    seeded();
    desk.clock.time += limits.claimIdleMs;
    expect(await bring('lou', 'a book', '10.0.0.1')).to.equal('accept');
    expect(kims(), 'waits for its turn').to.equal('fetching');
    let pieces = 1;
    desk.archive.fetchBrought = async ({ begun, piece }) => {
      begun?.();
      for (; pieces > 0; pieces--) piece?.();
      return reject('file.not-available');
    };
    await desk.look();
    expect(desk.counted).to.have.length(1);
    desk.clock.time += limits.claimIdleMs;
    expect(await bring('mia', 'a book', '10.0.0.1')).to.equal('accept');
    expect(kims(), 'a piece has come').to.equal('fetching');
    seeded();
    await desk.look();
    expect(desk.counted).to.have.length(2);
    expect(await bring('noa', 'a book', '10.0.0.1')).to.equal('accept');
    for (let i = 0; i < limits.intakesPerAddressMax; i++) {
      if (kims() === 'refused') break;
      expect(await bring(`late ${i}`, 'a book', '10.0.0.1')).to.equal('accept');
    }
    expect(standingOf('kim', 'her book'), 'its last fetch was in vain').to.include({
      code: 'upload.too-slow',
    });
  });

  it('upload.too-many: a /56 with hundreds of /64 holds no more than its share', async () => {
    expect(await makeUp(512, (i) => `2001:db8:0:${hex(i % 256)}::1`)).to.deep.equal({
      accept: limits.intakesPerNetworkMax,
      'upload.too-many': 512 - limits.intakesPerNetworkMax,
    });
    expect(await bring('lou', 'a book', '2001:db8:0:ff::1')).to.equal('upload.too-many');
    expect(await bring('lou', 'a book', '2001:db8:0:100::1')).to.equal('accept');
  });

  it('upload.too-many: pages of other sites leave places to the reader who sits there', async () => {
    const byPage = (i: number) => bring(`page ${i}`, `made up ${i}`, '10.0.0.1', true);
    for (let i = 0; i < limits.intakesOfPagesMax; i++) expect(await byPage(i)).to.equal('accept');
    expect(await byPage(99)).to.equal('upload.too-many');
    expect(await bring('lou', 'a book', '10.0.0.1')).to.equal('accept');
  });

  it('upload.too-many: of a key that has paid so many, and it leaves the others theirs', async () => {
    await kimPays();
    for (let i = 0; i < limits.intakesPerKeyMax; i++) {
      expect(await bring('kim', `book ${i}`, `10.0.${i}.1`)).to.equal('accept');
    }
    expect(await bring('kim', 'one more', '10.0.99.1')).to.equal('upload.too-many');
    expect(await bring('kim', 'book 1', '10.0.99.1'), 'the same once more').to.equal('accept');
    expect(await bring('lou', 'a book', '10.0.1.1')).to.equal('accept');
  });
});

const hex = (number: number): string => number.toString(16).padStart(2, '0');

function accepted(verdict: Verdict<Received>): Received {
  assert(verdict.kind === 'accept', outcome(verdict));
  return verdict.value;
}

async function* whole(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}

// biome-ignore lint/correctness/useYield: nobody should ask it for anything
async function* untouched(): AsyncGenerator<Bytes> {
  throw new Error('a byte was asked for');
}

/** @param taken - called when the bytes have been taken; then the stream waits. Without it, it waits first. */
async function* held(gate: Promise<void>, bytes: Bytes, taken?: () => void): AsyncGenerator<Bytes> {
  if (taken === undefined) await gate;
  yield bytes;
  taken?.();
  await gate;
}
