import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert, expect } from 'chai';
import { file, upload } from '../../chain/queries.ts';
import { type Bytes, toHex, utf8 } from '../../core/bytes.ts';
import { limits } from '../../core/limits.ts';
import type { Verdict } from '../../core/verdict.ts';
import type { Received } from '../../rpc/ports.ts';
import { outcome, vectorBytes } from '../tracker/world.ts';
import { eventually } from './eventually.ts';
import { hashOf, keyOf, UploadDesk } from './upload-desk.ts';

const BOOK = vectorBytes(200_000);
const HASH = hashOf(BOOK);

describe('uploads on their way in', () => {
  let desk: UploadDesk;
  beforeEach(async () => {
    desk = await UploadDesk.open(['kim', 'lou']);
  });
  afterEach(() => desk.stop());

  const isAvailable = () => file(desk.replica.ledger.head().view, HASH) !== undefined;
  const inFolder = () => readdirSync(join(desk.folder, 'archive')).filter((name) => name.length === 64);

  it('are attested when they are kept, and leave nothing to do', async () => {
    const received = accepted(await desk.receive('kim', BOOK));
    await desk.announce('kim', received);
    await received.keep();
    expect(isAvailable()).to.equal(true);
    expect(desk.archive.has(HASH)).to.equal(true);
    desk.archivist.start();
    desk.clock.move(0);
    desk.archivist.stop();
    await desk.archivist.drained();
    expect(desk.intakes.size).to.equal(0);
  });

  it('that the ledger refuses leave nothing', async () => {
    const received = accepted(await desk.receive('kim', BOOK));
    expect(inFolder()).to.deep.equal([toHex(HASH)]);
    await received.discard();
    expect(desk.archive.has(HASH)).to.equal(false);
    expect(inFolder()).to.deep.equal([]);
    expect(desk.intakes.size).to.equal(0);
    expect(outcome(await desk.receive('kim', utf8('other bytes'), whole(BOOK)))).to.equal('file.wrong-hash');
    expect(desk.intakes.size).to.equal(0);
  });

  it('of one file by two readers: one that is refused takes nothing from the other', async () => {
    const late = Promise.withResolvers<void>();
    const first = accepted(await desk.receive('kim', BOOK));
    const second = desk.receive('lou', BOOK, held(late.promise, BOOK));
    late.resolve();
    const other = accepted(await second);
    await first.discard();
    expect(desk.archive.has(HASH), 'while the other waits for the ledger').to.equal(true);
    await desk.announce('lou', other);
    await other.keep();
    expect(isAvailable()).to.equal(true);
    expect(desk.archive.has(HASH)).to.equal(true);
  });

  it('of one file by two readers: one that is refused last takes nothing from what is final', async () => {
    const first = accepted(await desk.receive('kim', BOOK));
    const second = accepted(await desk.receive('lou', BOOK));
    await desk.announce('lou', second);
    await second.keep();
    await first.discard();
    expect(desk.archive.has(HASH)).to.equal(true);
  });

  it('of one file by two readers: one that is refused leaves what the other, undecided, may still need', async () => {
    const first = accepted(await desk.receive('kim', BOOK));
    const second = accepted(await desk.receive('lou', BOOK));
    await second.keep(); // the ledger has said neither yes nor no
    await first.discard();
    expect(desk.archive.has(HASH)).to.equal(true);
    await desk.announce('lou', second);
    await desk.archivist.drained();
    expect(desk.intakes.get(HASH, keyOf('lou'))).not.to.equal(undefined);
  });

  it('of one file by two readers: the bytes go with the last one that is refused, and not before', async () => {
    const first = accepted(await desk.receive('kim', BOOK));
    const gate = Promise.withResolvers<void>();
    const broken = desk.receive('lou', BOOK, held(gate.promise, utf8('something else')));
    await first.discard();
    expect(desk.archive.has(HASH), 'another upload of it is under way').to.equal(true);
    gate.resolve();
    expect(outcome(await broken)).to.equal('file.wrong-hash');
    expect(desk.archive.has(HASH)).to.equal(false);
  });

  it('of one file by two readers: each is told of their own, by their own name, and nobody of another one’s', async () => {
    const named = async (reader: string) => (await desk.torrents.known(HASH, keyOf(reader)))?.name;
    const first = accepted(await desk.receive('kim', BOOK, undefined, 'as kim calls it'));
    expect(await named('kim')).to.equal('as kim calls it');
    expect(await named('lou')).to.equal(undefined);
    await first.keep(); // the ledger has said neither yes nor no
    expect(await named('kim')).to.equal('as kim calls it');
    expect(await named('lou')).to.equal(undefined);
    const second = accepted(await desk.receive('lou', BOOK, undefined, 'as lou calls it'));
    await second.keep();
    for (const [reader, received] of [
      ['kim', first],
      ['lou', second],
    ] as const) {
      const { name, infoHashes } = (await desk.torrents.known(HASH, keyOf(reader)))!;
      expect({ name, infoHashes }).to.deep.equal({ name: received.name, infoHashes: received.infoHashes });
    }
  });

  it('of what was here before take nothing away when they are refused', async () => {
    const expected = { hash: HASH, name: 'from before' };
    expect(outcome(await desk.archive.receive(whole(BOOK), expected))).to.equal('accept');
    await accepted(await desk.receive('kim', BOOK)).discard();
    expect(desk.archive.has(HASH)).to.equal(true);
  });

  it('twice by the same reader: the one that is refused does not forget the other', async () => {
    const first = accepted(await desk.receive('kim', BOOK));
    await desk.announce('kim', first);
    const second = accepted(await desk.receive('kim', BOOK));
    await second.discard();
    expect(desk.intakes.size).to.equal(1);
    await first.keep();
    expect(isAvailable()).to.equal(true);
  });

  it('that are final when the library is killed are attested when it comes back', async () => {
    const received = accepted(await desk.receive('kim', BOOK));
    await desk.announce('kim', received); // and nobody keeps it: the power is gone
    await desk.killAndRestart();
    expect(isAvailable()).to.equal(false);
    desk.archivist.start();
    desk.clock.move(0);
    await eventually(isAvailable);
  });

  it('that never became final are dropped when the ledger has gone on for long, and not before', async () => {
    desk.clock.time = desk.replica.ledger.head().header.time;
    await desk.receive('kim', BOOK);
    await desk.killAndRestart();
    const look = async (): Promise<void> => {
      desk.archivist.start();
      desk.clock.move(0);
      desk.archivist.stop();
      await desk.archivist.drained();
    };
    await look();
    expect(desk.archive.has(HASH)).to.equal(true);
    expect(desk.intakes.size).to.equal(1);
    // The process has known it for long, by the ledger's clock.
    desk.clock.time -= limits.intakeLifeMs + 1;
    await desk.killAndRestart();
    await look();
    expect(desk.intakes.size).to.equal(0);
    expect(desk.archive.has(HASH)).to.equal(false);
    expect(inFolder()).to.deep.equal([]);
    expect(upload(desk.replica.ledger.head().view, HASH, keyOf('kim'))).to.equal(undefined);
  });
});

function accepted(verdict: Verdict<Received>): Received {
  assert(verdict.kind === 'accept', outcome(verdict));
  return verdict.value;
}

async function* whole(bytes: Bytes): AsyncGenerator<Bytes> {
  yield bytes;
}

async function* held(gate: Promise<void>, bytes: Bytes): AsyncGenerator<Bytes> {
  await gate;
  yield bytes;
}
