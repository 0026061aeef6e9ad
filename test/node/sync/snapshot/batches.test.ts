/** Entries that travel ahead of whoever checks them: in order, none lost, and only as far as somebody still wants them. */
import { expect } from 'chai';
import { type Bytes, compareBytes, toHex } from '../../../../core/bytes.ts';
import { limits } from '../../../../core/limits.ts';
import { EntryBatches } from '../../../../node/sync/snapshot/batches.ts';
import { type Entry, encodeEntries } from '../../../../node/sync/snapshot/protocol.ts';

/** Three of them are a batch. */
const VALUE = new Uint8Array(700_000);
const ALL: readonly Entry[] = Array.from({ length: 10 }, (_, n): Entry => [Uint8Array.of(n), VALUE]);

describe('batches of entries', () => {
  let asked: Bytes[];

  beforeEach(() => {
    asked = [];
  });

  /** Every entry is an answer of its own, and takes a turn of the loop. */
  async function member(from: Bytes): Promise<Bytes> {
    asked.push(from);
    await new Promise((resolve) => setImmediate(resolve));
    const at = ALL.findIndex(([key]) => compareBytes(key, from) >= 0);
    return encodeEntries({ entries: ALL.slice(at, at + 1), last: at === ALL.length - 1 });
  }

  it('come one after the other, without a gap, and ask for each entry once', async () => {
    const batches = new EntryBatches(member);
    const seen: string[] = [];
    let from: Bytes = new Uint8Array(0);
    for (let last = false; !last; ) {
      const batch = await batches.next(from);
      if (batch === undefined || batch === 'gone' || batch.kind !== 'accept') throw new Error('no batch');
      seen.push(...batch.value.entries.map(([key]) => toHex(key)));
      last = batch.value.last;
      from = Uint8Array.of(...batch.value.entries.at(-1)![0], 0);
    }
    expect(seen).to.deep.equal(ALL.map(([key]) => toHex(key)));
    expect(asked).to.have.length(ALL.length);
  });

  it('asks for the next batch while the first is looked at, and for no third', async () => {
    const batches = new EntryBatches(member);
    await batches.next(new Uint8Array(0));
    await settled();
    expect(asked).to.have.length(6);
  });

  it('end after so many answers, however little each gives', async () => {
    const nothing = encodeEntries({ entries: [[Uint8Array.of(1), new Uint8Array(0)]], last: false });
    let answers = 0;
    const batches = new EntryBatches(async () =>
      answers++ < limits.snapshotBatchAnswersMax ? nothing : undefined,
    );
    const batch = await batches.next(new Uint8Array(0));
    expect(batch).to.include({ kind: 'accept' });
    expect(answers).to.be.at.most(limits.snapshotBatchAnswersMax + 1);
  });

  it('asks for nothing any more once it has ended', async () => {
    const batches = new EntryBatches(member);
    await batches.next(new Uint8Array(0));
    batches.end();
    await settled();
    expect(asked).to.have.length(4);
  });

  it('asks anew from another place than the one that it has asked ahead for', async () => {
    const batches = new EntryBatches(member);
    await batches.next(new Uint8Array(0));
    const batch = await batches.next(Uint8Array.of(8));
    if (batch === undefined || batch === 'gone' || batch.kind !== 'accept') throw new Error('no batch');
    expect(batch.value.entries.map(([key]) => key[0])).to.deep.equal([8, 9]);
    expect(batch.value.last).to.equal(true);
  });

  it('keeps what has come when the member is lost within a batch, and says so in the next', async () => {
    for (const lost of ['gone', undefined] as const) {
      asked = [];
      const batches = new EntryBatches(async (from) => (asked.length < 2 ? member(from) : lost));
      const batch = await batches.next(new Uint8Array(0));
      if (batch === undefined || batch === 'gone' || batch.kind !== 'accept') throw new Error('no batch');
      expect(batch.value.entries).to.have.length(2);
      expect(batch.value.last).to.equal(false);
      expect(await batches.next(Uint8Array.of(1, 0))).to.equal(lost);
    }
  });

  it('codec: says what is wrong with an answer, also with one that came ahead', async () => {
    const batches = new EntryBatches(async (from) => (asked.length < 4 ? member(from) : Uint8Array.of(0xff)));
    await batches.next(new Uint8Array(0));
    const batch = await batches.next(Uint8Array.of(2, 0));
    expect(batch).to.include({ kind: 'reject' });
  });
});

/** Everything that can go on without anybody else has. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}
