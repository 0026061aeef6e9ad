/** What a library itself owns: on the ledger as stock, by the way of every upload. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, expect } from 'chai';
import type { Parameters } from '../../../../chain/block/genesis.ts';
import { account, file, supply, uploaderOf } from '../../../../chain/queries.ts';
import { type Bytes, toHex } from '../../../../core/bytes.ts';
import { limits } from '../../../../core/limits.ts';
import { systemClock } from '../../../../node/process/system.ts';
import { vectorBytes } from '../../../tracker/world.ts';
import { eventually } from '../../eventually.ts';
import { hashOf, keyOf, UploadDesk } from '../upload-desk.ts';

const BOOK = vectorBytes(200_000);
const OTHER = vectorBytes(120_000);
const OWN = keyOf('ann');

describe('stock', () => {
  let desk: UploadDesk;
  const open = async (parameters: Partial<Parameters> = {}): Promise<void> => {
    desk = await UploadDesk.open(['kim'], { parameters });
    desk.clock.time = systemClock.now(); // as the sponsor has it
  };
  afterEach(() => desk.stop());

  const view = () => desk.replica.ledger.head().view;
  const isAvailable = (bytes: Bytes) => file(view(), hashOf(bytes)) !== undefined;
  const onDisk = (bytes: Bytes, name = 'A book.pdf'): string => {
    const path = join(desk.folder, name);
    writeFileSync(path, bytes);
    return path;
  };
  const add = (bytes: Bytes, name = 'A book.pdf') =>
    desk.stock.add({ path: onDisk(bytes, name), name, hash: hashOf(bytes) });

  it('is available, and credits nobody', async () => {
    await open();
    expect(await add(BOOK)).to.deep.equal({ outcome: 'taken' });
    expect(file(view(), hashOf(BOOK))).to.include({ name: 'A book.pdf', size: 200_000n, nameSigned: true });
    expect(uploaderOf(view(), hashOf(BOOK))).to.deep.equal(OWN);
    expect(account(view(), OWN), 'no account is opened').to.equal(undefined);
    expect(supply(view()).minted).to.equal(0n);
    expect(desk.archive.has(hashOf(BOOK))).to.equal(true);
  });

  it('is brought once: again, there is nothing to do, whatever the file is called', async () => {
    await open();
    await add(BOOK);
    const { height } = desk.replica.ledger.head().header;
    rmSync(join(desk.folder, 'A book.pdf'));
    const again = { path: join(desk.folder, 'gone'), name: 'Another name.pdf', hash: hashOf(BOOK) };
    expect(await desk.stock.add(again), 'nothing is read').to.deep.equal({ outcome: 'known' });
    expect(desk.replica.ledger.head().header.height).to.equal(height);
  });

  it('is known already when a reader has brought it, and its bytes are taken where they were lost', async () => {
    await open();
    const received = await desk.receive('kim', BOOK);
    assert(received.kind === 'accept');
    await received.value.outcome();
    expect(await add(BOOK)).to.deep.equal({ outcome: 'known' });
    await desk.archive.forget(hashOf(BOOK));
    expect(desk.archive.has(hashOf(BOOK))).to.equal(false);
    expect(await add(BOOK)).to.deep.equal({ outcome: 'known' });
    expect(desk.archive.has(hashOf(BOOK))).to.equal(true);
    expect(account(view(), keyOf('kim'))?.tokens, 'who brought it has what it earns').to.equal(200_000n);
  });

  it('counts for no cap of the day, neither on the ledger nor before readers who wait for it', async () => {
    await open({ uploadBytesPerKeyPerDay: 130_000, uploadBytesPerNodePerDay: 130_000 });
    desk.ledgerIsFull = true;
    expect(await add(BOOK)).to.deep.equal({ outcome: 'waits', code: 'pool.full' });
    // Signed for this minute: no other day has room for it.
    const expires = Math.floor(systemClock.now() / 1_000) + 60;
    const announced = desk.announced('kim', OTHER, 'Another book', expires);
    const received = await desk.uploads.receiveFile(whole(OTHER), announced);
    assert(received.kind === 'accept', 'a reader has the day for himself');
    desk.ledgerIsFull = false;
    expect(await received.value.outcome()).to.include({ state: 'available' });
    await desk.look();
    await eventually(() => isAvailable(BOOK));
  });

  it('waits for no librarian at its own library: whoever brings it sits there', async () => {
    await open();
    desk.manual = true;
    await desk.killAndRestart();
    expect(await add(BOOK)).to.deep.equal({ outcome: 'taken' });
    const received = await desk.receive('kim', OTHER);
    assert(received.kind === 'accept');
    expect(await received.value.outcome(), 'what readers bring waits').to.include({ state: 'in-review' });
  });

  it('that waits comes onto the ledger after a kill, without its file', async () => {
    await open();
    desk.ledgerIsFull = true;
    expect(await add(BOOK)).to.include({ outcome: 'waits' });
    rmSync(join(desk.folder, 'A book.pdf'));
    await desk.killAndRestart();
    const again = { path: join(desk.folder, 'A book.pdf'), name: 'A book.pdf', hash: hashOf(BOOK) };
    expect(await desk.stock.add(again), 'it is on its way').to.deep.equal({ outcome: 'known' });
    desk.ledgerIsFull = false;
    await desk.look();
    await eventually(() => isAvailable(BOOK));
    expect(supply(view()).minted).to.equal(0n);
  });

  it('says of a file what is wrong with it, and leaves nothing of it', async () => {
    await open();
    const path = onDisk(BOOK);
    const hash = hashOf(BOOK);
    const refusalOf = async (name: string, wanted: { path?: string; hash?: Bytes } = {}) => {
      const { outcome, ...why } = await desk.stock.add({ path, hash, ...wanted, name });
      expect(outcome).to.equal('refused');
      return 'why' in why ? why.why : 'code' in why && why.code;
    };
    mkdirSync(join(desk.folder, 'books'));
    expect(await refusalOf('..')).to.equal('file.wrong-name');
    expect(await refusalOf('a', { hash: hashOf(OTHER) }), 'it has changed').to.equal('file.wrong-hash');
    expect(await refusalOf('a', { path: join(desk.folder, 'none') })).to.include('cannot read it: ENOENT');
    expect(await refusalOf('a', { path: join(desk.folder, 'books') })).to.equal('it is not a file');
    expect(await refusalOf('a', { path: onDisk(new Uint8Array(0), 'empty') })).to.equal('file.empty');
    const node = vectorBytes(64);
    const of64 = { path: onDisk(node, 'of 64'), hash: hashOf(node) };
    expect(await refusalOf('a', of64)).to.equal('file.of-64-bytes');
    expect(desk.archive.list()).to.deep.equal([]);
    await add(BOOK);
    await desk.decide({ kind: 'take-down', hash });
    expect(await refusalOf('a')).to.equal('file.taken-down');
  });

  it('takes a few files at a time, and none once the library ends', async () => {
    await open();
    const wanted = Array.from({ length: limits.stockAtOnceMax + 1 }, (_, i) => vectorBytes(1_000 + i));
    const outcomes = await Promise.all(wanted.map((bytes, i) => add(bytes, `book ${i}.pdf`)));
    expect(outcomes.map(({ outcome }) => outcome)).to.deep.equal([
      ...Array(limits.stockAtOnceMax).fill('taken'),
      'busy',
    ]);
    desk.stock.stop();
    expect(await add(BOOK)).to.deep.equal({ outcome: 'refused', code: 'node.not-ready' });
    expect(toHex(hashOf(BOOK))).to.have.length(64);
  });
});

async function* whole(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}
