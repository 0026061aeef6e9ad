/** What a reader brings to a library whose librarian looks at uploads first. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert, expect } from 'chai';
import { file, pendingUploads } from '../../../../chain/queries.ts';
import { type Bytes, toHex } from '../../../../core/bytes.ts';
import { Fault } from '../../../../core/fault.ts';
import { limits } from '../../../../core/limits.ts';
import type { Verdict } from '../../../../core/verdict.ts';
import type { Received } from '../../../../rpc/upload-ports.ts';
import { plainTorrent } from '../../../e2e/fixtures/plain-torrent.ts';
import { outcome, vectorBytes } from '../../../tracker/world.ts';
import { hashOf, keyOf, UploadDesk } from '../upload-desk.ts';

const BOOK = vectorBytes(200_000);
const HASH = hashOf(BOOK);
const KIM = keyOf('kim');
const ASKED = { limit: 20, cursor: undefined, queue: ['others', 'test', 'test'] as const, spent() {} };

describe('an upload that waits for a librarian', () => {
  let desk: UploadDesk;
  beforeEach(async () => {
    desk = await UploadDesk.open(['kim', 'lou', 'max'], { manual: true });
  });
  afterEach(() => desk.stop());

  const view = () => desk.replica.ledger.head().view;
  const isAvailable = () => file(view(), HASH) !== undefined;
  const isPending = () => pendingUploads(view(), HASH, desk.replica.ledger.head().header.time).length > 0;
  const inFolder = () => readdirSync(join(desk.folder, 'archive')).filter((name) => name.length === 64);
  const standing = (reader = 'kim') => desk.uploads.standing(HASH, keyOf(reader));
  const waiting = async () => {
    const page = await desk.review.list(ASKED);
    assert(page.kind === 'accept');
    return page.value.waiting;
  };
  /** Of what waits with this hash, of this reader or of whoever has brought it first, as it is shown now. */
  const shownNow = async (by?: Bytes) => {
    const all = (await waiting()).filter(({ hash }) => toHex(hash) === toHex(HASH));
    const one = by === undefined ? all[0] : all.find((other) => toHex(other.by) === toHex(by));
    return { hash: HASH, by, mark: one?.mark ?? new Uint8Array(16) };
  };
  const sayYes = async (by?: Bytes) => desk.review.accept(await shownNow(by));
  const sayNo = async (by?: Bytes, reason?: string) => desk.review.decline(await shownNow(by), reason);
  const bring = async (reader = 'kim', name = 'a book') =>
    accepted(await desk.receive(reader, BOOK, undefined, name)).outcome();
  const signed = (reader: string, seconds: number, bytes = BOOK) =>
    desk.announced(reader, bytes, 'a book', Math.floor(desk.clock.now() / 1_000) + seconds);
  const codeOf = (verdict: Verdict<unknown>) => (verdict.kind === 'reject' ? verdict.code : verdict.kind);

  it('is not on the ledger before, and shows to its reader that it waits, and until when', async () => {
    expect(await bring()).to.include({ state: 'in-review', code: undefined });
    await desk.look();
    expect(isPending() || isAvailable()).to.equal(false);
    expect(standing()?.state).to.equal('in-review');
    expect(standing('lou'), 'nobody else is told').to.equal(undefined);
    const [one] = await waiting();
    expect(one).to.include({ name: 'a book', size: 200_000n, brought: true, until: standing()!.until });
    expect(one!.since).to.be.at.most(desk.clock.now());
    expect(toHex(one!.by)).to.equal(toHex(KIM));
    const shown = await desk.review.show(HASH, undefined, ASKED);
    assert(shown.kind === 'accept');
    expect(readdirSync(join(shown.value.path!, '..'))).to.include('data');
  });

  it('goes on when it is accepted, also after a kill at that moment', async () => {
    await bring();
    desk.ledgerIsFull = true;
    expect(codeOf(await sayYes())).to.equal('accept');
    expect(standing()?.state).to.equal('waiting');
    expect(await waiting()).to.deep.equal([]);
    await desk.killAndRestart();
    desk.ledgerIsFull = false;
    expect(standing()?.state).to.equal('waiting');
    await desk.look();
    expect(isAvailable()).to.equal(true);
    expect(standing()?.state).to.equal('available');
    expect(codeOf(await sayYes())).to.equal('review.unknown');
  });

  it('waits on after a kill, since the same moment, whatever was acknowledged', async () => {
    await bring();
    const before = await waiting();
    desk.clock.time += 60_000;
    await desk.killAndRestart();
    await desk.look();
    expect(await waiting()).to.deep.equal(before);
    expect(isPending() || isAvailable()).to.equal(false);
  });

  it('upload.declined: its bytes go, its reader reads why for 30 days, and brings them again in vain for so long', async () => {
    await bring();
    expect(codeOf(await sayNo(undefined, 'Seen before.'))).to.equal('accept');
    expect(inFolder()).to.deep.equal([]);
    expect(standing()).to.include({ state: 'refused', code: 'upload.declined', reason: 'Seen before.' });
    const again = await desk.receive('kim', BOOK);
    expect(again).to.deep.include({ kind: 'reject', code: 'upload.declined', detail: 'Seen before.' });
    await desk.killAndRestart();
    expect(standing()).to.include({ code: 'upload.declined', reason: 'Seen before.' });
    expect(outcome(await desk.receive('kim', BOOK))).to.equal('upload.declined');
    expect(inFolder()).to.deep.equal([]);
    desk.clock.time += limits.standingKeptMs + 1_000;
    await desk.look();
    expect(standing()).to.equal(undefined);
    expect(await bring()).to.include({ state: 'in-review' });
  });

  it('is deleted at the next start when the library is killed between the decision and that', async () => {
    await bring();
    const { forget } = desk.archive;
    desk.archive.forget = async () => {
      throw new Fault('archive.failed', 'killed');
    };
    await sayNo().catch(() => undefined);
    expect(inFolder()).to.deep.equal([toHex(HASH)]);
    desk.archive.forget = forget;
    await desk.killAndRestart();
    expect(standing()).to.include({ code: 'upload.declined' });
    await desk.look();
    expect(inFolder()).to.deep.equal([]);
  });

  it('is not decided when that cannot be written, and waits on', async () => {
    await bring();
    const { put } = desk.intakes;
    desk.intakes.put = async () => {
      throw new Fault('store.failed', 'the disk is full');
    };
    const failed = await sayYes().catch((error) => error);
    expect(failed).to.be.instanceOf(Fault);
    desk.intakes.put = put;
    expect(standing()?.state).to.equal('in-review');
    expect(await waiting()).to.have.length(1);
  });

  it('is one of each reader: who is declined takes nothing from another, and the bytes stay for that one', async () => {
    await bring('kim', 'a false name');
    await bring('lou');
    expect((await waiting()).map(({ name }) => name)).to.have.members(['a false name', 'a book']);
    expect(codeOf(await sayYes())).to.equal('review.several');
    expect(codeOf(await sayNo(KIM))).to.equal('accept');
    expect(inFolder()).to.deep.equal([toHex(HASH)]);
    expect(codeOf(await sayYes())).to.equal('accept');
    await desk.look();
    expect(isAvailable()).to.equal(true);
    expect(file(view(), HASH)?.name).to.equal('a book');
    expect(standing()).to.include({ code: 'upload.declined' });
  });

  it('upload.already-available: leaves the queue when the file becomes available by another', async () => {
    await bring('kim');
    await bring('lou');
    await sayYes(keyOf('lou'));
    await desk.look();
    expect(isAvailable()).to.equal(true);
    await desk.look();
    expect(await waiting()).to.deep.equal([]);
    expect(standing('kim')).to.include({ state: 'refused', code: 'upload.already-available' });
  });

  it('file.taken-down: leaves the queue when the federation takes the file down', async () => {
    await bring('kim');
    await bring('lou');
    await sayYes(keyOf('lou'));
    await desk.look();
    await desk.decide({ kind: 'take-down', hash: HASH });
    await desk.look();
    expect(await waiting()).to.deep.equal([]);
    expect(codeOf(await sayYes(keyOf('kim')))).to.equal('review.unknown');
  });

  it('upload.sign-again: leaves the queue when the signature lapses, says so, and comes back when it is signed anew', async () => {
    const received = accepted(await desk.uploads.receiveFile(whole(BOOK), signed('kim', 600)));
    await received.outcome();
    desk.clock.time += 601_000;
    await desk.look();
    expect(await waiting()).to.deep.equal([]);
    expect(standing()).to.include({ state: 'refused', code: 'upload.sign-again' });
    expect(inFolder(), 'its bytes stay for a week').to.deep.equal([toHex(HASH)]);
    expect((await desk.uploads.signAgain(signed('kim', 900).claim))?.state).to.equal('in-review');
    expect(await waiting()).to.have.length(1);
    desk.clock.time += 901_000;
    await desk.look();
    desk.clock.time += limits.unsignedBytesMs + 1_000;
    await desk.look();
    expect(standing()).to.include({ state: 'refused', code: 'transaction.expired' });
    expect(inFolder()).to.deep.equal([]);
  });

  it('waits longer when its reader signs once more meanwhile, and stays undecided', async () => {
    await accepted(await desk.uploads.receiveFile(whole(BOOK), signed('kim', 600))).outcome();
    const { until } = standing()!;
    expect((await desk.uploads.signAgain(signed('kim', 6_000).claim))?.state).to.equal('in-review');
    expect(standing()!.until).to.be.greaterThan(until);
    expect(await waiting()).to.have.length(1);
  });

  it('is not brought a second time by its reader while it waits', async () => {
    await bring();
    const [before] = await waiting();
    desk.clock.time += 5_000;
    expect(await bring()).to.include({ state: 'in-review' });
    expect(await waiting()).to.deep.equal([before]);
  });

  /** A torrent of the same bytes, which this reader says it seeds. */
  const claim = async (name: string, reader = 'kim') => {
    const torrent = plainTorrent({ name, bytes: BOOK, path: '', hash: '' });
    return desk.uploads.receiveTorrent(torrent, desk.announced(reader, BOOK, name));
  };

  it('review.changed: is not accepted under a name that was not shown, nor when it came again meanwhile', async () => {
    await accepted(await desk.uploads.receiveFile(whole(BOOK), signed('kim', 600))).outcome();
    const seen = await shownNow();
    desk.clock.time += 601_000;
    await desk.look();
    await bring('kim', 'another name');
    expect((await waiting()).map(({ name }) => name)).to.deep.equal(['another name']);
    expect(codeOf(await desk.review.accept(seen))).to.equal('review.changed');
    expect(codeOf(await desk.review.accept({ ...seen, by: KIM }))).to.equal('review.changed');
    expect(codeOf(await desk.review.decline(seen, undefined))).to.equal('review.changed');
    expect(standing()?.state).to.equal('in-review');
    expect(codeOf(await sayYes())).to.equal('accept');
  });

  it('is replaced by no torrent of its reader while it waits: it waits on under its first name, and as it was shown', async () => {
    await bring();
    const before = await waiting();
    expect(await accepted(await claim('another name')).outcome()).to.include({
      state: 'in-review',
      caused: false,
    });
    expect(await waiting()).to.deep.equal(before);
  });

  it('upload.declined: is not begun anew by a torrent that came while it was declined', async () => {
    await bring();
    const received = accepted(await claim('another name'));
    await sayNo();
    expect(await received.outcome()).to.include({ state: 'refused', code: 'upload.declined' });
  });

  it('review.lapsed: is not accepted any more once its signature has lapsed, also before the next look', async () => {
    await accepted(await desk.uploads.receiveFile(whole(BOOK), signed('kim', 600))).outcome();
    desk.clock.time += 601_000;
    expect(codeOf(await sayYes())).to.equal('review.lapsed');
    await desk.look();
    expect(standing()).to.include({ code: 'upload.sign-again' });
  });

  it('is declined for all who brought the same bytes when nobody is named, and marked where they come again', async () => {
    await bring('kim', 'a false name');
    await bring('lou');
    expect((await waiting()).map(({ declinedBefore }) => declinedBefore)).to.deep.equal([false, false]);
    const declined = await sayNo(undefined, 'Seen before.');
    assert(declined.kind === 'accept');
    expect(declined.value.map(toHex)).to.have.members([KIM, keyOf('lou')].map(toHex));
    expect(await waiting()).to.deep.equal([]);
    expect(standing('lou')).to.include({ code: 'upload.declined', reason: 'Seen before.' });
    expect(inFolder()).to.deep.equal([]);
    await bring('max');
    expect((await waiting()).map(({ declinedBefore }) => declinedBefore)).to.deep.equal([true]);
  });

  it('leaves nothing when it is declined while the same reader brings its bytes once more', async () => {
    await bring();
    const received = accepted(await desk.receive('kim', BOOK));
    await sayNo();
    expect(await received.outcome()).to.include({ state: 'refused', code: 'upload.declined' });
    expect(inFolder()).to.deep.equal([]);
  });

  it('goes on when the library starts without a review', async () => {
    await bring();
    desk.manual = false;
    await desk.killAndRestart();
    await desk.look();
    expect(isAvailable()).to.equal(true);
    expect(await waiting()).to.deep.equal([]);
  });

  it('does not wait where nobody reviews, and what was let in so goes on where somebody begins to', async () => {
    desk.manual = false;
    await desk.killAndRestart();
    desk.ledgerIsFull = true;
    expect(await bring()).to.include({ state: 'waiting' });
    desk.manual = true;
    await desk.killAndRestart();
    desk.ledgerIsFull = false;
    await desk.look();
    expect(isAvailable()).to.equal(true);
  });

  it('is not what the library itself owns: whoever brings that sits at its desk', async () => {
    desk.clock.time = Date.now(); // as the sponsor has it
    const path = join(desk.folder, 'own.bin');
    writeFileSync(path, BOOK);
    expect(await desk.stock.add({ path, name: 'own.bin', hash: HASH })).to.deep.equal({ outcome: 'taken' });
    expect(await waiting()).to.deep.equal([]);
    expect(isAvailable()).to.equal(true);
  });

  it('stands in a list of pages, longest waiting first, of which none is shown twice', async () => {
    const books = Array.from({ length: 7 }, (_, index) => vectorBytes(1_000 + index));
    for (const book of books) {
      await accepted(await desk.receive('kim', book, undefined, `book ${book.length}`)).outcome();
      desk.clock.time += 1_000;
    }
    const names: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await desk.review.list({ ...ASKED, limit: 3, cursor });
      assert(page.kind === 'accept');
      expect(page.value.total).to.equal(7);
      names.push(...page.value.waiting.map(({ name }) => name));
      cursor = page.value.next;
    } while (cursor !== undefined);
    expect(names).to.deep.equal(books.map(({ length }) => `book ${length}`));
    expect(codeOf(await desk.review.list({ ...ASKED, cursor: 'mine' }))).to.equal('request.wrong-value');
  });

  it('is shown with what is like it: of the same size, or with a near title', async () => {
    await bring('kim', 'A Book of Hours.epub');
    const others = [vectorBytes(200_000).with(0, 1), vectorBytes(5_000), vectorBytes(6_000)];
    const names = ['same size.bin', 'Hours, a book of.pdf', 'Something else.pdf'];
    for (const [index, book] of others.entries()) {
      await accepted(await desk.receive('lou', book, undefined, names[index]!)).outcome();
    }
    const one = (await waiting()).find(({ name }) => name === 'A Book of Hours.epub');
    expect(one?.sameSize.map(({ name }) => name)).to.deep.equal(['same size.bin']);
    expect(one?.nearTitle.map(({ name, available }) => `${name} ${available}`)).to.deep.equal([
      'Hours, a book of.pdf false',
    ]);
  });
});

async function* whole(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}

function accepted(verdict: Verdict<Received>): Received {
  assert(verdict.kind === 'accept', JSON.stringify(verdict));
  return verdict.value;
}
