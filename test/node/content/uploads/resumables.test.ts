/** Uploads that come in parts, at a library with a real archive: what a kill leaves, whose places and bytes they take. */
import { appendFileSync, existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { parseAddress } from '../../../../core/address.ts';
import { type Bytes, toHex, utf8 } from '../../../../core/bytes.ts';
import { sha256 } from '../../../../core/hash.ts';
import { limits } from '../../../../core/limits.ts';
import { accept, type Verdict } from '../../../../core/verdict.ts';
import type { Announced, Brought, Resumable } from '../../../../rpc/upload-ports.ts';
import { hashOf, keyOf, UploadDesk } from '../upload-desk.ts';

const KiB = 1_024;
const READERS = Array.from({ length: 14 }, (_, index) => `reader ${index}`);

describe('uploads that come in parts', () => {
  let desk: UploadDesk;
  beforeEach(async () => {
    desk = await opened();
  });
  afterEach(() => desk.stop());

  const expires = () => Math.floor(desk.clock.now() / 1_000) + 20 * 86_400;
  const announced = (reader: string, bytes: Bytes, from = '127.0.0.1', name = 'a book'): Announced => ({
    ...desk.announced(reader, bytes, name, expires()),
    from: parseAddress(from),
  });
  const begin = async (reader: string, bytes: Bytes, from?: string): Promise<Resumable> =>
    taken(await desk.resumables.begin(announced(reader, bytes, from), accept));
  const bring = (upload: Resumable, bytes: Bytes) =>
    desk.resumables.append(upload.id, upload.offset, brought(bytes));
  const folder = () => join(desk.folder, 'archive', 'parts');
  const offset = ({ id }: Resumable) => desk.resumables.get(id)?.offset;

  it('go on after a kill where they were, with their claims; a torn tail is cut off, and what nobody knows goes', async () => {
    const bytes = book('torn', 300 * KiB);
    const upload = await begin(READERS[0]!, bytes);
    await bring(upload, bytes.subarray(0, 100 * KiB));
    appendFileSync(join(folder(), upload.id, 'data'), bytes.subarray(0, 5_000));
    const lost = await begin(READERS[1]!, bytes);
    await desk.resumables.end(lost.id);
    await desk.killAndRestart();
    expect(readdirSync(folder())).to.deep.equal([upload.id]);
    expect(readFileSync(join(folder(), upload.id, 'data'))).to.have.length(100 * KiB);
    const before = desk.resumables.get(upload.id)!;
    expect(before).to.include({ offset: 100 * KiB, size: bytes.length, isDone: false });
    expect(toHex(before.claim.signature)).to.equal(toHex(upload.claim.signature));
    const done = taken(await bring(before, bytes.subarray(100 * KiB)));
    const outcome = await done.outcome!();
    expect(outcome.state, outcome.code).to.equal('available');
    expect(desk.archive.has(hashOf(bytes))).to.equal(true);
    expect(readdirSync(folder())).to.deep.equal([]);
  });

  it('what has come stays when its sender breaks off', async () => {
    const bytes = book('broken', 64 * KiB);
    const upload = await begin(READERS[0]!, bytes);
    const error = await desk.resumables.append(upload.id, 0, brought(bytes.subarray(0, 1_000), true)).then(
      () => undefined,
      (thrown) => thrown,
    );
    expect(error).to.be.an('error');
    expect(offset(upload)).to.equal(1_000);
  });

  it('are judged by the library itself when it was killed between the last byte and that', async () => {
    const bytes = book('whole', 64 * KiB);
    const upload = await begin(READERS[0]!, bytes);
    // All is on the disk, and nobody comes to read it.
    desk.uploads.receivePart = async () => ({ kind: 'reject', code: 'archive.busy' });
    await bring(upload, bytes);
    await desk.killAndRestart();
    await desk.resumables.drained();
    expect(desk.archive.has(hashOf(bytes))).to.equal(true);
    expect(desk.uploads.standing(hashOf(bytes), keyOf(READERS[0]!))?.state).to.equal('available');
  });

  it('file.wrong-hash: go, and leave their place', async () => {
    const bytes = book('wrong', 64 * KiB);
    const upload = await begin(READERS[0]!, bytes);
    const answer = await bring(upload, book('other', 64 * KiB));
    expect(answer).to.include({ kind: 'reject', code: 'file.wrong-hash' });
    expect(desk.resumables.get(upload.id)).to.equal(undefined);
    expect(existsSync(join(folder(), upload.id))).to.equal(false);
  });

  it('archive.full: wait when there is no room for what they become, and the library goes on by itself', async () => {
    const bytes = book('waits', 64 * KiB);
    const upload = await begin(READERS[0]!, bytes);
    const { receivePart } = desk.uploads;
    desk.uploads.receivePart = async () => ({ kind: 'reject', code: 'archive.full' });
    expect(await bring(upload, bytes)).to.include({ code: 'archive.full' });
    expect(desk.resumables.get(upload.id)).to.include({ isRead: true, isDone: false, offset: bytes.length });
    desk.uploads.receivePart = receivePart;
    desk.clock.move(limits.unfinishedLookMs);
    await desk.resumables.drained();
    expect(desk.resumables.get(upload.id)).to.include({ isDone: true });
  });

  it('are forgotten after a day in which nothing came, bytes and all', async () => {
    const bytes = book('slow', 64 * KiB);
    const upload = await begin(READERS[0]!, bytes);
    desk.clock.move(limits.unfinishedMs - 60_000);
    await bring(upload, bytes.subarray(0, 1_000));
    desk.clock.move(limits.unfinishedMs - 60_000);
    expect(offset(upload)).to.equal(1_000);
    desk.clock.move(2 * limits.unfinishedLookMs);
    await desk.resumables.drained();
    expect(desk.resumables.get(upload.id)).to.equal(undefined);
    expect(readdirSync(folder())).to.deep.equal([]);
  });

  it('are one for each key and file; a newer claim takes the place of the older one, another size begins anew', async () => {
    const bytes = book('again', 64 * KiB);
    const upload = await begin(READERS[0]!, bytes);
    await bring(upload, bytes.subarray(0, 1_000));
    desk.clock.move(5_000);
    const again = await begin(READERS[0]!, bytes);
    expect(again).to.include({ id: upload.id, offset: 1_000 });
    expect(again.claim.expires).to.be.above(upload.claim.expires!);
    const { claim } = announced(READERS[0]!, bytes);
    const lie = {
      claim: { ...claim, written: { size: 5n, name: 'a book' } },
      name: 'a book',
      from: undefined,
    };
    const other = taken(await desk.resumables.begin(lie, accept));
    expect(other).to.include({ offset: 0, size: 5 });
    expect(desk.resumables.get(upload.id)).to.equal(undefined);
  });

  it('upload.locked: two requests do not mix; one of which nothing comes gives way to the next', async () => {
    const bytes = book('two', 64 * KiB);
    const upload = await begin(READERS[0]!, bytes);
    const stuck = stalled(bytes.subarray(0, 1_000));
    const first = desk.resumables.append(upload.id, 0, stuck).catch((error) => String(error));
    await stuck.asked;
    expect(await bring(upload, bytes)).to.include({ code: 'upload.locked' });
    desk.clock.move(limits.unfinishedStallMs);
    const second = await desk.resumables.append(upload.id, 1_000, brought(bytes.subarray(1_000)));
    expect(await first).to.contain('lost');
    expect(taken(second).upload.isDone).to.equal(true);
  });

  it('upload.too-many: a key, an address and a network have so many; ten networks leave places to the eleventh', async () => {
    for (let index = 0; index < limits.unfinishedPerKeyMax; index++)
      await begin(READERS[0]!, book(`k${index}`, KiB));
    const ninth = await desk.resumables.begin(announced(READERS[0]!, book('k9', KiB)), accept);
    expect(ninth).to.include({ code: 'upload.too-many' });
    let held = 0;
    for (const net of Array.from({ length: 10 }, (_, index) => index + 1)) {
      for (let index = 0; index < 60; index++) {
        const from = `10.0.${net}.${index + 1}`;
        const one = announcedBy(`made up ${net} ${index}`, book(`${net} ${index}`, KiB), from);
        if ((await desk.resumables.begin(one, accept)).kind === 'accept') held += 1;
      }
    }
    expect(held).to.equal(10 * limits.unfinishedPerNetworkMax);
    expect((await begin(READERS[1]!, book('honest', KiB), '10.0.99.1')).offset).to.equal(0);
    // Where nothing comes, whoever comes has the place ten minutes later.
    desk.clock.move(limits.unfinishedIdleMs);
    expect((await begin(READERS[2]!, book('late', KiB), '10.0.1.250')).offset).to.equal(0);
  });

  it('of strangers from ten networks fill no more than their part of the archive, and the bytes of the eleventh stay', async () => {
    await desk.stop();
    desk = await opened(8 * 640 * KiB);
    const size = 100 * KiB;
    const honest = await begin(READERS[13]!, book('honest', size), '10.0.99.1');
    await bring(honest, book('honest', size).subarray(0, 50 * KiB));
    for (let net = 1; net <= 10; net++) {
      for (let index = 0; index < 3; index++) {
        const bytes = book(`fills ${net} ${index}`, size);
        const one = taken(
          await desk.resumables.begin(announcedBy(`made up ${net} ${index}`, bytes, `10.0.${net}.1`), accept),
        );
        await bring(one, bytes.subarray(0, size - 1));
        expect(desk.resumables.size().bytes).to.be.at.most(640 * KiB);
      }
    }
    expect(offset(honest)).to.equal(50 * KiB);
    const done = taken(await bring(desk.resumables.get(honest.id)!, book('honest', size).subarray(50 * KiB)));
    expect(done.upload.isDone).to.equal(true);
  });

  it('archive.full: what is larger than the part for such uploads is not begun', async () => {
    const { claim } = announced(READERS[0]!, book('large', KiB));
    const large = { ...claim, written: { size: 500_000_000n, name: 'a book' } };
    const answer = await desk.resumables.begin({ claim: large, name: 'a book', from: undefined }, accept);
    expect(answer).to.include({ kind: 'reject' });
  });

  /** Of a key that is on no ledger: who has signed was asked before. */
  function announcedBy(name: string, bytes: Bytes, from: string): Announced {
    return announced(name, bytes, from);
  }
});

/** With one clock, as a library and its ledger have. */
async function opened(archiveBytes = 1e9): Promise<UploadDesk> {
  const desk = await UploadDesk.open(READERS);
  desk.archiveBytes = archiveBytes;
  desk.clock.time = desk.replica.ledger.head().header.time;
  await desk.killAndRestart();
  return desk;
}

const book = (seed: string, length: number): Bytes => {
  const bytes = new Uint8Array(length).fill(7);
  bytes.set(sha256(utf8(seed)));
  return bytes;
};

function taken<T>(verdict: Verdict<T>): T {
  if (verdict.kind !== 'accept') throw new Error(verdict.kind === 'reject' ? verdict.code : verdict.kind);
  return verdict.value;
}

async function* whole(bytes: Bytes, breaks = false): AsyncGenerator<Bytes> {
  for (let at = 0; at < bytes.length; at += 16 * KiB) yield bytes.subarray(at, at + 16 * KiB);
  if (breaks) throw new Error('the sender broke off');
}

function brought(bytes: Bytes, breaks = false): Brought {
  return { bytes: whole(bytes, breaks), lost: () => undefined };
}

/** Brings this, and then nothing until it has lost its place. */
function stalled(bytes: Bytes): Brought & { asked: Promise<void> } {
  const [asked, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  async function* stream(): AsyncGenerator<Bytes> {
    yield bytes;
    asked.resolve();
    await gone.promise;
    throw new Error('lost');
  }
  return { bytes: stream(), lost: () => gone.resolve(), asked: asked.promise };
}
